use crate::counters::Counters;
use crate::governor::Governor;
use crate::near::near;
use crate::options::DestinationOptions;
use crate::progress::Lane;
use crate::queues::Kind;
use crate::ring::Ring;

/// In the order in which cache lines are wanted: an offer looks at two, a turn at seven.
#[repr(C, align(64))]
pub(crate) struct Destination {
    pub(crate) options: DestinationOptions,
    /// By partition.
    pub(crate) lanes: Vec<Lane>,
    /// Jobs in memory.
    pub(crate) held: u32,
    /// Requests.
    pub(crate) in_flight: u32,
    pub(crate) place: Place,
    pub(crate) counters: Counters,
    /// Queues with jobs that were never attempted.
    pub(crate) fresh: Ring,
    pub(crate) ready_jobs: u32,
    /// Attempted and not finished, wherever they are.
    pub(crate) exceptions: u32,
    /// Fresh requests since the last retry.
    pub(crate) fresh_run: u32,
    /// Requests that may leave before others have their turn.
    pub(crate) deficit: u16,
    pub(crate) removed: bool,
    pub(crate) is_halted: bool,
    pub(crate) governor: Governor,
    /// Queues with jobs that are due again.
    pub(crate) ready: Ring,
    pub(crate) swept_ms: u64,
}

#[cfg(target_pointer_width = "64")]
const _: () =
    assert!(std::mem::offset_of!(Destination, place) == 64 && std::mem::offset_of!(Destination, governor) == 192);

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
            is_halted: false,
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

    /// What an offer looks at.
    pub(crate) fn bring_offer_near(&self) {
        near(&self.options);
        near(&self.place);
    }

    /// What a turn looks at, and the end of its requests.
    pub(crate) fn bring_turn_near(&self) {
        self.bring_offer_near();
        near(&self.fresh);
        self.governor.bring_near();
    }

    /// Fresh jobs may be attempted: what has to be remembered one by one is within its bound.
    pub(crate) fn has_fresh(&self) -> bool {
        !self.fresh.is_empty() && self.exceptions < self.options.retries_max
    }
}
