//! When requests wait too long for the journal, some are refused early, so that the rest do not wait.
//!
//! The measure is time, not length: how long requests wait from their arrival to their acknowledgement. A burst makes
//! some wait and passes; a queue that never empties makes even the luckiest wait. So what counts is the *least* wait
//! within an interval (the idea of the CoDel queue discipline). While it is above the target, an interval admits less than
//! was served in the one before, so that what waits gets less; once it is below, each admits more than the last.
//!
//! Who is refused is decided by fair share: what may come in is divided so that no source gets more while another that
//! asks for less is cut. A source that sends little does not notice the one that floods.
//!
//! Pure; time is an argument. Intervals begin when somebody asks, there are no timers.

use std::collections::HashMap;
use std::time::Duration;

use prime_event::SourceId;

/// Long enough for a group commit on a slow disk to end within it, short enough to react before clients give up.
const INTERVAL: Duration = Duration::from_millis(100);
/// While requests wait too long, an interval admits a part of what the last one served: the smaller the longer they
/// wait, but never so small that who sends little is cut for long.
const LESS: (f64, f64) = (0.5, 0.9);
/// And this much more than the last once they do not.
const MORE: f64 = 1.3;
/// However long requests wait, this many an interval go in: without any, nobody would learn that the wait is over.
const ADMITTED_MIN: u64 = 10;
/// Sources told apart within an interval. All others share one place.
const SOURCES_MAX: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Overload {
    target: Duration,
    /// Where this interval ends.
    until: Duration,
    least_wait: Option<Duration>,
    asked: HashMap<SourceId, u64>,
    served: u64,
    /// Requests that each source may send in this interval; `None` while all is well.
    share: Option<u64>,
    /// What all sources together may send in this interval, while there is a share.
    capacity: u64,
}

impl Overload {
    /// `target` is how long even the luckiest request may wait.
    pub(crate) fn new(target: Duration) -> Self {
        Self {
            target,
            until: Duration::ZERO,
            least_wait: None,
            asked: HashMap::new(),
            served: 0,
            share: None,
            capacity: 0,
        }
    }

    /// Whether a request of this source may come in. `now` is the time since any fixed moment.
    pub(crate) fn admits(&mut self, source: &SourceId, now: Duration) -> bool {
        self.turn(now);
        let asked = self.ask(source);
        self.share.is_none_or(|share| asked <= share)
    }

    /// Counts a request; how many the source has asked for in this interval.
    fn ask(&mut self, source: &SourceId) -> u64 {
        if let Some(asked) = self.asked.get_mut(source) {
            *asked += 1;
            return *asked;
        }
        let is_full = self.asked.len() >= SOURCES_MAX;
        let place = if is_full { SourceId::new("") } else { source.clone() };
        let asked = self.asked.entry(place).or_default();
        *asked += 1;
        *asked
    }

    /// A request was acknowledged, or given up, after this wait.
    pub(crate) fn waited(&mut self, wait: Duration, now: Duration) {
        self.turn(now);
        self.served += 1;
        self.least_wait = Some(self.least_wait.map_or(wait, |least| least.min(wait)));
    }

    /// Begins the next interval when this one is over.
    fn turn(&mut self, now: Duration) {
        if now < self.until {
            return;
        }
        // Nobody was there for a while: whatever waited is gone.
        let is_stale = now > self.until + INTERVAL;
        let wait = self.least_wait.filter(|wait| !is_stale && *wait > self.target);
        let offered: u64 = self.asked.values().sum();
        self.capacity = match wait {
            Some(wait) => {
                let part = self.target.div_duration_f64(wait).clamp(LESS.0, LESS.1);
                ((self.served as f64 * part) as u64).max(ADMITTED_MIN)
            }
            None => (self.capacity.max(self.served).max(ADMITTED_MIN) as f64 * MORE) as u64,
        };
        let goes_on = wait.is_some() || (self.share.is_some() && !is_stale && self.capacity < offered);
        self.share = goes_on.then(|| fair_share(self.asked.values().copied(), self.capacity));
        self.asked.clear();
        self.served = 0;
        self.least_wait = None;
        self.until = now + INTERVAL;
    }
}

/// The level up to which each may have what it asks for, so that all together get no more than the capacity, but for
/// rounding: those who ask for less leave their part to the others.
fn fair_share(asked: impl Iterator<Item = u64>, capacity: u64) -> u64 {
    let mut asked: Vec<u64> = asked.collect();
    asked.sort_unstable();
    let (mut left, mut others) = (capacity, asked.len() as u64);
    for wish in asked {
        if wish.saturating_mul(others) > left {
            return (left / others).max(1);
        }
        left -= wish;
        others -= 1;
    }
    u64::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: Duration = Duration::from_millis(200);

    fn source(name: &str) -> SourceId {
        SourceId::new(name)
    }

    /// A server that takes `capacity` requests an interval, in order of arrival, asked by each source as often as given.
    struct Server {
        overload: Overload,
        capacity: u64,
        waiting: u64,
        interval: u32,
    }

    impl Server {
        fn new(capacity: u64) -> Self {
            Self { overload: Overload::new(TARGET), capacity, waiting: 0, interval: 0 }
        }

        /// Admitted requests of each source in one interval.
        fn interval(&mut self, asks: &[(&str, u64)]) -> HashMap<String, u64> {
            let now = INTERVAL * self.interval;
            let wait = INTERVAL.mul_f64(self.waiting as f64 / self.capacity as f64);
            for _ in 0..self.waiting.min(self.capacity) {
                self.overload.waited(wait, now + Duration::from_millis(1));
            }
            let mut admitted = HashMap::new();
            for round in 0..asks.iter().map(|(_, asks)| *asks).max().unwrap_or(0) {
                for (name, _) in asks.iter().filter(|(_, asks)| round < *asks) {
                    if self.overload.admits(&source(name), now + Duration::from_millis(2)) {
                        *admitted.entry((*name).to_owned()).or_default() += 1;
                    }
                }
            }
            self.waiting = (self.waiting + admitted.values().sum::<u64>()).saturating_sub(self.capacity);
            self.interval += 1;
            admitted
        }
    }

    #[test]
    fn nothing_is_refused_while_the_luckiest_request_waits_less_than_the_target() {
        let mut overload = Overload::new(TARGET);
        for millis in 0..10_000u64 {
            let now = Duration::from_millis(millis);
            assert!(overload.admits(&source("a"), now));
            let wait = if millis % 50 == 0 { 10 } else { 900 };
            overload.waited(Duration::from_millis(wait), now);
        }
    }

    #[test]
    fn a_flood_is_cut_to_what_is_served_and_the_wait_comes_down_to_the_target() {
        let mut server = Server::new(1_000);
        for _ in 0..100 {
            server.interval(&[("flood", 5_000)]);
        }
        let served: u64 = (0..50).map(|_| server.interval(&[("flood", 5_000)])["flood"]).sum();
        assert!((40_000..60_000).contains(&served), "{served} in the time for 50,000");
        let wait = INTERVAL.mul_f64(server.waiting as f64 / server.capacity as f64);
        assert!(wait < TARGET * 3, "{wait:?}");
    }

    #[test]
    fn who_sends_little_does_not_notice_who_floods() {
        let mut server = Server::new(1_000);
        let mut refused = 0;
        for _ in 0..200 {
            let admitted = server.interval(&[("flood", 5_000), ("small", 20), ("middle", 200)]);
            refused += 20 - admitted["small"] + 200 - admitted["middle"];
        }
        assert_eq!(refused, 0);
    }

    #[test]
    fn a_second_after_the_flood_everything_is_taken_again() {
        let mut server = Server::new(1_000);
        for _ in 0..50 {
            server.interval(&[("flood", 5_000)]);
        }
        for _ in 0..10 {
            server.interval(&[("flood", 300)]);
        }
        assert_eq!(server.interval(&[("flood", 300)])["flood"], 300);
    }

    #[test]
    fn after_a_pause_nothing_is_held_against_anybody() {
        let mut server = Server::new(1_000);
        for _ in 0..50 {
            server.interval(&[("flood", 5_000)]);
        }
        let later = INTERVAL * server.interval + Duration::from_secs(5);
        assert!((0..1_000).all(|_| server.overload.admits(&source("flood"), later)));
    }

    #[test]
    fn shares_are_level_and_what_one_leaves_the_others_get() {
        assert_eq!(fair_share([10, 10, 10].into_iter(), 30), u64::MAX);
        assert_eq!(fair_share([10, 10, 10].into_iter(), 15), 5);
        assert_eq!(fair_share([2, 100, 100].into_iter(), 42), 20);
        assert_eq!(fair_share([1_000; 50].into_iter(), 10), 1);
        assert_eq!(fair_share([].into_iter(), 10), u64::MAX);
    }
}
