use crate::job::{DestinationId, Offer, Offered, PartitionId, Read};
use crate::line::Waiting;
use crate::progress::{Admission, Change, Exception};
use crate::schedule::Schedule;
use crate::slots::Slot;

/// Lanes that one call looks at to find one that can be read.
const LOOKS: usize = 32;

impl Schedule {
    /// Offers come in ascending order of offsets for each destination and partition, those that are read again as well.
    pub fn offer(&mut self, now_ms: u64, offer: Offer) -> Offered {
        self.advance(now_ms);
        let id = offer.destination.0;
        match self.admit(id, offer.partition.0, offer.offset, offer.since_ms) {
            Admission::Fresh => self.take_fresh(&offer),
            Admission::Again(exception) => self.take_again(&offer, exception),
            Admission::Known => return Offered::Known,
            Admission::Later => {
                self.note_behind(id, offer.partition.0);
                return Offered::Later;
            }
        }
        self.activate(id);
        Offered::Taken
    }

    /// An event that is not meant for the destination after all, offered and finished at once.
    pub fn filter(&mut self, now_ms: u64, offer: Offer) -> Offered {
        self.advance(now_ms);
        let id = offer.destination.0;
        match self.admit(id, offer.partition.0, offer.offset, offer.since_ms) {
            Admission::Known => return Offered::Known,
            Admission::Later => {
                self.note_behind(id, offer.partition.0);
                return Offered::Later;
            }
            Admission::Fresh => {}
            Admission::Again(_) => self.note_change(id, offer.partition.0, offer.offset, None),
        }
        let counters = &mut self.destinations[id as usize].counters;
        counters.offered += 1;
        counters.filtered += 1;
        Offered::Taken
    }

    /// The stream was read up to `end` and what was not offered is not owed.
    pub fn read_through(&mut self, destination: DestinationId, partition: PartitionId, end: u64) {
        let lane = self.destinations[destination.0 as usize].lane(partition.0);
        let missing = lane.read_through(end, false);
        debug_assert!(missing.is_empty());
    }

    /// What [`Schedule::next_read`] asked for was read up to `end`, and what was not offered is not owed. Returns the
    /// exceptions that were to be found there and were not: their events are lost.
    #[must_use]
    pub fn reread_through(&mut self, destination: DestinationId, partition: PartitionId, end: u64) -> Vec<Exception> {
        let missing = self.destinations[destination.0 as usize].lane(partition.0).read_through(end, true);
        for exception in &missing {
            self.note_change(destination.0, partition.0, exception.offset, None);
        }
        missing
    }

    /// Something that is owed and has room in memory again. Asking twice may name the same offsets twice.
    pub fn next_read(&mut self) -> Option<Read> {
        for _ in 0..self.behind.len().min(LOOKS) {
            let (id, partition) = self.behind.pop_front()?;
            let half_empty = self.held_max(id) / 2 >= self.destinations[id as usize].held;
            let lane = self.destinations[id as usize].lane(partition);
            let Some(offsets) = lane.backlog_front().cloned() else {
                lane.listed = false;
                continue;
            };
            self.behind.push_back((id, partition));
            // Half, so that few long reads are made instead of many short ones.
            if half_empty {
                return Some(Read { destination: DestinationId(id), partition: PartitionId(partition), offsets });
            }
        }
        None
    }

    pub(crate) fn note_behind(&mut self, id: u32, partition: u16) {
        let lane = self.destinations[id as usize].lane(partition);
        if !std::mem::replace(&mut lane.listed, true) {
            self.behind.push_back((id, partition));
        }
    }

    pub(crate) fn note_change(&mut self, id: u32, partition: u16, offset: u64, exception: Option<Exception>) {
        self.changes.push(Change {
            destination: DestinationId(id),
            partition: PartitionId(partition),
            offset,
            exception,
        });
    }

    fn admit(&mut self, id: u32, partition: u16, offset: u64, since_ms: u64) -> Admission {
        let room = self.destinations[id as usize].held < self.held_max(id);
        self.destinations[id as usize].lane(partition).admit(offset, since_ms, room)
    }

    /// A destination may hold as many jobs as there are free places: one that takes all it can leaves half, two leave a third
    /// (dynamic thresholds, Choudhury and Hahne 1998). So whoever is behind does not keep others from memory.
    fn held_max(&self, id: u32) -> u32 {
        let free = self.options.jobs_max.saturating_sub(self.held);
        free.min(self.destinations[id as usize].options.jobs_max)
    }

    fn take_fresh(&mut self, offer: &Offer) {
        let (partition, offset) = (offer.partition.0, offer.offset);
        let place = self.enter_queue(offer);
        let destination = &mut self.destinations[offer.destination.0 as usize];
        let owed = destination.lane(partition).put_fresh(offset);
        let waiting = if Waiting::fits(offset) {
            Waiting::Fresh { partition, offset, owed }
        } else {
            Waiting::Slot(self.slots.put(Slot::fresh(partition, offset, owed, place)))
        };
        let queue = &mut self.queues[place];
        queue.fresh.push_back(&mut self.chunks, waiting);
        if !queue.is_blocked() {
            destination.fresh.push_back(&mut self.queues, place);
        }
    }

    fn take_again(&mut self, offer: &Offer, exception: Exception) {
        let place = self.enter_queue(offer);
        let mut slot = Slot::fresh(offer.partition.0, offer.offset, 0, place);
        slot.set_tried(exception.attempt.max(1), exception.first_attempt_ms);
        slot.set_due_ms(exception.due_ms);
        let index = self.slots.put(slot);
        let destination = &mut self.destinations[offer.destination.0 as usize];
        destination.exceptions += 1;
        let lane = destination.lane(offer.partition.0);
        lane.put_exception(offer.offset, index);
        lane.attempted(offer.offset);
        let queue = &mut self.queues[place];
        if queue.is_blocked() {
            // The key was made one of order after these had failed side by side.
            queue.fresh.push_back(&mut self.chunks, Waiting::Slot(index));
            return;
        }
        queue.set_blocked(queue.is_ordered());
        self.retry_at(index, exception.due_ms);
    }

    fn enter_queue(&mut self, offer: &Offer) -> u32 {
        let id = offer.destination.0;
        let place = self.queues.find_or_make(id, offer.queue);
        self.queues[place].jobs += 1;
        self.held += 1;
        let destination = &mut self.destinations[id as usize];
        destination.held += 1;
        destination.counters.offered += 1;
        destination.counters.waiting += 1;
        place
    }
}
