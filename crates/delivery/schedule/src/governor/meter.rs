/// How many happened in the last full second.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Meter {
    second: u64,
    current: u32,
    last: u32,
}

impl Meter {
    pub(crate) fn add(&mut self, now_ms: u64, count: u32) {
        self.roll(now_ms);
        self.current = self.current.saturating_add(count);
    }

    pub(crate) fn per_second(&mut self, now_ms: u64) -> f64 {
        self.roll(now_ms);
        f64::from(self.last)
    }

    /// Counts the second under way too, so that one that has just begun to send is not taken for silent.
    pub(crate) fn recent(&mut self, now_ms: u64) -> f64 {
        self.roll(now_ms);
        f64::from(self.last.max(self.current))
    }

    fn roll(&mut self, now_ms: u64) {
        let second = now_ms / 1_000;
        if second > self.second {
            self.last = if second == self.second + 1 { self.current } else { 0 };
            self.current = 0;
            self.second = second;
        }
    }
}
