#![doc = include_str!("../README.md")]

mod backlog;
mod counters;
mod destination;
mod governor;
mod job;
mod key_table;
mod list;
mod looking;
mod offering;
mod options;
mod progress;
mod queues;
mod random;
mod retrying;
mod schedule;
mod settling;
mod slots;
mod taking;
mod turns;
mod wheel;

pub use backlog::{Backlog, Circuit};
pub use counters::Counters;
pub use job::{
    DestinationId, ExpiredJob, Job, Offer, Offered, Outcome, PartitionId, QueueName, Read, Send, Settlement,
};
pub use options::{Backoff, DestinationOptions, Options};
pub use progress::{Change, Exception, Progress};
pub use schedule::Schedule;
