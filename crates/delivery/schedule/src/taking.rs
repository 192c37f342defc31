//! Which jobs go into a request: weighted deficit round robin over the queues of a destination.
//!
//! A queue's turn is one full batch times its weight, in jobs. A batch comes from one queue, or, with ordering keys, from
//! several of one group with one job each, as the next job of a key has to wait for the one before it.

use crate::job::{Job, PartitionId};
use crate::line::Waiting;
use crate::schedule::Schedule;
use crate::slots::Slot;

impl Schedule {
    pub(crate) fn take_batch_fresh(&mut self, id: u32, most: usize, jobs: &mut Vec<Job>) {
        let mut group = None;
        while jobs.len() < most
            && let Some(place) = self.destinations[id as usize].fresh.front()
        {
            let queue = &mut self.queues[place];
            if !joins(group, queue.group, queue.is_ordered()) {
                break;
            }
            group = Some(queue.group);
            let ordered = queue.is_ordered();
            if queue.deficit == 0 {
                let turn = u32::from(queue.weight) * u32::from(self.destinations[id as usize].options.batch_max);
                queue.deficit = turn.min(u32::from(u16::MAX)) as u16;
            }
            let mut left = if ordered { 1 } else { queue.deficit.min((most - jobs.len()) as u16) };
            queue.deficit -= left;
            while left > 0
                && let Some(waiting) = self.queues[place].fresh.pop_front(&mut self.chunks)
            {
                let index = match waiting {
                    Waiting::Slot(index) => index,
                    Waiting::Fresh { partition, offset, owed } => {
                        self.slots.put(Slot::fresh(partition, offset, owed, place))
                    }
                };
                jobs.push(self.attempt(id, index));
                left -= 1;
            }
            let queue = &mut self.queues[place];
            queue.set_blocked(ordered);
            let destination = &mut self.destinations[id as usize];
            if ordered || queue.fresh.is_empty() {
                queue.deficit = 0;
                destination.fresh.pop_front(&mut self.queues);
            } else if queue.deficit == 0 {
                destination.fresh.rotate();
            }
            if !ordered {
                break;
            }
        }
    }

    pub(crate) fn take_batch_ready(&mut self, id: u32, most: usize, jobs: &mut Vec<Job>) {
        let (mut group, mut most) = (None, most);
        while jobs.len() < most
            && let Some(place) = self.destinations[id as usize].ready.front()
        {
            let queue = &self.queues[place];
            let (ordered, queue_group) = (queue.is_ordered(), queue.group);
            if !joins(group, queue_group, ordered) {
                break;
            }
            let mut full = false;
            while let Some(index) = self.queues[place].ready.front() {
                let expired = self.is_expired(index);
                // Jobs that were refused together go only with half as many.
                most = if expired { most } else { most.min(self.slots[index].batch_max()) };
                full = !expired && jobs.len() >= most;
                if full {
                    break;
                }
                self.queues[place].ready.pop_front(&self.slots);
                self.destinations[id as usize].ready_jobs -= 1;
                if expired {
                    self.expired.push_back(&mut self.slots, index);
                    continue;
                }
                group = Some(queue_group);
                jobs.push(self.attempt(id, index));
            }
            let ready = &mut self.destinations[id as usize].ready;
            if self.queues[place].ready.is_empty() {
                ready.pop_front(&mut self.queues);
            } else if !ordered && !jobs.is_empty() {
                ready.rotate();
            }
            if full || !ordered && !jobs.is_empty() {
                break;
            }
        }
    }

    #[inline]
    fn attempt(&mut self, id: u32, index: u32) -> Job {
        let slot = &mut self.slots[index];
        let attempt = slot.attempt() + 1;
        let first_ms = if attempt == 1 { self.now_ms } else { slot.first_attempt_ms() };
        slot.set_tried(attempt, first_ms);
        self.destinations[id as usize].lane(slot.partition()).attempted(slot.offset);
        job(index, slot)
    }
}

#[inline]
pub(crate) fn job(index: u32, slot: &Slot) -> Job {
    Job {
        slot: index,
        partition: PartitionId(slot.partition()),
        offset: slot.offset,
        attempt: slot.attempt(),
        first_attempt_ms: slot.first_attempt_ms(),
    }
}

/// The first queue is always welcome, and others if they are of the same group and of one key each.
fn joins(group: Option<u32>, other: u32, ordered: bool) -> bool {
    group.is_none_or(|group| group == other && ordered)
}
