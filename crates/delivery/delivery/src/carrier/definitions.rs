//! Follows what is defined: destinations that come, change, are switched on and off, and go.

use std::sync::Arc;
use std::time::Duration;

use prime_event::DestinationId;
use prime_log::Offset;
use prime_schedule::Progress;

use super::Carrier;
use crate::clock::now_ms;
use crate::progress::Owed;
use crate::route::{Route, group};
use crate::wiring::Wiring;

impl Carrier {
    /// Follows a destination from where it stands. `end`: of the stream, as it is now.
    pub(crate) async fn follow(&mut self, wiring: Arc<Wiring>, end: Offset) {
        let id = wiring.destination.id.clone();
        let owed = match self.stored.remove(id.as_str()) {
            Some(owed) => owed,
            None => {
                // Before there was a book, the log alone knew the position. A new destination begins at the end.
                let position = self.streams.log.position(&group(&id), &self.streams.events).await;
                let progress = Progress { read_to: position.unwrap_or(end), ..Progress::default() };
                Owed { good_rate: 0.0, progress }
            }
        };
        // A position beyond the end is one from a stream that was taken away since.
        let progress = cut(owed.progress, end);
        let mut route =
            Route::new(wiring, self.boards.put_up(&id), self.streams.counters.destination(&id), &self.receipts);
        route.passed = progress.read_to;
        self.by_source.entry(route.wiring.destination.source.clone()).or_default().push(id.clone());
        let is_enabled = route.wiring.destination.enabled;
        self.routes.insert(id.clone(), route);
        if is_enabled {
            self.switch_on(&id, owed.good_rate, progress);
        } else {
            self.give_up(&id, progress);
        }
        self.show(&id);
        self.commit_soon(Duration::ZERO);
    }

    /// The definition changed.
    pub(crate) fn rewire(&mut self, wiring: Arc<Wiring>) {
        let id = wiring.destination.id.clone();
        let Some(route) = self.routes.get_mut(&id) else { return };
        let is_enabled = wiring.destination.enabled;
        let has_new_settings = route.wiring.destination.settings != wiring.destination.settings;
        route.wiring = wiring;
        match (route.number, is_enabled) {
            (Some(number), true) => {
                if route.leaves_at.take().is_some() {
                    self.schedule.resume(number);
                }
                self.schedule.set_options(number, route.options(&self.options));
                route.wants_renewal |= has_new_settings;
                self.renew(&id);
            }
            (Some(_), false) => {
                route.wants_renewal |= has_new_settings;
                self.leave(&id);
            }
            (None, true) => {
                let end = self.streams.events.bounds().end;
                let leaving = std::mem::take(&mut route.leaving);
                self.give_up_no_more(&id);
                self.switch_on(&id, 0.0, Progress { read_to: end, ..leaving });
            }
            (None, false) => {}
        }
        self.show(&id);
        self.commit_soon(self.options.commit_interval);
    }

    /// The destination is gone for good.
    pub(crate) fn forget(&mut self, id: &DestinationId) {
        drop(self.switch_off(id));
        self.give_up_no_more(id);
        self.stored.remove(id.as_str());
        if let Some(route) = self.routes.remove(id)
            && let Some(ids) = self.by_source.get_mut(&route.wiring.destination.source)
        {
            ids.retain(|other| other != id);
        }
        self.boards.take_down(id);
        self.gone.push(id.clone());
        self.commit_soon(self.options.commit_interval);
    }

    fn switch_on(&mut self, id: &DestinationId, good_rate: f64, mut progress: Progress) {
        if self.numbers.is_empty() {
            // Nobody has read for a while.
            (self.next, self.reading) = (self.streams.events.bounds().end.max(self.next), None);
        }
        let Some(route) = self.routes.get_mut(id) else { return };
        // What others have read without it is read again.
        if progress.read_to < self.next {
            progress.owed.push(progress.read_to..self.next);
            progress.read_to = self.next;
        }
        let number = self.schedule.add_destination(route.options(&self.options), good_rate);
        self.schedule.restore(number, self.partition, progress);
        self.numbers.insert(number, id.clone());
        route.number = Some(number);
        route.is_unwritten = true;
    }

    /// Returns all that is owed.
    pub(super) fn switch_off(&mut self, id: &DestinationId) -> Progress {
        let Some(route) = self.routes.get_mut(id) else { return Progress::default() };
        (route.is_unwritten, route.wants_renewal, route.leaves_at) = (true, false, None);
        drop(route.lingering.take());
        let Some(number) = route.number.take() else { return Progress::default() };
        route.passed = self.next;
        let mut progress = self.schedule.progress(number, self.partition);
        if progress.read_to < self.next {
            progress.owed.push(progress.read_to..self.next);
        }
        self.schedule.remove_destination(number);
        self.numbers.remove(&number);
        progress
    }

    /// Tries what waits at once, with what is set now, when nothing is under way.
    pub(super) fn renew(&mut self, id: &DestinationId) {
        let Some(route) = self.routes.get_mut(id) else { return };
        let Some(number) = route.number.filter(|_| route.wants_renewal && route.leaves_at.is_none()) else { return };
        if self.schedule.counters(number).in_flight > 0 {
            return;
        }
        self.linger_end(id);
        let mut progress = self.schedule.progress(number, self.partition);
        let now_ms = now_ms();
        progress.exceptions.iter_mut().for_each(|exception| exception.due_ms = now_ms);
        drop(self.switch_off(id));
        self.switch_on(id, 0.0, progress);
    }
}

/// What lies beyond the end was never there.
fn cut(mut progress: Progress, end: Offset) -> Progress {
    progress.read_to = progress.read_to.min(end);
    progress.owed.iter_mut().for_each(|range| range.end = range.end.min(end));
    progress.owed.retain(|range| range.start < range.end);
    progress.exceptions.retain(|exception| exception.offset < end);
    progress
}
