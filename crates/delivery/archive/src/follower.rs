//! Follows one archive destination: waits, passes, remembers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use prime_control::Destination;
use prime_destination::{Attempt, AttemptOutcome, Board};
use prime_destinations::archive::{ArchiveSettings, Location};
use prime_event::{DestinationId, Timestamp};
use prime_log::{Offset, ReadError};
use prime_objects::{Objects, ObjectsError, Path};
use prime_runtime::ShutdownSignal;
use thiserror::Error;
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::{sleep, timeout};
use tracing::{error, info, warn};

use crate::day_files::File;
use crate::handle::{ArchiveHandle, read_settings};
use crate::layout;
use crate::options::ArchiveOptions;
use crate::pass::{Gathered, Span, gather};
use crate::service::Streams;

/// How often the position of a switched-off archive is moved to the end of the stream.
const PASS_OVER_INTERVAL: Duration = Duration::from_secs(5);
/// How long a stop waits for the log to say where this archive stands.
const POSITION_PATIENCE: Duration = Duration::from_secs(2);

/// The name under which the log keeps a destination's position.
pub(crate) fn group(id: &DestinationId) -> String {
    format!("destination/{id}")
}

/// How many passes run at a time, and with them how much memory the archive takes: a pass holds one set of files.
///
/// Local disks are quick, so two suffice. Buckets wait for the network. An archive whose last pass failed goes through a
/// lane of its own, as the next pass may hang until its timeout.
pub(crate) struct Lanes {
    local: Semaphore,
    remote: Semaphore,
    doubtful: Semaphore,
}

impl Default for Lanes {
    fn default() -> Self {
        Self { local: Semaphore::new(2), remote: Semaphore::new(4), doubtful: Semaphore::new(1) }
    }
}

impl Lanes {
    async fn enter(&self, location: &Location, doubtful: bool) -> SemaphorePermit<'_> {
        let lane = match location {
            _ if doubtful => &self.doubtful,
            Location::Local => &self.local,
            Location::S3(_) => &self.remote,
        };
        lane.acquire().await.expect("lanes are never closed")
    }
}

pub(crate) struct Follower {
    pub(crate) options: Arc<ArchiveOptions>,
    pub(crate) streams: Streams,
    pub(crate) handle: ArchiveHandle,
    pub(crate) board: Arc<Board>,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) definition: watch::Receiver<Arc<Destination>>,
    pub(crate) shutdown: ShutdownSignal,
}

/// Why a pass did not get to its end.
#[derive(Debug, Error)]
enum PassError {
    #[error("{0}")]
    Settings(String),
    #[error(transparent)]
    Store(#[from] ObjectsError),
    #[error("The events cannot be read: {0}.")]
    Read(#[from] ReadError),
    #[error("The position cannot be remembered: {0}.")]
    Commit(#[from] std::io::Error),
}

impl Follower {
    pub(crate) async fn run(mut self) {
        let destination = self.definition.borrow().clone();
        let group = group(&destination.id);
        let kept = tokio::select! {
            kept = self.streams.log.position(&group, &self.streams.events) => kept,
            () = self.given_up() => return,
        };
        let mut position = kept.unwrap_or_else(|| self.streams.events.bounds().start);
        self.board.set_position(position);
        let (mut enabled, mut failures) = (destination.enabled, 0);
        while !self.shutdown.is_asked() {
            let destination = self.definition.borrow_and_update().clone();
            if destination.enabled != enabled {
                position = self.switched(&destination, position).await;
                (enabled, failures) = (destination.enabled, 0);
            }
            let pause = match (enabled, failures) {
                (false, _) => PASS_OVER_INTERVAL,
                (true, 0) => self.options.flush_interval,
                (true, failures) => self.retry_pause(failures),
            };
            if !self.due(position, pause, enabled && failures == 0).await {
                continue;
            }
            if !enabled {
                position = self.pass_over(&destination.id, position).await;
                continue;
            }
            failures = match self.flush(&destination, &mut position, failures > 0).await {
                Ok(()) => 0,
                Err(error) => self.failed(&destination.id, position, failures, &error),
            };
        }
        self.stop(position, failures).await;
    }

    /// Asked to stop, and still without an answer after a while.
    async fn given_up(&self) {
        self.shutdown.asked().await;
        sleep(POSITION_PATIENCE).await;
    }

    /// Switched off: what arrived before is still written, if that succeeds at once. Switched on: begins with what arrives now.
    async fn switched(&self, destination: &Destination, mut position: Offset) -> Offset {
        if !destination.enabled
            && let Err(error) = self.flush(destination, &mut position, true).await
        {
            self.failed(&destination.id, position, 0, &error);
        }
        self.pass_over(&destination.id, position).await
    }

    /// Waits for an event and then for the pause. False when the definition changed or a stop was asked for instead.
    async fn due(&mut self, position: Offset, pause: Duration, events_first: bool) -> bool {
        let wait = async {
            if events_first {
                self.streams.events.wait_beyond(position).await;
            }
            sleep(pause).await;
        };
        tokio::select! {
            () = wait => true,
            changed = self.definition.changed() => {
                if changed.is_err() {
                    self.shutdown.asked().await;
                }
                false
            }
            () = self.shutdown.asked() => false,
        }
    }

    /// Writes everything up to where the stream ends now. On failure the position is after the last complete pass.
    async fn flush(&self, destination: &Destination, position: &mut Offset, doubtful: bool) -> Result<(), PassError> {
        let settings = read_settings(destination).map_err(PassError::Settings)?;
        let until = self.streams.events.bounds().end;
        while *position < until {
            let _lane = self.lanes.enter(&settings.location, doubtful).await;
            let span = Span {
                source: destination.source.clone(),
                from: *position,
                until,
                file_bytes_max: self.options.file_bytes_max,
            };
            let gathered = match self.gather(span).await {
                Err(ReadError::Trimmed { start }) => {
                    self.skip(&destination.id, *position, start);
                    *position = start;
                    continue;
                }
                other => other?,
            };
            let events = gathered.files.iter().map(|file| file.events).sum();
            if !gathered.files.is_empty() {
                let store = self.handle.open(&settings).await?;
                for file in gathered.files {
                    self.store(destination, &settings, &store, file).await?;
                }
            }
            self.commit(&destination.id, gathered.next).await?;
            // Only now, as a pass that fails between two files writes the first one again.
            self.streams.counters.destination(&destination.id).add_archived(events);
            *position = gathered.next;
        }
        Ok(())
    }

    async fn gather(&self, span: Span) -> Result<Gathered, ReadError> {
        let events = self.streams.events.clone();
        tokio::task::spawn_blocking(move || gather(&events, &span)).await.expect("gathering does not panic")
    }

    async fn store(
        &self,
        destination: &Destination,
        settings: &ArchiveSettings,
        store: &Objects,
        file: File,
    ) -> Result<(), ObjectsError> {
        let path = layout::file(settings, &destination.source, &destination.id, file.first);
        let (started, bytes) = (Instant::now(), file.content.len());
        store.put(&path, file.content).await?;
        let events = if file.events == 1 { "1 event".to_owned() } else { format!("{} events", file.events) };
        let reason = format!("Wrote {events} in {bytes} bytes.");
        let recovered = self.board.record(attempt(file.first.offset, Some(&path), Ok(reason), started.elapsed()));
        if recovered {
            info!(destination = %destination.id, "the archive takes files again");
        }
        Ok(())
    }

    async fn commit(&self, id: &DestinationId, next: Offset) -> Result<(), std::io::Error> {
        let (log, events, group) = (self.streams.log.clone(), self.streams.events.clone(), group(id));
        let commit = tokio::task::spawn_blocking(move || log.commit(&group, &events, next));
        commit.await.expect("committing does not panic")?;
        self.board.set_position(next);
        Ok(())
    }

    /// Leaves out what arrived while the archive is switched off.
    async fn pass_over(&self, id: &DestinationId, position: Offset) -> Offset {
        let end = self.streams.events.newest_end().await;
        if end != position
            && let Err(error) = self.commit(id, end).await
        {
            warn!(destination = %id, %error, "failed to remember a position");
        }
        end
    }

    /// Tells of events that went before they were archived: the archive was away for longer than events are kept.
    fn skip(&self, id: &DestinationId, from: Offset, start: Offset) {
        error!(destination = %id, events = start - from, "events are gone from the stream before they were archived");
        let reason = format!(
            "{} events of the stream were no longer kept when the archive came to them; keep events for longer.",
            start - from
        );
        self.board.record(attempt(from, None, Err(("EXPIRED", AttemptOutcome::Failed, reason)), Duration::ZERO));
    }

    fn failed(&self, id: &DestinationId, position: Offset, failures: u32, error: &PassError) -> u32 {
        let code = match error {
            PassError::Settings(_) => "INVALID_SETTINGS",
            PassError::Store(_) => "STORAGE",
            PassError::Read(_) | PassError::Commit(_) => "INTERNAL",
        };
        let failure = Err((code, AttemptOutcome::Retrying, error.to_string()));
        if self.board.record(attempt(position, None, failure, Duration::ZERO)) {
            warn!(destination = %id, code, "the archive takes no files; they are tried again until it does");
        }
        failures.saturating_add(1)
    }

    fn retry_pause(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        self.options.retry_pause_first.saturating_mul(1 << doublings).min(self.options.retry_pause_max)
    }

    async fn stop(&self, mut position: Offset, failures: u32) {
        let destination = self.definition.borrow().clone();
        if !destination.enabled {
            self.pass_over(&destination.id, position).await;
            return;
        }
        let flush = self.flush(&destination, &mut position, failures > 0);
        match timeout(self.options.stop_timeout, flush).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => {
                info!(destination = %destination.id, "what the archive has not taken is written after the next start");
            }
        }
    }
}

fn attempt(
    offset: Offset,
    path: Option<&Path>,
    outcome: Result<String, (&'static str, AttemptOutcome, String)>,
    latency: Duration,
) -> Attempt {
    let (code, outcome, reason) = match outcome {
        Ok(reason) => ("stored", AttemptOutcome::Delivered, reason),
        Err(failure) => failure,
    };
    Attempt {
        at: Timestamp::now(),
        offset,
        event_message_id: String::new(),
        event_type: "file".to_owned(),
        event_name: path.map(ToString::to_string).unwrap_or_default(),
        outcome,
        status: None,
        latency_ms: latency.as_millis() as u64,
        attempt: 1,
        code: code.to_owned(),
        reason,
        request: None,
        response: None,
    }
}
