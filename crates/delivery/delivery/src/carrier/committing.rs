//! Makes durable what everybody is owed.

use std::collections::HashMap;
use std::mem;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use prime_log::Offset;
use prime_schedule::Progress;
use tokio::time::Instant;
use tracing::warn;

use super::{Carrier, Fenced, STREAM_PAUSE};
use crate::progress::{Book, Commit, CommitError, Entry};
use crate::route::Route;

/// Ends with the book and with the number of receipts that were written.
pub(super) type Committing = BoxFuture<'static, (Book, Result<usize, CommitError>)>;

impl Carrier {
    pub(super) fn commit_soon(&mut self, pause: Duration) {
        let at = (Instant::now() + pause).max(self.no_commit_before.unwrap_or_else(Instant::now));
        self.commit_at = Some(self.commit_at.map_or(at, |earlier| earlier.min(at)));
    }

    pub(super) fn begin_commit(&mut self) {
        if self.committing.is_some() || self.commit_at.is_none_or(|at| at > Instant::now()) {
            return;
        }
        let Some(mut book) = self.book.take() else { return };
        self.commit_at = None;
        let is_sum = book.wants_sum();
        let end = self.streams.events.bounds().end;
        let lowest = self.routes.values().map(|route| self.position(route)).min().unwrap_or(end);
        // First what has ended, then the receipts: none of these is missing.
        let (entries, told) = (self.entries(is_sum), self.tell(is_sum));
        let receipts = self.receipts.unwritten();
        let count = receipts.as_ref().map_or(0, |(_, values)| values.len());
        let commit = Commit { entries, is_sum, told, receipts, lowest };
        self.committing = Some(
            async move {
                let written = book.write(commit).await;
                (book, written.map(|()| count))
            }
            .boxed(),
        );
    }

    pub(super) fn committed(&mut self, book: Book, commit: Result<usize, CommitError>) -> Result<(), Fenced> {
        self.committing = None;
        self.book = Some(book);
        match commit {
            Ok(receipts) => {
                self.no_commit_before = None;
                self.receipts.written(receipts);
                if self.numbers.is_empty() {
                    // Nobody needs anything, however long this stays the last commit.
                    self.streams.events.hold(Offset::MAX);
                }
            }
            Err(error) => {
                error.fenced()?;
                warn!(%error, "failed to write down what destinations are owed; trying again");
                self.no_commit_before = Some(Instant::now() + STREAM_PAUSE);
                self.commit_soon(STREAM_PAUSE);
            }
        }
        Ok(())
    }

    /// The lowest offset that the destination still needs.
    pub(super) fn position(&self, route: &Route) -> Offset {
        let Some(number) = route.number else {
            let (tried, owed) = (route.leaving.exceptions.first(), route.leaving.owed.first());
            let leaving = tried.map(|exception| exception.offset).into_iter().chain(owed.map(|range| range.start));
            return leaving.chain([route.passed]).min().unwrap_or(route.passed);
        };
        self.schedule.low_water(number, self.partition)
    }

    /// What the book does not have yet, or all there is.
    fn entries(&mut self, is_sum: bool) -> Vec<Entry> {
        let mut changes: HashMap<_, Vec<_>> = HashMap::new();
        for change in self.schedule.take_changes() {
            changes.entry(change.destination).or_default().push((change.offset, change.exception));
        }
        let gone = self.gone.drain(..).map(|id| Entry { name: id.to_string(), is_forgotten: true, ..Entry::default() });
        let mut entries: Vec<_> = gone.collect();
        for route in self.routes.values_mut() {
            let marks = match route.number {
                Some(number) => self.schedule.marks(number, self.partition),
                None => Progress { read_to: route.passed, owed: route.leaving.owed.clone(), ..Progress::default() },
            };
            let mut changed = route.number.and_then(|number| changes.remove(&number)).unwrap_or_default();
            changed.extend(route.left.drain(..).map(|offset| (offset, None)));
            let is_whole = mem::take(&mut route.is_unwritten) || is_sum;
            if !is_whole && changed.is_empty() && marks == route.written {
                continue;
            }
            let exceptions = match route.number {
                Some(number) if is_whole => self.schedule.progress(number, self.partition).exceptions,
                None if is_whole => route.leaving.exceptions.clone(),
                _ => Vec::new(),
            };
            let exceptions = exceptions.into_iter().map(|exception| (exception.offset, Some(exception)));
            entries.push(Entry {
                name: route.id.to_string(),
                is_forgotten: false,
                is_whole,
                good_rate: route.number.map_or(0.0, |number| self.schedule.good_rate(number)),
                read_to: marks.read_to,
                owed: marks.owed.clone(),
                exceptions: if is_whole { exceptions.collect() } else { changed },
            });
            route.written = marks;
        }
        if is_sum {
            let stored = self.stored.iter().map(|(name, owed)| Entry {
                name: name.clone(),
                is_forgotten: false,
                is_whole: true,
                good_rate: owed.good_rate,
                read_to: owed.progress.read_to,
                owed: owed.progress.owed.clone(),
                exceptions: owed.progress.exceptions.iter().map(|one| (one.offset, Some(*one))).collect(),
            });
            entries.extend(stored);
        }
        entries
    }
}
