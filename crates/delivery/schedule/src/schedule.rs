use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::destination::{Destination, Place};
use crate::job::{DestinationId, Job};
use crate::line::{Chunk, Line, Waiting};
use crate::list::List;
use crate::options::{DestinationOptions, Options};
use crate::pool::Pool;
use crate::progress::Change;
use crate::queues::{Kind, Queues};
use crate::random::Random;
use crate::ring::Ring;
use crate::slots::Slots;
use crate::wheel::Wheel;

/// What is sent when. The crate's page has the promises.
///
/// Time is an argument, in milliseconds of any clock that starts above zero; one that runs backwards stands still here.
/// The same calls with the same seed give the same answers. A `DestinationId` of another schedule, or of a destination
/// that was removed, panics or names another destination.
pub struct Schedule {
    pub(crate) options: Options,
    pub(crate) random: Random,
    pub(crate) now_ms: u64,
    /// Jobs in memory.
    pub(crate) held: u32,
    pub(crate) slots: Slots,
    pub(crate) chunks: Pool<Chunk>,
    pub(crate) queues: Queues,
    pub(crate) wheel: Wheel,
    pub(crate) destinations: Vec<Destination>,
    free_ids: Vec<u32>,
    /// Destinations with something to send, in the order of their turns.
    pub(crate) turns: VecDeque<u32>,
    pub(crate) starved: VecDeque<u32>,
    /// Destinations by the time at which they wake. One that woke earlier leaves its entry behind.
    pub(crate) asleep: BinaryHeap<Reverse<(u64, u32)>>,
    /// Requests of all destinations.
    pub(crate) in_flight: u32,
    pub(crate) expired: List,
    /// Lanes that have something to be read, destination and partition.
    pub(crate) behind: VecDeque<(u32, u16)>,
    pub(crate) changes: Vec<Change>,
    /// Lists of settled requests, to be used again.
    pub(crate) spare: Vec<Vec<Job>>,
    fired: Vec<u32>,
    /// Turns that were looked at ahead and did not come yet.
    pub(crate) seen_turns: usize,
}

impl Schedule {
    pub fn new(options: Options, seed: u64) -> Self {
        Self {
            options,
            random: Random::new(seed),
            now_ms: 0,
            held: 0,
            slots: Slots::new(),
            chunks: Pool::new(),
            queues: Queues::new(),
            wheel: Wheel::new(),
            destinations: Vec::new(),
            free_ids: Vec::new(),
            turns: VecDeque::new(),
            starved: VecDeque::new(),
            asleep: BinaryHeap::new(),
            in_flight: 0,
            expired: List::EMPTY,
            behind: VecDeque::new(),
            changes: Vec::new(),
            spare: Vec::new(),
            fired: Vec::new(),
            seen_turns: 0,
        }
    }

    /// `good_rate`: what [`Schedule::good_rate`] said before a restart, or 0.
    pub fn add_destination(&mut self, options: DestinationOptions, good_rate: f64) -> DestinationId {
        let destination = Destination::new(bounded(options), good_rate);
        if let Some(id) = self.free_ids.pop() {
            self.destinations[id as usize] = destination;
            return DestinationId(id);
        }
        self.destinations.push(destination);
        DestinationId((self.destinations.len() - 1) as u32)
    }

    /// What was learned about the endpoint stays.
    pub fn set_options(&mut self, id: DestinationId, options: DestinationOptions) {
        let destination = &mut self.destinations[id.0 as usize];
        destination.options = bounded(options);
        // A limit may be gone that it sleeps for.
        if let Place::Asleep { .. } = destination.place {
            destination.place = Place::Turns;
            self.turns.push_back(id.0);
        }
    }

    /// From now on nothing is sent there, and what is offered waits. What is in flight goes on, and is settled as ever.
    pub fn halt(&mut self, id: DestinationId) {
        self.destinations[id.0 as usize].is_halted = true;
    }

    /// Ends [`Schedule::halt`].
    pub fn resume(&mut self, id: DestinationId) {
        self.destinations[id.0 as usize].is_halted = false;
        self.activate(id.0);
    }

    /// Forgets all its jobs, without a change: what is stored about them is the driver's to remove. Requests in flight
    /// are still to be settled, which does nothing more than end them.
    pub fn remove_destination(&mut self, id: DestinationId) {
        let destination = &mut self.destinations[id.0 as usize];
        destination.removed = true;
        destination.lanes = Vec::new();
        for place in [Place::Turns, Place::Starved] {
            let list = if place == Place::Turns { &mut self.turns } else { &mut self.starved };
            if destination.place == place {
                list.retain(|&other| other != id.0);
            }
        }
        destination.place = Place::Idle;
        self.behind.retain(|&(destination, _)| destination != id.0);
        let mut fresh = std::mem::replace(&mut destination.fresh, Ring::new(Kind::Fresh));
        let mut ready = std::mem::replace(&mut destination.ready, Ring::new(Kind::Retry));
        let mut queues = Vec::new();
        queues.extend(std::iter::from_fn(|| fresh.pop_front(&mut self.queues)));
        queues.extend(std::iter::from_fn(|| ready.pop_front(&mut self.queues)));
        for queue in queues {
            self.forget_lists(queue);
        }
        self.free_id_if_empty(id.0);
    }

    /// Lets time pass without anything else. Every other call does it too.
    #[inline]
    pub fn advance(&mut self, now_ms: u64) {
        // What is put off is put off to a later moment than the present one.
        if now_ms > self.now_ms {
            self.pass_to(now_ms);
        }
    }

    fn pass_to(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        let mut fired = std::mem::take(&mut self.fired);
        self.wheel.advance(&mut self.slots, self.now_ms, |index| fired.push(index));
        for index in fired.drain(..) {
            self.fall_due(index);
        }
        self.fired = fired;
        while let Some(&Reverse((at_ms, id))) = self.asleep.peek()
            && at_ms <= self.now_ms
        {
            self.asleep.pop();
            self.wake(id, at_ms);
        }
    }

    /// When to ask for sends, expired jobs and reads again if nothing is settled or offered before: never too late, at times too
    /// early. None: when something is.
    pub fn next_due(&self) -> Option<u64> {
        let asleep = self.asleep.peek().map(|&Reverse((at_ms, _))| at_ms);
        self.wheel.next_ms().into_iter().chain(asleep).min()
    }

    /// A job of a destination that was removed.
    pub(crate) fn forget(&mut self, index: u32) {
        let queue = self.slots[index].queue;
        self.forget_lists(queue);
        self.release(index);
    }

    /// Takes a job out of memory. Nothing links to it any more.
    pub(crate) fn release(&mut self, index: u32) {
        let place = self.slots[index].queue;
        self.slots.free(index);
        self.leave_queue(place);
    }

    /// The queue may be gone afterwards, and with it the destination, if they were to be removed.
    fn leave_queue(&mut self, place: u32) {
        self.held -= 1;
        let queue = &mut self.queues[place];
        let id = queue.destination;
        queue.jobs -= 1;
        if queue.jobs == 0 {
            self.queues.remove(place);
        }
        self.destinations[id as usize].held -= 1;
        if self.destinations[id as usize].removed {
            self.free_id_if_empty(id);
        }
    }

    fn forget_lists(&mut self, place: u32) {
        let queue = &mut self.queues[place];
        let mut fresh = std::mem::replace(&mut queue.fresh, Line::EMPTY);
        let mut ready = std::mem::replace(&mut queue.ready, List::EMPTY);
        while let Some(waiting) = fresh.pop_front(&mut self.chunks) {
            match waiting {
                Waiting::Fresh { .. } => self.leave_queue(place),
                Waiting::Slot(index) => self.release(index),
            }
        }
        while let Some(index) = ready.pop_front(&self.slots) {
            self.release(index);
        }
    }

    fn free_id_if_empty(&mut self, id: u32) {
        let destination = &self.destinations[id as usize];
        if destination.held == 0 && destination.in_flight == 0 && !self.free_ids.contains(&id) {
            self.free_ids.push(id);
        }
    }

    pub(crate) fn end_request(&mut self, id: u32) {
        self.in_flight -= 1;
        self.feed_starved();
        let destination = &mut self.destinations[id as usize];
        destination.in_flight -= 1;
        if destination.removed {
            self.free_id_if_empty(id);
        }
    }
}

fn bounded(options: DestinationOptions) -> DestinationOptions {
    DestinationOptions {
        weight: options.weight.max(1),
        batch_max: options.batch_max.clamp(1, 16_384),
        in_flight_max: options.in_flight_max.max(1),
        rate_max: options.rate_max.filter(|rate| rate.is_finite() && *rate > 0.0),
        jobs_max: options.jobs_max.max(1),
        retries_max: options.retries_max.max(1),
    }
}
