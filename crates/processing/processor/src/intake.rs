//! Reads the input and decodes it on several threads, a bounded stretch at a time.

use std::collections::VecDeque;
use std::thread;

use prime_event::{CollectedRecord, RecordError, RequestRecord};
use prime_log::{Offset, Partition, ReadLimit, Record};

use crate::decode::{Decoded, Decoder};
use crate::processor::ProcessError;

/// A stretch holds at most this much more than is read at a time, whatever bodies inflate to.
const INFLATION_MAX: usize = 4;
/// What is decoded sooner than a thread starts.
const ALONE_BYTES_MAX: usize = 256 << 10;
/// More threads than this wait for the log's writer.
const THREADS_MAX: usize = 8;

/// What the values of the input are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InputKind {
    /// `RequestRecord`
    Journal,
    /// `CollectedRecord`
    Collected,
}

pub(crate) struct Intake {
    input: Partition,
    kind: InputKind,
    limit: ReadLimit,
    /// The next offset to decode.
    next: Offset,
    /// Records read and not yet decoded.
    waiting: VecDeque<Record>,
    decoders: Vec<Decoder>,
}

/// What one stretch of the input holds.
pub(crate) struct Stretch {
    pub(crate) from: Offset,
    /// The offset after its last record.
    pub(crate) next: Offset,
    pub(crate) decoded: Decoded,
}

/// A record as it is decoded.
enum Input {
    Request(RequestRecord),
    Collected(CollectedRecord),
}

impl Intake {
    pub(crate) fn new(input: Partition, kind: InputKind, batch_bytes_max: usize) -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
        Self {
            input,
            kind,
            limit: ReadLimit { bytes_max: batch_bytes_max, records_max: usize::MAX },
            next: 0,
            waiting: VecDeque::new(),
            decoders: std::iter::repeat_with(Decoder::default).take(threads).collect(),
        }
    }

    /// Goes on from an offset, whatever was read before.
    pub(crate) fn seek(&mut self, next: Offset) {
        self.next = next;
        self.waiting.clear();
    }

    /// The next stretch, none at the end of the input. Blocking, and busy.
    pub(crate) fn next(&mut self) -> Result<Option<Stretch>, ProcessError> {
        if self.waiting.is_empty() {
            if self.input.bounds().end <= self.next {
                return Ok(None);
            }
            self.waiting.extend(self.input.read(self.next, self.limit)?);
        }
        let (mut records, bytes) = self.take()?;
        if records.is_empty() {
            return Ok(None);
        }
        let threads = if bytes <= ALONE_BYTES_MAX { 1 } else { self.decoders.len() };
        let share_bytes = bytes.div_ceil(threads);
        let bytes_max = self.bytes_max();
        let (decoded, done) = decode(&records, &mut self.decoders[..threads], share_bytes, bytes_max);
        let from = self.next;
        self.next = records[done - 1].record.offset + 1;
        for left in records.drain(done..).rev() {
            self.waiting.push_front(left.record);
        }
        Ok(Some(Stretch { from, next: self.next, decoded }))
    }

    /// Takes from what waits as much as says of itself that it fits, and at least one record.
    fn take(&mut self) -> Result<(Vec<Taken>, usize), RecordError> {
        let (mut records, mut bytes) = (Vec::new(), 0);
        while bytes < self.bytes_max()
            && let Some(record) = self.waiting.pop_front()
        {
            let taken = Taken::read(record, self.kind)?;
            bytes += taken.bytes;
            records.push(taken);
        }
        Ok((records, bytes))
    }

    fn bytes_max(&self) -> usize {
        self.limit.bytes_max.saturating_mul(INFLATION_MAX)
    }
}

struct Taken {
    record: Record,
    input: Input,
    /// What its body claims to hold.
    bytes: usize,
}

impl Taken {
    fn read(record: Record, kind: InputKind) -> Result<Self, RecordError> {
        let input = match kind {
            InputKind::Journal => Input::Request(RequestRecord::decode(record.value.clone())?),
            InputKind::Collected => Input::Collected(CollectedRecord::decode(record.value.clone())?),
        };
        let bytes = match &input {
            Input::Request(request)
            | Input::Collected(CollectedRecord::Whole(request) | CollectedRecord::Share { request, .. }) => {
                request.encoding.claimed_bytes(&request.body)
            }
        };
        Ok(Self { record, input, bytes })
    }
}

/// Decodes in the order of the records and tells how many it came to, at least one. Bodies that hold more than they
/// claim end it early, so that memory stays within twice the bound.
fn decode(records: &[Taken], decoders: &mut [Decoder], share_bytes: usize, bytes_max: usize) -> (Decoded, usize) {
    let bytes_max = bytes_max / decoders.len();
    let shares = shares(records, share_bytes, decoders.len());
    let mut shares = shares.into_iter().zip(decoders);
    let Some((own, own_decoder)) = shares.next() else { return (Decoded::default(), 0) };
    thread::scope(|scope| {
        let others: Vec<_> = shares
            .map(|(share, decoder)| (share.len(), scope.spawn(move || decode_share(share, decoder, bytes_max))))
            .collect();
        let (mut decoded, mut done) = decode_share(own, own_decoder, bytes_max);
        let mut is_whole = done == own.len();
        for (length, other) in others {
            let (part, part_done) = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            if is_whole {
                decoded.append(part);
                done += part_done;
                is_whole = part_done == length;
            }
        }
        (decoded, done)
    })
}

/// One run of records for each decoder, of about equal size.
fn shares(mut records: &[Taken], share_bytes: usize, count: usize) -> Vec<&[Taken]> {
    let mut shares = Vec::with_capacity(count);
    for number in 0..count {
        let mut bytes = 0;
        let fits = records.iter().take_while(|taken| {
            let fits = bytes < share_bytes;
            bytes += taken.bytes;
            fits
        });
        let length = if number + 1 == count { records.len() } else { fits.count() };
        let (share, rest) = records.split_at(length);
        shares.push(share);
        records = rest;
    }
    shares
}

fn decode_share(share: &[Taken], decoder: &mut Decoder, bytes_max: usize) -> (Decoded, usize) {
    let mut decoded = Decoded::default();
    for (done, taken) in share.iter().enumerate() {
        // A share is as large as its last body makes it beyond the mean, or holds a liar.
        if decoded.bytes > 2 * bytes_max && done > 0 {
            return (decoded, done);
        }
        match &taken.input {
            Input::Request(request) => decoder.request(taken.record.offset, request, &mut decoded),
            Input::Collected(collected) => decoder.collected(taken.record.offset, collected, &mut decoded),
        }
    }
    (decoded, share.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use prime_event::{BodyEncoding, Endpoint, RequestId, SourceId, Timestamp, WorkspaceId};

    fn taken(offset: u64, bytes: usize) -> Taken {
        let body = format!(r#"{{"batch":[{{"type":"page","userId":"u{offset}"}}]}}"#);
        let request = RequestRecord {
            id: RequestId([3; 16]),
            received_at: Timestamp::from_millis(1_700_000_000_000),
            workspace: WorkspaceId::new("w"),
            source: SourceId::new("s"),
            endpoint: Endpoint::Batch { client_side: false },
            client: None,
            refusal: None,
            encoding: BodyEncoding::Plain,
            body: Bytes::from(body),
        };
        let record = Record { offset, appended_at_ms: 0, value: request.encode() };
        Taken { bytes, ..Taken::read(record, InputKind::Journal).unwrap() }
    }

    fn offsets(decoded: &Decoded) -> Vec<u64> {
        decoded.messages.iter().map(|message| message.origin.offset).collect()
    }

    #[test]
    fn several_threads_decode_what_one_would_in_the_same_order() {
        let records: Vec<Taken> = (0..100).map(|offset| taken(offset, 10 + offset as usize % 7)).collect();
        for threads in 1..6 {
            let mut decoders: Vec<Decoder> = std::iter::repeat_with(Decoder::default).take(threads).collect();
            let bytes: usize = records.iter().map(|taken| taken.bytes).sum();
            let (decoded, done) = decode(&records, &mut decoders, bytes.div_ceil(threads), 1 << 20);
            assert_eq!((offsets(&decoded), done), ((0..100).collect(), 100), "{threads} threads");
            assert!(decoded.messages.iter().all(|message| message.request == message.origin.offset as usize));
        }
    }

    #[test]
    fn bodies_that_hold_more_than_they_claim_end_a_stretch_early_without_a_gap() {
        let records: Vec<Taken> = (0..100).map(|offset| taken(offset, 1)).collect();
        for threads in 1..4 {
            let mut decoders: Vec<Decoder> = std::iter::repeat_with(Decoder::default).take(threads).collect();
            let (decoded, done) = decode(&records, &mut decoders, 100_usize.div_ceil(threads), 400);
            assert!((1..100).contains(&done), "{threads} threads came to {done}");
            assert_eq!(offsets(&decoded), (0..done as u64).collect::<Vec<_>>());
        }
    }
}
