//! The thread that appends to a partition, alone.

use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::block::{Blocks, CommitPlace, Format};
use super::disk::{self, DiskFile, Environment};
use super::folder;
use super::index::Mark;
use super::partition::Shared;
use super::recovery::Recovered;
use super::segment::{self, Segment};
use crate::error::AppendError;
use crate::options::WhenFull;
use crate::record::Offset;

/// A commit takes no further batch once it has this much. Large enough that the disk's speed and not the sync decides
/// (a megabyte takes about twice as long as a page), small enough that nobody waits long behind it.
const COMMIT_BYTES: u64 = 4 << 20;

/// Nor after this many commands, so that callers who are refused and come again at once do not hold up the others.
const COMMIT_COMMANDS_MAX: usize = 4096;

/// How often the processor is offered to returning callers before a commit that is smaller than the last. With 64 callers
/// it makes commits of 63 records instead of 38 on two cores, and so nearly halves the syncs; a lone caller meets none.
const YIELDS_MAX: u32 = 4;

/// The buffer gives back what a rare large batch made it take.
const BUFFER_BYTES_KEPT: usize = 2 * COMMIT_BYTES as usize;

pub(super) enum Command {
    Append(Batch),
    /// Go on in a new segment, unless this one is empty.
    Roll,
    /// End after what was sent before.
    Close,
}

pub(super) struct Batch {
    pub(super) values: Vec<Bytes>,
    /// Most bytes that it may take on disk.
    pub(super) bytes: u64,
    pub(super) reply: Reply,
}

type Reply = oneshot::Sender<Result<Range<Offset>, AppendError>>;

pub(super) struct Writer {
    shared: Arc<Shared>,
    environment: Environment,
    segment: Arc<Segment>,
    file: Box<dyn DiskFile>,
    /// Where the durable part of the file ends, and the offset of the next record.
    end: Mark,
    /// Time of the last record.
    newest_ms: i64,
    commit: Commit,
    /// What the file holds behind its durable part is not known. Nothing more is written to it: the next batch goes to a
    /// new segment, whose first offset tells readers where this one ends.
    tainted: bool,
    /// How many callers the commit before had.
    answered_last: usize,
}

/// Batches that are to become durable together.
#[derive(Default)]
struct Commit {
    blocks: Blocks,
    /// Bytes of the batches before they are compressed.
    raw_bytes: u64,
    waiting: Vec<(Reply, Range<Offset>)>,
}

/// The partition stopped itself. Whoever was concerned has been told.
struct Stopped;

pub(super) struct Created {
    pub(super) segment: Segment,
    pub(super) file: Box<dyn DiskFile>,
}

pub(super) fn create_segment(
    partition_dir: &Path,
    first: Offset,
    previous: Option<Offset>,
    environment: &Environment,
    not_before_ms: i64,
) -> io::Result<Created> {
    let created_at_ms = (environment.now_ms)().max(not_before_ms);
    let salt = (environment.salt)();
    let header = segment::Header { format: Format::Current, salt, first, previous, created_at_ms };
    let path = folder::segment_path(partition_dir, first);
    let file = disk::put(&*environment.disk, &path, &header.encode())?;
    Ok(Created { segment: Segment::new(path, header, segment::HEADER_BYTES as u64), file })
}

impl Writer {
    pub(super) fn new(
        shared: Arc<Shared>,
        environment: Environment,
        file: Box<dyn DiskFile>,
        recovered: Recovered,
    ) -> Self {
        let segment = shared.writing();
        let newest_ms = recovered.newest_ms.unwrap_or(segment.header.created_at_ms);
        let (end, commit) = (recovered.end, Commit::default());
        Self { shared, environment, segment, file, end, newest_ms, commit, tainted: false, answered_last: 0 }
    }

    /// Serves until told to close, until all handles are gone, or until the partition stops itself.
    pub(super) fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        while let Some(command) = commands.blocking_recv() {
            match self.serve(command, &mut commands) {
                Ok(Go::On) => {}
                Ok(Go::Away) | Err(Stopped) => return,
            }
        }
    }

    /// Carries out a command, together with the appends that wait behind it.
    fn serve(&mut self, first: Command, commands: &mut mpsc::Receiver<Command>) -> Result<Go, Stopped> {
        let mut next = Some(first);
        let mut taken = 0;
        while let Some(command) = next {
            match command {
                Command::Append(batch) => self.add(batch)?,
                Command::Roll => {
                    self.flush();
                    self.roll_on_request()?;
                }
                Command::Close => {
                    self.flush();
                    return Ok(Go::Away);
                }
            }
            taken += 1;
            let full = self.commit.raw_bytes >= COMMIT_BYTES || taken == COMMIT_COMMANDS_MAX;
            next = if full { None } else { self.next_command(commands) };
        }
        self.flush();
        Ok(Go::On)
    }

    /// What waits, or arrives while those who were answered last get to run: they are the likeliest to come again.
    fn next_command(&self, commands: &mut mpsc::Receiver<Command>) -> Option<Command> {
        let mut command = commands.try_recv().ok();
        let mut yields = YIELDS_MAX;
        while command.is_none() && yields > 0 && self.commit.waiting.len() < self.answered_last {
            std::thread::yield_now();
            command = commands.try_recv().ok();
            yields -= 1;
        }
        command
    }

    /// Takes a batch into the commit, or refuses it.
    fn add(&mut self, batch: Batch) -> Result<(), Stopped> {
        if !self.fits_segment(batch.bytes) && !self.fits_segment_compressed(batch.bytes) {
            self.flush();
            if let Err(error) = self.roll()? {
                let _ = batch.reply.send(Err(AppendError::Io(Arc::new(error))));
                return Ok(());
            }
        }
        match self.make_room(batch.bytes) {
            Ok(()) => self.encode(batch),
            Err(error) => {
                let _ = batch.reply.send(Err(error));
            }
        }
        Ok(())
    }

    /// An empty segment takes a batch of any size. One that is tainted, or laid out as it is no longer written, takes none.
    fn fits_segment(&self, batch_bytes: u64) -> bool {
        let filled = self.end.at + self.commit.blocks.bytes_max();
        let fits = filled == segment::HEADER_BYTES as u64 || filled + batch_bytes <= self.shared.segment_bytes_max;
        fits && !self.must_roll()
    }

    fn must_roll(&self) -> bool {
        self.tainted || self.segment.header.format != Format::Current
    }

    /// As [`Writer::fits_segment`], but knowing what the commit's last block really takes.
    fn fits_segment_compressed(&mut self, batch_bytes: u64) -> bool {
        self.commit.blocks.close(self.commit_place());
        self.fits_segment(batch_bytes)
    }

    /// What the records of this commit have in common.
    fn commit_place(&self) -> CommitPlace {
        let Self { segment, end, newest_ms, .. } = self;
        CommitPlace { salt: segment.header.salt, first: end.offset, appended_at_ms: *newest_ms }
    }

    fn make_room(&self, batch_bytes: u64) -> Result<(), AppendError> {
        let bytes_max = self.shared.options.bytes_max;
        let waiting = self.commit.blocks.bytes_max();
        let coming = waiting + batch_bytes;
        let bytes = self.shared.bounds().bytes;
        if bytes + coming <= bytes_max {
            return Ok(());
        }
        match self.shared.options.when_full {
            WhenFull::Refuse => {
                let bytes = bytes + waiting;
                Err(AppendError::Full { bytes, bytes_max, batch_bytes })
            }
            WhenFull::TrimOldest | WhenFull::TrimUnheld => {
                let room = |bytes_max: u64| bytes_max.saturating_sub(coming);
                let trimmed = self.shared.trim_to_bytes(room(bytes_max), room(bytes_max.saturating_mul(2)));
                trimmed.map_err(|error| AppendError::Io(Arc::new(error)))
            }
        }
    }

    fn encode(&mut self, batch: Batch) {
        if self.commit.waiting.is_empty() {
            self.newest_ms = self.newest_ms.max((self.environment.now_ms)());
        }
        let place = self.commit_place();
        let commit = &mut self.commit;
        let first = commit.waiting.last().map_or(self.end.offset, |(_, offsets)| offsets.end);
        let offsets = first..first + batch.values.len() as u64;
        commit.blocks.add(place, first, &batch.values);
        commit.raw_bytes += batch.bytes;
        commit.waiting.push((batch.reply, offsets));
    }

    /// Makes the commit durable and answers those who wait for it.
    fn flush(&mut self) {
        self.commit.blocks.close(self.commit_place());
        let Some((_, last)) = self.commit.waiting.last() else { return };
        let bytes = self.commit.blocks.bytes();
        let end = Mark { offset: last.end, at: self.end.at + bytes.len() as u64 };
        if let Err(error) = self.file.write_all_at(bytes, self.end.at) {
            return self.take_back(error, false);
        }
        if let Err(error) = self.file.sync() {
            return self.take_back(error, true);
        }
        let starts = self.commit.blocks.starts().iter();
        self.segment.note(starts.map(|start| Mark { offset: start.first, at: self.end.at + start.at as u64 }));
        self.shared.extend(end.at - self.end.at, end.offset, self.newest_ms);
        self.end = end;
        self.answered_last = self.commit.waiting.len();
        for (reply, offsets) in self.commit.waiting.drain(..) {
            let _ = reply.send(Ok(offsets));
        }
        self.commit.clear();
    }

    /// The commit failed, perhaps half-way: nothing may be found behind the durable part. After a failed sync no later one
    /// of this file proves anything, as the kernel may have dropped what it could not write.
    fn take_back(&mut self, error: io::Error, sync_failed: bool) {
        let (topic, partition) = (&self.shared.topic, self.shared.number);
        tracing::warn!(topic, partition, sync_failed, %error, "failed to store records");
        let cut = self.file.set_length(self.end.at);
        self.tainted |= sync_failed || cut.is_err();
        self.commit.refuse(error);
    }

    fn stop(&self, reason: String) {
        let (topic, partition) = (&self.shared.topic, self.shared.number);
        tracing::error!(topic, partition, reason, "a partition takes no more records until the log is opened again");
        let _ = self.shared.stopped.set(reason.into());
    }

    fn roll_on_request(&mut self) -> Result<(), Stopped> {
        if let Err(error) = self.roll()? {
            let (topic, partition) = (&self.shared.topic, self.shared.number);
            tracing::warn!(topic, partition, %error, "failed to begin a new segment");
        }
        Ok(())
    }

    /// Goes on in a new segment, unless this one is empty. On failure everything stays as it was.
    fn roll(&mut self) -> Result<io::Result<()>, Stopped> {
        let empty = self.end.offset == self.segment.first();
        let header = &self.segment.header;
        if empty && !self.must_roll() {
            return Ok(Ok(()));
        }
        let previous = if empty { header.previous } else { Some(header.first) };
        let first = self.end.offset;
        let created = match create_segment(&self.shared.dir, first, previous, &self.environment, self.newest_ms) {
            Ok(created) => created,
            // The name of an empty segment shows one still, and either will do.
            Err(error) if empty => return Ok(Err(error)),
            Err(error) => return self.take_back_segment(first, error),
        };
        self.segment = Arc::new(created.segment);
        self.file = created.file;
        self.tainted = false;
        self.newest_ms = self.segment.header.created_at_ms;
        self.end.at = segment::HEADER_BYTES as u64;
        self.shared.push(self.segment.clone());
        if let Err(error) = self.shared.trim_again() {
            let (topic, partition) = (&self.shared.topic, self.shared.number);
            tracing::warn!(topic, partition, %error, "failed to remove a segment that is no longer wanted");
        }
        Ok(Ok(()))
    }

    /// A new segment may have got its name although that was reported as failed. If it kept it while this one goes on, it
    /// would hide records of this one after the next start.
    fn take_back_segment(&self, first: Offset, error: io::Error) -> Result<io::Result<()>, Stopped> {
        let (disk, dir) = (&self.environment.disk, &self.shared.dir);
        let taken_back = match disk.remove(&folder::segment_path(dir, first)) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.and_then(|()| disk.sync_folder(dir)),
        };
        match taken_back {
            Ok(()) => Ok(Err(error)),
            Err(second) => {
                self.stop(format!("a new segment failed ({error}) and could not be taken back: {second}"));
                Err(Stopped)
            }
        }
    }
}

enum Go {
    On,
    Away,
}

impl Commit {
    fn refuse(&mut self, error: io::Error) {
        let error = AppendError::Io(Arc::new(error));
        for (reply, _) in self.waiting.drain(..) {
            let _ = reply.send(Err(error.clone()));
        }
        self.clear();
    }

    fn clear(&mut self) {
        self.waiting.clear();
        self.raw_bytes = 0;
        self.blocks.clear(BUFFER_BYTES_KEPT);
    }
}
