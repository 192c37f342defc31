//! Waiting for memory once for many jobs.
//!
//! Among millions of jobs nothing that a job needs is in a cache, and what it needs is found one after the other: its
//! destination, its queue, its chunk. Each visit takes longer than all that is computed. Visits that do not depend on each
//! other overlap, though; so the same step is made for many jobs, then the next one for all of them. Nothing is
//! decided here: what was seen may be wrong by the time it counts, and then costs a wait.

use std::hint::black_box;

use crate::job::Offer;
use crate::progress::Lane;
use crate::schedule::Schedule;
use crate::slots::NONE;

/// As many as a core waits for at once, and some.
pub(crate) const TOGETHER: usize = 32;

impl Schedule {
    /// Looks at what these offers will need, all at once. Changes nothing, and makes offering them several times as
    /// fast when there is much in memory. Worth it from four offers on; as many as a few hundred are of use.
    pub fn look_ahead(&self, offers: &[Offer]) {
        for offers in offers.chunks(TOGETHER) {
            let (mut places, mut chunks) = ([NONE; TOGETHER], [NONE; TOGETHER]);
            let mut seen = 0;
            for offer in offers {
                seen ^= self.queues.glance(offer.destination.0, offer.queue);
                seen ^= self.destinations[offer.destination.0 as usize].glance();
            }
            for (place, offer) in places.iter_mut().zip(offers) {
                *place = self.queues.guess(offer.destination.0, offer.queue).unwrap_or(NONE);
            }
            for (chunk, &place) in chunks.iter_mut().zip(&places).filter(|&(_, &place)| place != NONE) {
                *chunk = self.queues[place].fresh.end();
            }
            for offer in offers {
                let lane = self.destinations[offer.destination.0 as usize].lane_if_any(offer.partition.0);
                seen ^= lane.map_or(0, Lane::glance);
            }
            self.glance_chunks(&chunks);
            black_box(seen);
        }
    }

    /// The same for the next turns.
    pub(crate) fn look_ahead_turns(&self) {
        let each = TOGETHER / self.turns.len().clamp(1, TOGETHER);
        let mut ids = [0; TOGETHER];
        let mut count = 0;
        let mut seen = 0;
        for (&id, place) in self.turns.iter().zip(&mut ids) {
            seen ^= self.destinations[id as usize].glance();
            *place = id;
            count += 1;
        }
        let (mut places, mut chunks) = ([(0, NONE); TOGETHER], [NONE; TOGETHER]);
        let fronts = ids[..count]
            .iter()
            .flat_map(|&id| self.destinations[id as usize].fresh.iter().take(each).map(move |place| (id, place)));
        for (place, front) in places.iter_mut().zip(fronts) {
            *place = front;
        }
        for (chunk, &(_, place)) in chunks.iter_mut().zip(&places).filter(|(_, place)| place.1 != NONE) {
            *chunk = self.queues[place].fresh.begin();
        }
        self.glance_chunks(&chunks);
        for &(id, place) in places.iter().filter(|place| place.1 != NONE) {
            // For when it is settled.
            if let Some((partition, owed)) = self.queues[place].fresh.first_fresh() {
                let lane = self.destinations[id as usize].lane_if_any(partition);
                seen ^= lane.map_or(0, |lane| lane.glance_owed(owed));
            }
        }
        black_box(seen);
    }

    fn glance_chunks(&self, chunks: &[u32]) {
        let mut seen = 0;
        for &chunk in chunks.iter().filter(|&&chunk| chunk != NONE) {
            seen ^= self.chunks[chunk].glance();
        }
        black_box(seen);
    }
}
