use crate::counters::Counters;
use crate::governor::Governor;
use crate::options::DestinationOptions;
use crate::progress::Lane;
use crate::queues::Kind;
use crate::ring::Ring;

pub(crate) struct Destination {
    pub(crate) options: DestinationOptions,
    pub(crate) governor: Governor,
    /// Queues with jobs that were never attempted.
    pub(crate) fresh: Ring,
    /// Queues with jobs that are due again.
    pub(crate) ready: Ring,
    pub(crate) ready_jobs: u32,
    /// Attempted and not finished, wherever they are.
    pub(crate) exceptions: u32,
    /// Jobs in memory.
    pub(crate) held: u32,
    /// Requests.
    pub(crate) in_flight: u32,
    /// Fresh requests since the last retry.
    pub(crate) fresh_run: u32,
    /// Requests that may leave before others have their turn.
    pub(crate) deficit: u32,
    pub(crate) place: Place,
    pub(crate) swept_ms: u64,
    pub(crate) counters: Counters,
    /// By partition.
    pub(crate) lanes: Vec<Lane>,
    pub(crate) removed: bool,
}

/// Where a destination is when it does not send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// Something has to happen to it first.
    Idle,
    /// Among those that take turns.
    Turns,
    /// Wants a share of the requests in flight that is not free.
    Starved,
    /// `whole`: fresh jobs have to wait as well.
    Asleep { until_ms: u64, whole: bool },
}

impl Destination {
    pub(crate) fn new(options: DestinationOptions, good_rate: f64) -> Self {
        Self {
            options,
            governor: Governor::new(good_rate),
            fresh: Ring::new(Kind::Fresh),
            ready: Ring::new(Kind::Retry),
            ready_jobs: 0,
            exceptions: 0,
            held: 0,
            in_flight: 0,
            fresh_run: 0,
            deficit: 0,
            place: Place::Idle,
            swept_ms: 0,
            counters: Counters::default(),
            lanes: Vec::new(),
            removed: false,
        }
    }

    pub(crate) fn lane(&mut self, partition: u16) -> &mut Lane {
        let place = usize::from(partition);
        if place >= self.lanes.len() {
            self.lanes.resize_with(place + 1, Lane::default);
        }
        &mut self.lanes[place]
    }

    pub(crate) fn lane_if_any(&self, partition: u16) -> Option<&Lane> {
        self.lanes.get(usize::from(partition))
    }

    /// Something of all that an offer or a turn looks at.
    pub(crate) fn glance(&self) -> u32 {
        let counted = (self.counters.offered ^ self.counters.in_flight) as u32;
        let own = self.lanes.len() as u32 ^ self.options.in_flight_max ^ self.held ^ self.fresh_run;
        counted ^ own ^ self.governor.glance()
    }

    /// Fresh jobs may be attempted: what has to be remembered one by one is within its bound.
    pub(crate) fn has_fresh(&self) -> bool {
        !self.fresh.is_empty() && self.exceptions < self.options.retries_max
    }
}
