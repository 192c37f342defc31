//! What other processes tell of the partitions that they deliver, through the `progress` stream.

mod service;
mod standings;

pub use service::StandingsService;
