//! What a partition's writer, its readers and its owner share.

use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot, watch};

use super::block::{self};
use super::disk::{Access, Disk, Environment};
use super::folder::{self, Lock};
use super::reader;
use super::recovery::{self, Recovered};
use super::retention::{self, Kept};
use super::segment::{self, Segment};
use super::writer::{self, Batch, Command, Writer};
use crate::error::{AppendError, OpenError, ReadError};
use crate::options::{TopicOptions, WhenFull};
use crate::provider::PartitionProvider;
use crate::record::{BATCH_BYTES_MAX, Bounds, Offset, ReadLimit, Record};

/// Batches that may wait for the writer. As each caller waits for its own, it is a bound on callers: enough for every
/// connection that a collector serves at once, and small beside what they hold themselves.
const QUEUE_BATCHES_MAX: usize = 4096;

/// A segment may take at most this part of a partition's bytes, so that there are whole segments to let go.
const SEGMENTS_PER_PARTITION_MIN: u64 = 4;

/// Handle to a partition. The writer ends when all are gone.
#[derive(Clone)]
pub(crate) struct Partition {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Command>,
    /// Closed when the writer has ended and let go of the folder.
    writer_ended: watch::Receiver<()>,
}

pub(super) struct Shared {
    pub(super) topic: String,
    pub(super) number: u32,
    pub(super) dir: PathBuf,
    pub(super) options: TopicOptions,
    pub(super) segment_bytes_max: u64,
    pub(super) disk: Arc<dyn Disk>,
    state: Mutex<State>,
    end: watch::Sender<Offset>,
    /// Taken while segments are removed, so that they go in order.
    trimming: Mutex<()>,
    /// Why the writer takes no more.
    pub(super) stopped: OnceLock<Arc<str>>,
}

struct State {
    /// Oldest first, never empty. The last is the one that is written.
    segments: VecDeque<Arc<Segment>>,
    bytes: u64,
    end: Offset,
    /// Time of the first record in the last segment.
    oldest_written_ms: Option<i64>,
    /// Records below this are no longer wanted.
    trim_before: Offset,
    /// Retention leaves records from here on alone, as far as there is room.
    held_from: Offset,
}

/// A segment as it is now, and the offset after its last durable record.
pub(super) struct View {
    pub(super) segment: Arc<Segment>,
    pub(super) end: Offset,
}

pub(super) struct PartitionOptions {
    pub(super) topic: String,
    pub(super) number: u32,
    pub(super) dir: PathBuf,
    /// The folder of the log, above that.
    pub(super) log_dir: PathBuf,
    pub(super) topic_options: TopicOptions,
    pub(super) segment_bytes_max: u64,
    /// Every record below this is known to have been durable.
    pub(super) durable: Offset,
}

impl Partition {
    pub(super) fn open(
        options: PartitionOptions,
        environment: &Environment,
        lock: Arc<Lock>,
    ) -> Result<Self, OpenError> {
        let dir = options.dir.clone();
        let disk = &*environment.disk;
        folder::create(disk, &dir)?;
        let fail = |source| OpenError::Io { path: dir.clone(), source };
        let mut segments = recovery::segments(disk, &dir)?;
        if segments.is_empty() {
            let created = writer::create_segment(&dir, 0, None, environment, i64::MIN).map_err(fail)?;
            segments.push(created.segment);
        }
        let newest = segments.last().expect("a partition has a segment");
        let file = disk.open(&newest.path, Access::ReadWrite).map_err(fail)?;
        let recovered = recovery::examine(&*file, newest, options.durable)?;
        if recovered.torn_bytes > 0 {
            tracing::warn!(
                topic = options.topic,
                partition = options.number,
                file = %newest.path.display(),
                torn_bytes = recovered.torn_bytes,
                "cut off the unfinished end of a segment, none of which was acknowledged"
            );
        }
        recovery::make_durable(&*file, newest, &recovered).map_err(fail)?;
        folder::sync_up_to(disk, &dir, &options.log_dir).map_err(fail)?;
        let (queue, commands) = mpsc::channel(QUEUE_BATCHES_MAX);
        let (ended, writer_ended) = watch::channel(());
        let shared = Arc::new(Shared::new(options, environment.disk.clone(), segments, recovered));
        let writer = Writer::new(shared.clone(), environment.clone(), file, recovered);
        std::thread::Builder::new()
            .name(format!("log {}/{}", shared.topic, shared.number))
            .spawn(move || {
                writer.run(commands);
                drop(lock);
                drop(ended);
            })
            .map_err(fail)?;
        Ok(Self { shared, queue, writer_ended })
    }

    pub(super) fn maintain(&self, now_ms: i64) -> io::Result<()> {
        let Some(age_max) = self.shared.options.age_max else { return Ok(()) };
        let (segments, oldest_written_ms) = self.shared.kept();
        let choice = retention::by_age(&segments, oldest_written_ms, age_max, now_ms);
        if choice.roll {
            // When the queue is full, the next round asks again.
            let _ = self.queue.try_send(Command::Roll);
        }
        let held_from = self.shared.state.lock().held_from;
        choice.trim_before.map_or(Ok(()), |before| self.trim(before.min(held_from)))
    }

    /// Returns when the writer has written all that was sent before, and is gone.
    pub(super) async fn close(&self) {
        let _ = self.queue.send(Command::Close).await;
        let mut ended = self.writer_ended.clone();
        while ended.changed().await.is_ok() {}
    }
}

#[async_trait]
impl PartitionProvider for Partition {
    async fn append(&self, values: Vec<Bytes>) -> Result<Range<Offset>, AppendError> {
        if values.is_empty() {
            let end = self.shared.state.lock().end;
            return Ok(end..end);
        }
        let bytes = block::batch_bytes_max(&values);
        let room = self.shared.options.bytes_max.saturating_sub(segment::HEADER_BYTES as u64);
        let bytes_max = room.min(BATCH_BYTES_MAX);
        if bytes > bytes_max {
            return Err(AppendError::TooLarge { bytes, bytes_max });
        }
        let (reply, answer) = oneshot::channel();
        let batch = Batch { values, bytes, reply };
        self.queue.send(Command::Append(batch)).await.map_err(|_| self.shared.closed())?;
        answer.await.unwrap_or_else(|_| Err(self.shared.closed()))
    }

    fn read(&self, from: Offset, limit: ReadLimit) -> Result<Vec<Record>, ReadError> {
        reader::read(&self.shared, from, limit)
    }

    fn bounds(&self) -> Bounds {
        self.shared.bounds()
    }

    async fn wait_beyond(&self, offset: Offset) {
        let mut end = self.shared.end.subscribe();
        let reached = end.wait_for(|end| *end > offset).await.is_ok();
        debug_assert!(reached, "the handle keeps the sender alive");
    }

    fn trim(&self, before: Offset) -> io::Result<()> {
        if self.queue.is_closed() {
            return Err(io::Error::other(self.shared.closed()));
        }
        self.shared.trim(before)
    }

    fn hold(&self, from: Offset) {
        if self.shared.options.when_full == WhenFull::TrimUnheld {
            self.shared.state.lock().held_from = from;
        }
    }

    fn position_at(&self, time_ms: i64) -> Offset {
        reader::position_at(&self.shared, time_ms)
    }

    fn topic(&self) -> &str {
        &self.shared.topic
    }

    fn number(&self) -> u32 {
        self.shared.number
    }
}

impl Shared {
    fn new(options: PartitionOptions, disk: Arc<dyn Disk>, segments: Vec<Segment>, recovered: Recovered) -> Self {
        let bytes = segments.iter().map(Segment::bytes).sum();
        let state = State {
            segments: segments.into_iter().map(Arc::new).collect(),
            bytes,
            end: recovered.end.offset,
            oldest_written_ms: recovered.oldest_ms,
            trim_before: 0,
            held_from: Offset::MAX,
        };
        let part = (options.topic_options.bytes_max / SEGMENTS_PER_PARTITION_MIN).max(1);
        Self {
            topic: options.topic,
            number: options.number,
            dir: options.dir,
            options: options.topic_options,
            segment_bytes_max: options.segment_bytes_max.min(part),
            disk,
            end: watch::Sender::new(state.end),
            state: Mutex::new(state),
            trimming: Mutex::new(()),
            stopped: OnceLock::new(),
        }
    }

    pub(super) fn bounds(&self) -> Bounds {
        let state = self.state.lock();
        Bounds { start: state.start(), end: state.end, bytes: state.bytes }
    }

    /// The segment that holds a record, `None` when `from` is the end.
    pub(super) fn view(&self, from: Offset) -> Result<Option<View>, ReadError> {
        let state = self.state.lock();
        if from < state.start() {
            return Err(ReadError::Trimmed { start: state.start() });
        }
        if from > state.end {
            return Err(ReadError::Beyond { from, end: state.end });
        }
        let after = state.segments.partition_point(|segment| segment.first() <= from);
        let end = state.segments.get(after).map_or(state.end, |next| next.first());
        let segment = state.segments[after - 1].clone();
        Ok((from < end).then_some(View { segment, end }))
    }

    /// The segment in which the first record at or after a time may lie, that is the last one that was created before
    /// the time: all records of those before it are older than it is. The oldest segment if all are younger.
    pub(super) fn view_at(&self, time_ms: i64) -> View {
        let state = self.state.lock();
        let younger = state.segments.partition_point(|segment| segment.header.created_at_ms < time_ms);
        let place = younger.saturating_sub(1);
        let end = state.segments.get(place + 1).map_or(state.end, |next| next.first());
        View { segment: state.segments[place].clone(), end }
    }

    /// A commit has become durable. From here on it can be read.
    pub(super) fn extend(&self, bytes: u64, end: Offset, appended_at_ms: i64) {
        let mut state = self.state.lock();
        let segment = state.writing();
        segment.set_bytes(segment.bytes() + bytes);
        state.bytes += bytes;
        state.end = end;
        state.oldest_written_ms.get_or_insert(appended_at_ms);
        drop(state);
        self.end.send_replace(end);
    }

    /// Writing goes on in a new segment. It takes the place of an empty one that began with the same offset.
    pub(super) fn push(&self, segment: Arc<Segment>) {
        let mut state = self.state.lock();
        if state.writing().first() == segment.first()
            && let Some(replaced) = state.segments.pop_back()
        {
            state.bytes -= replaced.bytes();
        }
        state.bytes += segment.bytes();
        state.oldest_written_ms = None;
        state.segments.push_back(segment);
    }

    pub(super) fn writing(&self) -> Arc<Segment> {
        self.state.lock().writing().clone()
    }

    pub(super) fn trim(&self, before: Offset) -> io::Result<()> {
        let trim_before = {
            let mut state = self.state.lock();
            state.trim_before = state.trim_before.max(before.min(state.end));
            state.trim_before
        };
        self.remove_while(|state| state.segments.get(1).is_some_and(|next| next.first() <= trim_before))
    }

    /// Removes segments that nobody wants since the last trim, now that another is the one that is written.
    pub(super) fn trim_again(&self) -> io::Result<()> {
        self.trim(0)
    }

    /// Removes the oldest segments while there is more than `bytes`, but not the one that is written, and of those that are
    /// held only while there is more than `held_bytes`.
    pub(super) fn trim_to_bytes(&self, bytes: u64, held_bytes: u64) -> io::Result<()> {
        self.remove_while(|state| {
            let is_held = state.segments.get(1).is_some_and(|next| next.first() > state.held_from);
            state.bytes > if is_held { held_bytes } else { bytes } && state.segments.len() > 1
        })
    }

    fn remove_while(&self, unwanted: impl Fn(&State) -> bool) -> io::Result<()> {
        let _in_order = self.trimming.lock();
        loop {
            let segment = {
                let mut state = self.state.lock();
                if !unwanted(&state) {
                    return Ok(());
                }
                let segment = state.segments.pop_front().expect("a partition has a segment");
                state.bytes -= segment.bytes();
                segment
            };
            // A removal that was reported as failed may have happened all the same.
            let removed = self.disk.remove(&segment.path).or_else(|error| match error.kind() {
                io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            });
            if let Err(error) = removed {
                let mut state = self.state.lock();
                state.bytes += segment.bytes();
                state.segments.push_front(segment);
                return Err(error);
            }
            self.disk.sync_folder(&self.dir)?;
        }
    }

    fn kept(&self) -> (Vec<Kept>, Option<i64>) {
        let state = self.state.lock();
        let newest = state.segments.iter().skip(1).map(|next| Some(next.header.created_at_ms)).chain([None]);
        let segments = state.segments.iter().zip(newest);
        let kept = segments.map(|(segment, newest_ms)| Kept { first: segment.first(), newest_ms }).collect();
        (kept, state.oldest_written_ms)
    }

    pub(super) fn closed(&self) -> AppendError {
        AppendError::Closed { reason: self.stopped.get().cloned().unwrap_or_else(|| "the log is closed".into()) }
    }
}

impl State {
    fn start(&self) -> Offset {
        self.segments[0].first()
    }

    fn writing(&self) -> &Arc<Segment> {
        &self.segments[self.segments.len() - 1]
    }
}
