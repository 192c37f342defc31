#![doc = include_str!("../README.md")]

mod ahead;
mod backlog;
mod counters;
mod destination;
mod governor;
mod job;
mod key_table;
mod line;
mod list;
mod looking;
mod near;
mod offering;
mod options;
mod pool;
mod progress;
mod queues;
mod random;
mod retrying;
mod ring;
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
