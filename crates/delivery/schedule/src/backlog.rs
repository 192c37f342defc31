use std::fmt;

/// What waits for a destination and why, for people. Its `Display` says it in a sentence.
#[derive(Clone, PartialEq, Debug)]
pub struct Backlog {
    /// Jobs in memory that are not in flight.
    pub waiting: u64,
    /// Of them those that were tried before.
    pub retries: u64,
    /// Offsets that are owed beyond memory. Not each of them is a job for this destination.
    pub offsets: u64,
    /// Since when the oldest event waits, to a second; of one that was tried, when it was first. None when nothing waits.
    pub oldest_ms: Option<u64>,
    /// Jobs delivered in the last full second.
    pub delivered_per_second: f64,
    /// Jobs a second that it is sent at most at present; none: as many as it takes.
    pub limit_per_second: Option<f64>,
    /// Requests in flight at present, and at most.
    pub in_flight: u32,
    pub in_flight_max: u32,
    pub circuit: Circuit,
}

/// Whether an endpoint is sent to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Circuit {
    Closed,
    /// Closed again after an outage, with a rate that grows.
    Recovering {
        per_second: f64,
    },
    /// Too much failed: nothing is sent until then.
    Open {
        until_ms: u64,
    },
    /// One request at a time finds out whether it is back.
    HalfOpen,
    /// The endpoint asked for it.
    Paused {
        until_ms: u64,
    },
}

impl fmt::Display for Backlog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.waiting, self.offsets) {
            (0, 0) => f.write_str("Nothing is waiting")?,
            (waiting, 0) => write!(f, "{waiting} events are waiting, {} of them for another try", self.retries)?,
            (waiting, offsets) => {
                write!(f, "{waiting} events are waiting, {} of them for another try", self.retries)?;
                write!(f, ", and more among {offsets} events that will be read again")?;
            }
        }
        write!(f, "; {}.", self.circuit)
    }
}

impl fmt::Display for Circuit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the destination takes what it is sent"),
            Self::Recovering { per_second } => {
                write!(f, "the destination is back and is sent at most {per_second:.0} events a second for now")
            }
            Self::Open { .. } => {
                f.write_str("too many requests failed, so that the destination is left alone for up to a minute")
            }
            Self::HalfOpen => f.write_str("single requests find out whether the destination is back"),
            Self::Paused { .. } => f.write_str("the destination asked to be left alone for a while"),
        }
    }
}
