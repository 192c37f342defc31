use crate::backlog::Backlog;
use crate::counters::Counters;
use crate::job::{DestinationId, PartitionId};
use crate::progress::{Change, Exception, Lane, Progress};
use crate::schedule::Schedule;

impl Schedule {
    /// Takes up a destination's partition where `progress` left it. Comes before the first offer of the two.
    pub fn restore(&mut self, destination: DestinationId, partition: PartitionId, progress: Progress) {
        *self.destinations[destination.0 as usize].lane(partition.0) = Lane::restore(progress);
        self.note_behind(destination.0, partition.0);
    }

    /// All that has to survive. It is as large as there are exceptions; [`Schedule::marks`] with
    /// [`Schedule::take_changes`] says the same step by step.
    pub fn progress(&self, destination: DestinationId, partition: PartitionId) -> Progress {
        let mut progress = self.marks(destination, partition);
        if let Some(lane) = self.destinations[destination.0 as usize].lane_if_any(partition.0) {
            progress.exceptions = lane.exceptions().map(|(offset, place)| self.exception(offset, place)).collect();
            progress.exceptions.extend(lane.restored());
            progress.exceptions.sort_unstable_by_key(|exception| exception.offset);
        }
        progress
    }

    /// [`Schedule::progress`] without its exceptions.
    pub fn marks(&self, destination: DestinationId, partition: PartitionId) -> Progress {
        let lane = self.destinations[destination.0 as usize].lane_if_any(partition.0);
        let (read_to, owed) = lane.map(Lane::marks).unwrap_or_default();
        Progress { read_to, owed, exceptions: Vec::new() }
    }

    /// What changed about exceptions since the last call, in order. Stored together with the marks of the same moment, it is
    /// the progress of that moment. They are kept until they are taken.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// The lowest offset of the partition that the destination still needs in the log.
    pub fn low_water(&self, destination: DestinationId, partition: PartitionId) -> u64 {
        self.destinations[destination.0 as usize].lane_if_any(partition.0).map_or(0, Lane::low_water)
    }

    pub fn counters(&self, destination: DestinationId) -> Counters {
        self.destinations[destination.0 as usize].counters
    }

    /// Jobs a second that the destination last took without trouble, to be kept over a restart.
    pub fn good_rate(&self, destination: DestinationId) -> f64 {
        self.destinations[destination.0 as usize].governor.good_rate()
    }

    pub fn backlog(&mut self, now_ms: u64, destination: DestinationId) -> Backlog {
        self.advance(now_ms);
        let now_ms = self.now_ms;
        let destination = &mut self.destinations[destination.0 as usize];
        let mut oldest_ms: Option<u64> = None;
        for lane in &mut destination.lanes {
            let tried = lane.exceptions().next().map(|(_, place)| self.slots[place].first_attempt_ms());
            let restored = lane.restored().next().map(|exception| exception.first_attempt_ms);
            let since = [oldest_ms, lane.oldest_fresh_ms(), tried, restored];
            oldest_ms = since.into_iter().flatten().min();
        }
        let offsets = destination.lanes.iter().map(|lane| lane.backlog_offsets()).sum();
        let governor = &mut destination.governor;
        Backlog {
            waiting: destination.counters.waiting,
            retries: u64::from(destination.exceptions),
            offsets,
            oldest_ms,
            delivered_per_second: governor.delivered_per_second(now_ms),
            limit_per_second: governor.rate(now_ms, &destination.options),
            in_flight: destination.in_flight,
            in_flight_max: governor.limit(destination.options.in_flight_max),
            circuit: governor.circuit(now_ms),
        }
    }

    /// Virtual queues that hold something.
    pub fn queues(&self) -> usize {
        self.queues.len()
    }

    /// Of all structures, as they were asked for.
    pub fn memory_bytes(&self) -> usize {
        let own = |destination: &crate::destination::Destination| -> usize {
            let lanes = destination.lanes.iter().map(|lane| size_of::<Lane>() + lane.memory_bytes());
            destination.fresh.memory_bytes() + destination.ready.memory_bytes() + lanes.sum::<usize>()
        };
        let destinations = self.destinations.capacity() * size_of::<crate::destination::Destination>();
        self.slots.memory_bytes()
            + self.chunks.memory_bytes()
            + self.queues.memory_bytes()
            + destinations
            + self.destinations.iter().map(own).sum::<usize>()
            + self.changes.capacity() * size_of::<Change>()
    }

    fn exception(&self, offset: u64, place: u32) -> Exception {
        let slot = &self.slots[place];
        // In flight again, it is as it was when it was last due.
        Exception { offset, attempt: slot.attempt(), due_ms: slot.due_ms(), first_attempt_ms: slot.first_attempt_ms() }
    }
}
