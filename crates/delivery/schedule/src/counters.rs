/// Jobs of one destination since it was added.
///
/// `offered = delivered + failed + expired + filtered + waiting + in_flight`, at every moment. What waits as ranges of
/// offsets is not offered yet: it is when it is read.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counters {
    pub offered: u64,
    pub delivered: u64,
    pub failed: u64,
    pub expired: u64,
    pub filtered: u64,
    pub waiting: u64,
    pub in_flight: u64,
}

impl Counters {
    pub fn add_up(&self) -> bool {
        self.offered == self.delivered + self.failed + self.expired + self.filtered + self.waiting + self.in_flight
    }
}
