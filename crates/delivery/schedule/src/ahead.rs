//! Waiting for memory once for many jobs.
//!
//! Among millions of jobs nothing that a job needs is in a cache, and what it needs is found one after the other: its
//! destination, its queue, its chunk. Each visit takes longer than all that is computed. Visits that do not depend on each
//! other overlap, though; so the same step is made for many jobs, then the next one for all of them. Nothing is
//! decided here: what was seen may be wrong by the time it counts, and then costs a wait.

use std::hint::black_box;

use crate::job::Offer;
use crate::progress::Lane;
use crate::queues::Queues;
use crate::schedule::Schedule;
use crate::slots::NONE;

/// Several times as many as a core waits for at once: fewer make it wait more often for the last of them.
pub(crate) const TOGETHER: usize = 64;

impl Schedule {
    /// Looks at what these offers will need, all at once. Changes nothing, and makes offering them several times as
    /// fast when there is much in memory. Worth it from four offers on; as many as a few hundred are of use.
    pub fn look_ahead(&self, offers: &[Offer]) {
        for offers in offers.chunks(TOGETHER) {
            self.look_ahead_together(offers);
        }
    }

    fn look_ahead_together(&self, offers: &[Offer]) {
        let (mut hashes, mut places, mut chunks) = ([0; TOGETHER], [NONE; TOGETHER], [NONE; TOGETHER]);
        for (hash, offer) in hashes.iter_mut().zip(offers) {
            *hash = Queues::hash(offer.destination.0, offer.queue);
        }
        let hashes = &hashes[..offers.len()];
        let mut seen = hashes.iter().fold(0, |seen, &hash| seen ^ self.queues.glance(hash));
        for offer in offers {
            seen ^= self.destinations[offer.destination.0 as usize].glance();
        }
        for (place, &hash) in places.iter_mut().zip(hashes) {
            *place = self.queues.guess(hash).unwrap_or(NONE);
        }
        for (chunk, &place) in chunks.iter_mut().zip(&places).filter(|&(_, &place)| place != NONE) {
            *chunk = self.queues[place].fresh.end();
        }
        let lanes = || {
            let lane = |offer: &Offer| self.destinations[offer.destination.0 as usize].lane_if_any(offer.partition.0);
            offers.iter().filter_map(lane)
        };
        seen ^= lanes().fold(0, |seen, lane| seen ^ lane.glance());
        self.glance_chunks(&chunks);
        seen ^= lanes().fold(0, |seen, lane| seen ^ lane.glance_end());
        black_box(seen);
    }

    /// The same for the next turns.
    pub(crate) fn look_ahead_turns(&self) {
        let each = TOGETHER / self.turns.len().clamp(1, TOGETHER);
        let mut ids = [0; TOGETHER];
        let mut count = 0;
        let mut seen = 0;
        for (&id, place) in self.turns.iter().zip(&mut ids) {
            let destination = &self.destinations[id as usize];
            seen ^= destination.glance() ^ destination.fresh.front().unwrap_or_default();
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
        // For when they are settled.
        let mut owed = [None; TOGETHER];
        for (owed, &(id, place)) in owed.iter_mut().zip(&places).filter(|(_, place)| place.1 != NONE) {
            let Some((partition, number)) = self.queues[place].fresh.first_fresh() else { continue };
            let lane = self.destinations[id as usize].lane_if_any(partition);
            seen ^= lane.map_or(0, Lane::glance);
            *owed = lane.map(|lane| (lane, number));
        }
        seen ^= owed.iter().flatten().fold(0, |seen, &(lane, number)| seen ^ lane.glance_owed(number));
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
