use std::collections::{BTreeMap, HashMap};
use std::io;
use std::mem;

use bytes::Bytes;
use prime_log::{
    AppendError, Log, Offset, OpenError, Output, Partition, Position, ReadError, ReadLimit, TransactionError,
    Transactor,
};
use prime_schedule::{Exception, Progress};
use thiserror::Error;
use tokio::task::spawn_blocking;
use tracing::error;

use super::record::{Entry, Line};
use super::told::Told;

const READ: ReadLimit = ReadLimit { bytes_max: 4 << 20, records_max: 10_000 };
/// Steps are summed up when they have come to this many bytes and to twice what the sum was.
const STEP_BYTES_MIN: u64 = 4 << 20;
/// Exceptions in one record, so that none is too large for any log: 20,000 are at most half a megabyte.
const RECORD_EXCEPTIONS_MAX: usize = 20_000;
/// The name under which the log keeps the lowest offset that any destination still needs.
const GROUP: &str = "delivery/owed";

/// The pages of one partition of `events`: how far each destination is, and writing down what changes.
///
/// On a log that machines share there is one writer: whoever opens the book takes it from the one who had it, whose next
/// commit is refused.
pub(crate) struct Book {
    log: Log,
    events: Partition,
    topic: Partition,
    transactor: Option<Transactor>,
    /// Whether the log has transactions.
    is_shared: bool,
    /// Since the last sum.
    step_bytes: u64,
    sum_bytes: u64,
    /// What was written last cannot be relied upon.
    is_torn: bool,
    /// The lowest offset that is needed, as the log knows it.
    lowest: Option<Offset>,
}

/// What one commit makes durable, on a log with transactions all of it or nothing.
pub(crate) struct Commit {
    /// Everything ([`Book::wants_sum`]), or what changed.
    pub(crate) entries: Vec<Entry>,
    pub(crate) is_sum: bool,
    /// What others are told: of everybody in a sum, as what stood before it goes.
    pub(crate) told: Vec<Told>,
    /// Written first, so that nothing has ended without its receipt.
    pub(crate) receipts: Option<(Partition, Vec<Bytes>)>,
    /// The lowest offset that any destination still needs.
    pub(crate) lowest: Offset,
}

#[derive(Debug, Error)]
pub(crate) enum CommitError {
    /// Another process carries this partition now.
    #[error("another process has taken over")]
    Fenced,
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error(transparent)]
    Transaction(TransactionError),
    #[error(transparent)]
    Reopen(#[from] OpenError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

#[derive(Debug, Error)]
pub(crate) enum BookError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// What a destination is owed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Owed {
    pub(crate) good_rate: f64,
    pub(crate) progress: Progress,
}

#[derive(Default)]
struct Page {
    good_rate: f64,
    progress: Progress,
    exceptions: BTreeMap<u64, Exception>,
}

impl Book {
    /// Takes the book over and reads all there is, by the name of the destination.
    pub(crate) async fn open(
        log: Log,
        events: Partition,
        topic: Partition,
    ) -> Result<(Self, HashMap<String, Owed>), BookError> {
        let opening = spawn_blocking(move || {
            let transactor = transactor(&log, &events)?;
            if let Ok(Some(lowest)) = log.committed(GROUP, &events) {
                events.hold(lowest);
            }
            let pages = read_all(&topic)?;
            Ok::<_, BookError>((log, events, topic, transactor, pages))
        });
        let (log, events, topic, transactor, pages) = opening.await.expect("reading does not panic")?;
        let is_shared = transactor.is_some();
        let (step_bytes, sum_bytes, is_torn, lowest) = (0, 0, true, None);
        let book = Self { log, events, topic, transactor, is_shared, step_bytes, sum_bytes, is_torn, lowest };
        let owed = pages.into_iter().map(|(name, page)| {
            let exceptions = page.exceptions.into_values().collect();
            (name, Owed { good_rate: page.good_rate, progress: Progress { exceptions, ..page.progress } })
        });
        Ok((book, owed.collect()))
    }

    /// Whether the next thing to write is everything, and not what changed.
    pub(crate) fn wants_sum(&self) -> bool {
        self.is_torn || self.step_bytes > STEP_BYTES_MIN.max(2 * self.sum_bytes)
    }

    /// Durable once it returns. After an error any part may be, in the order receipts, entries, lowest offset, and a sum has to be
    /// written next.
    pub(crate) async fn write(&mut self, commit: Commit) -> Result<(), CommitError> {
        let Commit { entries, is_sum, told, receipts, lowest } = commit;
        let pages = pages(entries, told, is_sum);
        let bytes = pages.iter().map(|page| page.len() as u64).sum::<u64>();
        let before = self.topic.bounds().end;
        self.is_torn = true;
        if self.is_shared {
            self.transact(receipts, pages, lowest).await?;
        } else {
            self.append(receipts, pages, lowest).await?;
        }
        (self.is_torn, self.lowest) = (false, Some(lowest));
        self.events.hold(lowest);
        if !is_sum {
            self.step_bytes += bytes;
            return Ok(());
        }
        (self.step_bytes, self.sum_bytes) = (0, bytes);
        let topic = self.topic.clone();
        // What is known of the end is at most too low, which lets too little go.
        Ok(spawn_blocking(move || topic.trim(before)).await.expect("trimming does not panic")?)
    }

    async fn append(
        &mut self,
        receipts: Option<(Partition, Vec<Bytes>)>,
        pages: Vec<Bytes>,
        lowest: Offset,
    ) -> Result<(), CommitError> {
        if let Some((partition, values)) = receipts {
            partition.append(values).await?;
        }
        if !pages.is_empty() {
            self.topic.append(pages).await?;
        }
        if self.lowest != Some(lowest) {
            let (log, events) = (self.log.clone(), self.events.clone());
            let committed = spawn_blocking(move || log.commit(GROUP, &events, lowest));
            committed.await.expect("committing does not panic")?;
        }
        Ok(())
    }

    async fn transact(
        &mut self,
        receipts: Option<(Partition, Vec<Bytes>)>,
        pages: Vec<Bytes>,
        lowest: Offset,
    ) -> Result<(), CommitError> {
        if self.transactor.is_none() {
            let (log, events) = (self.log.clone(), self.events.clone());
            let opened = spawn_blocking(move || transactor(&log, &events));
            self.transactor = opened.await.expect("opening does not panic")?;
        }
        let Some(transactor) = &mut self.transactor else { return Ok(()) };
        let receipts = receipts.into_iter().map(|(partition, values)| Output { partition, values });
        let pages = (!pages.is_empty()).then(|| Output { partition: self.topic.clone(), values: pages });
        let position = Position { group: GROUP.to_owned(), partition: self.events.clone(), next: lowest };
        match transactor.commit(receipts.chain(pages).collect(), vec![position]).await {
            Ok(()) => Ok(()),
            Err(TransactionError::Fenced) => Err(CommitError::Fenced),
            Err(error @ TransactionError::Aborted(_)) => Err(CommitError::Transaction(error)),
            Err(error @ TransactionError::Unknown(_)) => {
                self.transactor = None;
                Err(CommitError::Transaction(error))
            }
        }
    }
}

fn transactor(log: &Log, events: &Partition) -> Result<Option<Transactor>, OpenError> {
    log.transactor(&format!("deliver-{}", events.number()))
}

/// The records that say so.
fn pages(entries: Vec<Entry>, told: Vec<Told>, is_sum: bool) -> Vec<Bytes> {
    let entries = entries.into_iter().flat_map(split).map(|entry| Line::Entry(entry).encode());
    let lines = entries.chain(told.into_iter().map(|told| Line::Told(told).encode()));
    if is_sum {
        [Line::Begin.encode()].into_iter().chain(lines).chain([Line::End.encode()]).collect()
    } else {
        lines.collect()
    }
}

fn split(mut entry: Entry) -> Vec<Entry> {
    let mut parts = Vec::new();
    let mut exceptions = mem::take(&mut entry.exceptions);
    loop {
        let rest = exceptions.split_off(exceptions.len().min(RECORD_EXCEPTIONS_MAX));
        parts.push(Entry { exceptions, ..entry.clone() });
        if rest.is_empty() {
            return parts;
        }
        (exceptions, entry.is_whole) = (rest, false);
    }
}

fn read_all(topic: &Partition) -> Result<HashMap<String, Page>, ReadError> {
    let (mut pages, mut sum) = (HashMap::new(), None);
    let mut from: Offset = topic.bounds().start;
    let end = topic.end_now()?;
    while from < end {
        let records = match topic.read(from, READ) {
            Err(ReadError::Trimmed { start }) if start > from => {
                from = start;
                continue;
            }
            read => read?,
        };
        let Some(last) = records.last() else { break };
        from = last.offset + 1;
        for record in records {
            match Line::decode(record.value) {
                Ok(Line::Begin) => sum = Some(HashMap::new()),
                Ok(Line::End) => pages = sum.take().unwrap_or(pages),
                Ok(Line::Entry(entry)) => turn(sum.as_mut().unwrap_or(&mut pages), entry),
                Ok(Line::Told(_)) => {}
                Err(error) => error!(offset = record.offset, %error, "what a destination is owed cannot be read"),
            }
        }
    }
    Ok(pages)
}

fn turn(pages: &mut HashMap<String, Page>, entry: Entry) {
    if entry.is_forgotten {
        pages.remove(&entry.name);
        return;
    }
    let page = pages.entry(entry.name).or_default();
    if entry.is_whole {
        page.exceptions.clear();
    }
    page.good_rate = entry.good_rate;
    page.progress = Progress { read_to: entry.read_to, owed: entry.owed, exceptions: Vec::new() };
    for (offset, exception) in entry.exceptions {
        match exception {
            Some(exception) => page.exceptions.insert(offset, exception),
            None => page.exceptions.remove(&offset),
        };
    }
}

#[cfg(test)]
mod tests {
    use prime_log::{TopicOptions, WhenFull};

    use super::*;
    use crate::progress::sample_told;

    struct Shelf(Log, Partition, Partition);

    fn shelf() -> Shelf {
        let log = Log::in_memory();
        let options = TopicOptions { bytes_max: 64 << 20, age_max: None, when_full: WhenFull::TrimOldest };
        let events = log.partition("events", 0, options.clone()).unwrap();
        let progress = log.partition("progress", 0, options).unwrap();
        Shelf(log, events, progress)
    }

    impl Shelf {
        async fn open(&self) -> (Book, HashMap<String, Owed>) {
            Book::open(self.0.clone(), self.1.clone(), self.2.clone()).await.unwrap()
        }

        /// What whoever opens it finds, without taking it over.
        fn pages(&self) -> HashMap<String, Page> {
            read_all(&self.2).unwrap()
        }
    }

    async fn write(book: &mut Book, entries: Vec<Entry>, is_sum: bool) {
        book.write(Commit { entries, is_sum, told: vec![sample_told()], receipts: None, lowest: 0 }).await.unwrap();
    }

    fn exception(offset: u64) -> (u64, Option<Exception>) {
        (offset, Some(Exception { offset, attempt: 1, due_ms: 20, first_attempt_ms: 10 }))
    }

    fn entry(name: &str, read_to: u64, exceptions: Vec<(u64, Option<Exception>)>) -> Entry {
        Entry { name: name.into(), read_to, exceptions, ..Entry::default() }
    }

    fn offsets(page: &Page) -> Vec<u64> {
        page.exceptions.keys().copied().collect()
    }

    #[tokio::test]
    async fn steps_add_up_to_what_a_sum_says() {
        let shelf = shelf();
        let (mut book, empty) = shelf.open().await;
        assert!(empty.is_empty() && book.wants_sum());
        write(&mut book, vec![entry("a", 1, vec![exception(0)]), entry("b", 1, vec![])], true).await;
        write(&mut book, vec![entry("a", 5, vec![exception(3), (0, None)])], false).await;
        write(&mut book, vec![Entry { is_forgotten: true, ..entry("b", 0, vec![]) }], false).await;
        let pages = shelf.pages();
        assert_eq!(pages.len(), 1);
        assert_eq!((pages["a"].progress.read_to, offsets(&pages["a"])), (5, vec![3]));
        let whole = Entry { is_whole: true, ..entry("a", 9, vec![exception(8)]) };
        write(&mut book, vec![whole], false).await;
        assert_eq!(offsets(&shelf.pages()["a"]), [8]);
    }

    #[tokio::test]
    async fn a_sum_that_was_not_finished_says_nothing() {
        let shelf = shelf();
        let (mut book, _) = shelf.open().await;
        write(&mut book, vec![entry("a", 1, vec![])], true).await;
        let torn = [Line::Begin, Line::Entry(entry("a", 7, vec![]))].map(|line| line.encode());
        shelf.2.append(torn.to_vec()).await.unwrap();
        let (_, pages) = shelf.open().await;
        assert_eq!(pages["a"].progress.read_to, 1);
    }

    #[tokio::test]
    async fn more_exceptions_than_a_record_holds_are_split() {
        let shelf = shelf();
        let (mut book, _) = shelf.open().await;
        let many: Vec<_> = (0..RECORD_EXCEPTIONS_MAX as u64 * 2 + 5).map(exception).collect();
        let whole = Entry { is_whole: true, ..entry("a", 1, many.clone()) };
        write(&mut book, vec![whole], true).await;
        assert_eq!(shelf.open().await.1["a"].progress.exceptions.len(), many.len());
    }

    #[tokio::test]
    async fn whoever_opens_the_book_takes_it_from_who_had_it() {
        let shelf = shelf();
        let (mut first, _) = shelf.open().await;
        write(&mut first, vec![entry("a", 1, vec![])], true).await;
        let (mut second, _) = shelf.open().await;
        let (entries, told) = (vec![entry("a", 2, vec![])], Vec::new());
        let late = Commit { entries, is_sum: true, told, receipts: None, lowest: 2 };
        assert!(matches!(first.write(late).await, Err(CommitError::Fenced)));
        write(&mut second, vec![entry("a", 3, vec![])], true).await;
        assert_eq!(shelf.pages()["a"].progress.read_to, 3);
        assert_eq!(shelf.0.committed(GROUP, &shelf.1).unwrap(), Some(0));
    }
}
