use crate::job::ExpiredJob;
use crate::list::List;
use crate::options::Backoff;
use crate::queues::Kind;
use crate::random::Random;
use crate::ring::Ring;
use crate::schedule::Schedule;
use crate::taking::job;

/// Jobs of a destination that are due again at one time, at most. Those above it draw another time: which of them come first is
/// chance, and looking for those that have expired stays cheap.
const READY_MAX: u32 = 1_024;

impl Schedule {
    /// Whether [`Schedule::take_expired`] may have one.
    pub fn has_expired(&self) -> bool {
        !self.expired.is_empty()
    }

    /// A job whose time has run out. Asked for after [`Schedule::advance`] or `next_send`, until there is none.
    pub fn take_expired(&mut self, now_ms: u64) -> Option<ExpiredJob> {
        self.advance(now_ms);
        while let Some(index) = self.expired.pop_front(&self.slots) {
            let id = self.queues[self.slots[index].queue].destination;
            let destination = &mut self.destinations[id as usize];
            if destination.removed {
                self.forget(index);
                continue;
            }
            destination.counters.waiting -= 1;
            destination.counters.in_flight += 1;
            let job = job(index, &self.slots[index]);
            return Some(ExpiredJob { destination: crate::job::DestinationId(id), job });
        }
        None
    }

    /// The next attempt is due then, or its expiry, whichever comes first.
    pub(crate) fn retry_at(&mut self, index: u32, due_ms: u64) {
        let slot = &mut self.slots[index];
        let due_ms = due_ms.min(slot.first_attempt_ms().saturating_add(self.options.expiry_ms));
        slot.set_due_ms(due_ms);
        if due_ms > self.wheel.present_ms() {
            self.wheel.insert(&mut self.slots, index);
        } else {
            self.fall_due(index);
        }
    }

    pub(crate) fn fall_due(&mut self, index: u32) {
        let place = self.slots[index].queue;
        let id = self.queues[place].destination;
        if self.destinations[id as usize].removed {
            self.forget(index);
        } else if self.is_expired(index) {
            self.expired.push_back(&mut self.slots, index);
        } else if self.destinations[id as usize].ready_jobs >= READY_MAX {
            let pause_ms = self.options.backoff.pause_ms(self.slots[index].attempt(), &mut self.random);
            self.retry_at(index, self.now_ms + 1 + pause_ms);
        } else {
            self.queues[place].ready.push_back(&mut self.slots, index);
            let destination = &mut self.destinations[id as usize];
            destination.ready.push_back(&mut self.queues, place);
            destination.ready_jobs += 1;
            self.activate(id);
        }
    }

    pub(crate) fn is_expired(&self, index: u32) -> bool {
        self.now_ms >= self.slots[index].first_attempt_ms().saturating_add(self.options.expiry_ms)
    }

    /// Takes what has expired out of the lists of jobs that are due.
    pub(crate) fn sweep_expired(&mut self, id: u32) {
        let mut ring = std::mem::replace(&mut self.destinations[id as usize].ready, Ring::new(Kind::Retry));
        let places: Vec<_> = std::iter::from_fn(|| ring.pop_front(&mut self.queues)).collect();
        for place in places {
            let mut swept = List::EMPTY;
            while let Some(index) = self.queues[place].ready.pop_front(&self.slots) {
                if self.is_expired(index) {
                    self.destinations[id as usize].ready_jobs -= 1;
                    self.expired.push_back(&mut self.slots, index);
                } else {
                    swept.push_back(&mut self.slots, index);
                }
            }
            self.queues[place].ready = swept;
            if !swept.is_empty() {
                ring.push_back(&mut self.queues, place);
            }
        }
        self.destinations[id as usize].ready = ring;
    }
}

impl Backoff {
    pub(crate) fn pause_ms(self, attempts: u16, random: &mut Random) -> u64 {
        let doublings = u32::from(attempts.saturating_sub(1)).min(32);
        random.up_to(self.base_ms.saturating_mul(1 << doublings).min(self.most_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_spread_over_all_of_a_span_that_doubles_up_to_a_bound() {
        let backoff = Backoff { base_ms: 1_000, most_ms: 60_000 };
        let mut random = Random::new(7);
        for (attempts, most_ms) in [(1, 1_000), (2, 2_000), (6, 32_000), (7, 60_000), (4_095, 60_000)] {
            let pauses: Vec<_> = (0..2_000).map(|_| backoff.pause_ms(attempts, &mut random)).collect();
            let (shortest, longest) = (pauses.iter().min().unwrap(), pauses.iter().max().unwrap());
            assert!(*longest <= most_ms && *longest > most_ms * 98 / 100, "{attempts}: {longest}");
            assert!(*shortest < most_ms / 50, "{attempts}: {shortest}");
        }
    }
}
