//! Waiting for memory once for many jobs.
//!
//! Among millions of jobs nothing that a job needs is in a cache, and what it needs is found one after the other: its
//! destination, its queue, its chunk. Each visit takes longer than all that is computed. Visits that do not depend on each
//! other overlap, though; so the same step is made for many jobs, then the next one for all of them. Nothing is
//! decided here: what was seen may be wrong by the time it counts, and then costs a wait.

use crate::destination::Destination;
use crate::job::Offer;
use crate::near::near;
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
        let (mut hashes, mut places) = ([0; TOGETHER], [NONE; TOGETHER]);
        let places = &mut places[..offers.len()];
        for (hash, offer) in hashes.iter_mut().zip(offers) {
            *hash = Queues::hash(offer.destination.0, offer.queue);
            self.queues.bring_near(*hash);
            self.destinations[offer.destination.0 as usize].bring_offer_near();
        }
        let lanes = || {
            let lane = |offer: &Offer| self.destinations[offer.destination.0 as usize].lane_if_any(offer.partition.0);
            offers.iter().filter_map(lane)
        };
        for (place, &hash) in places.iter_mut().zip(&hashes) {
            *place = self.queues.guess(hash).unwrap_or(NONE);
            if *place != NONE {
                near(&self.queues[*place]);
            }
        }
        lanes().for_each(Lane::bring_near);
        for &place in places.iter().filter(|&&place| place != NONE) {
            self.bring_chunk_near(self.queues[place].fresh.end());
        }
        lanes().for_each(Lane::bring_end_near);
        lanes().for_each(Lane::bring_distance_near);
    }

    /// The same for the next turns.
    pub(crate) fn look_ahead_turns(&self) {
        let each = TOGETHER / self.turns.len().clamp(1, TOGETHER);
        let turns = || self.turns.iter().take(TOGETHER).map(|&id| &self.destinations[id as usize]);
        turns().for_each(Destination::bring_turn_near);
        turns().for_each(|destination| destination.fresh.bring_ends_near());
        let (mut fronts, mut count) = ([(0, NONE); TOGETHER], 0);
        let all = self
            .turns
            .iter()
            .take(TOGETHER)
            .flat_map(|&id| self.destinations[id as usize].fresh.iter().take(each).map(move |place| (id, place)));
        for (front, (id, place)) in fronts.iter_mut().zip(all) {
            *front = (id, place);
            count += 1;
            near(&self.queues[place]);
        }
        let fronts = &fronts[..count];
        // For when they are settled, lanes as well.
        let mut owed = [None; TOGETHER];
        for (owed, &(id, place)) in owed.iter_mut().zip(fronts) {
            let line = &self.queues[place].fresh;
            self.bring_chunk_near(line.begin());
            let Some((partition, number)) = line.first_fresh() else { continue };
            let Some(lane) = self.destinations[id as usize].lane_if_any(partition) else { continue };
            lane.bring_near();
            *owed = Some((lane, number));
        }
        for &(lane, number) in owed.iter().flatten() {
            lane.bring_owed_near(number);
        }
    }

    fn bring_chunk_near(&self, chunk: u32) {
        if chunk != NONE {
            near(&self.chunks[chunk]);
        }
    }
}
