//! Tells others how destinations stand, in commits.

use std::time::Duration;

use prime_event::DestinationId;

use super::Carrier;
use crate::clock::now_ms;
use crate::progress::Told;

impl Carrier {
    /// Sees to it that others are told in time.
    pub(super) fn tell_in_time(&mut self, id: &DestinationId) {
        if !self.options.tell_others {
            return;
        }
        let Some(route) = self.routes.get(id) else { return };
        let standing = route.board.standing(self.streams.events.bounds().end);
        match route.telling.due_in_ms(&standing, now_ms()) {
            Some(0) => self.commit_soon(self.options.commit_interval),
            Some(pause_ms) => self.show_within(id, Duration::from_millis(pause_ms)),
            None => {}
        }
    }

    /// What others are to be told now. After a sum nobody can read what they were told before.
    pub(super) fn tell(&mut self, is_sum: bool) -> Vec<Told> {
        if !self.options.tell_others {
            return Vec::new();
        }
        let (now_ms, end) = (now_ms(), self.streams.events.bounds().end);
        let mut all = Vec::new();
        for route in self.routes.values_mut() {
            let standing = route.board.standing(end);
            if !is_sum && !route.telling.is_due(&standing, now_ms) {
                continue;
            }
            route.telling.told(standing.clone(), now_ms);
            let at_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
            all.push((route.id.clone(), Told { name: route.id.to_string(), at_ms, standing }));
        }
        let told = all.into_iter().map(|(id, told)| {
            // Whoever waits is told of again.
            self.tell_in_time(&id);
            told
        });
        told.collect()
    }
}
