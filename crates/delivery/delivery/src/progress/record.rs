//! The values of the `progress` topic.

use std::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};
use prime_schedule::Exception;
use thiserror::Error;

use super::packing::{byte, get, get_float, get_text, put, put_float, put_text, unzigzag, zigzag};
use super::told::Told;

const VERSION: u8 = 1;

/// What one record says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Line {
    /// What follows, up to [`Line::End`], says all there is to say; without that end it says nothing.
    Begin,
    End,
    /// One destination.
    Entry(Entry),
    /// For people who look elsewhere; says nothing of what is owed.
    Told(Told),
}

/// How far a destination is, and what changed of its exceptions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// Nothing is owed to it any more and nothing is known of it; the other members say nothing.
    pub(crate) is_forgotten: bool,
    /// The exceptions that follow are all there are, and no changes to those from before.
    pub(crate) is_whole: bool,
    /// Events a second that it last took without trouble.
    pub(crate) good_rate: f64,
    pub(crate) read_to: u64,
    pub(crate) owed: Vec<Range<u64>>,
    /// By offset: an exception, or none for one that is finished.
    pub(crate) exceptions: Vec<(u64, Option<Exception>)>,
}

#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum DamagedLine {
    #[error("a record of progress ends too early")]
    Short,
    #[error("a record of progress has version {0}, which this program does not know")]
    Version(u8),
    #[error("a record of progress has a part that this program does not know")]
    Unknown,
}

const BEGIN: u8 = 0;
const END: u8 = 1;
const ENTRY: u8 = 2;
const TOLD: u8 = 3;

const FORGOTTEN: u8 = 1;
const WHOLE: u8 = 2;

impl Line {
    pub(crate) fn encode(&self) -> Bytes {
        let mut out = BytesMut::new();
        out.put_u8(VERSION);
        match self {
            Self::Begin => out.put_u8(BEGIN),
            Self::End => out.put_u8(END),
            Self::Entry(entry) => {
                out.put_u8(ENTRY);
                entry.encode(&mut out);
            }
            Self::Told(told) => {
                out.put_u8(TOLD);
                told.encode(&mut out);
            }
        }
        out.freeze()
    }

    pub(crate) fn decode(mut bytes: Bytes) -> Result<Self, DamagedLine> {
        match byte(&mut bytes)? {
            VERSION => {}
            other => return Err(DamagedLine::Version(other)),
        }
        match byte(&mut bytes)? {
            BEGIN => Ok(Self::Begin),
            END => Ok(Self::End),
            ENTRY => Ok(Self::Entry(Entry::decode(&mut bytes)?)),
            TOLD => Ok(Self::Told(Told::decode(&mut bytes)?)),
            _ => Err(DamagedLine::Unknown),
        }
    }
}

impl Entry {
    /// Offsets and times are written as differences, in seven bits a byte: an exception takes about six bytes.
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(u8::from(self.is_forgotten) * FORGOTTEN + u8::from(self.is_whole) * WHOLE);
        put_text(out, &self.name);
        put_float(out, self.good_rate);
        put(out, self.read_to);
        put(out, self.owed.len() as u64);
        let mut last = 0;
        for range in &self.owed {
            put(out, range.start.wrapping_sub(last));
            put(out, range.end.wrapping_sub(range.start));
            last = range.end;
        }
        put(out, self.exceptions.len() as u64);
        let (mut last, mut last_ms) = (0, 0);
        for (offset, exception) in &self.exceptions {
            put(out, zigzag(offset.wrapping_sub(last) as i64));
            last = *offset;
            let Some(exception) = exception else {
                put(out, 0);
                continue;
            };
            put(out, u64::from(exception.attempt.max(1)));
            put(out, zigzag(exception.first_attempt_ms.wrapping_sub(last_ms) as i64));
            put(out, exception.due_ms.saturating_sub(exception.first_attempt_ms));
            last_ms = exception.first_attempt_ms;
        }
    }

    fn decode(bytes: &mut Bytes) -> Result<Self, DamagedLine> {
        let flags = byte(bytes)?;
        let name = get_text(bytes)?;
        let good_rate = get_float(bytes)?;
        let read_to = get(bytes)?;
        let (mut owed, mut last) = (Vec::new(), 0_u64);
        for _ in 0..get(bytes)? {
            let start = last.wrapping_add(get(bytes)?);
            last = start.wrapping_add(get(bytes)?);
            owed.push(start..last);
        }
        let (mut exceptions, mut last, mut last_ms) = (Vec::new(), 0_u64, 0_u64);
        for _ in 0..get(bytes)? {
            last = last.wrapping_add(unzigzag(get(bytes)?) as u64);
            let attempt = get(bytes)?;
            if attempt == 0 {
                exceptions.push((last, None));
                continue;
            }
            last_ms = last_ms.wrapping_add(unzigzag(get(bytes)?) as u64);
            let exception = Exception {
                offset: last,
                attempt: u16::try_from(attempt).unwrap_or(u16::MAX),
                due_ms: last_ms.saturating_add(get(bytes)?),
                first_attempt_ms: last_ms,
            };
            exceptions.push((last, Some(exception)));
        }
        let (is_forgotten, is_whole) = (flags & FORGOTTEN != 0, flags & WHOLE != 0);
        Ok(Self { name, is_forgotten, is_whole, good_rate, read_to, owed, exceptions })
    }
}

#[cfg(test)]
mod tests {
    use prime_destination::Standing;

    use super::*;
    use crate::progress::told;

    fn sample() -> Line {
        let exception =
            |offset| Exception { offset, attempt: 3, due_ms: 1_700_000_009_000, first_attempt_ms: 1_700_000_000_000 };
        Line::Entry(Entry {
            name: "hook".into(),
            is_forgotten: false,
            is_whole: true,
            good_rate: 12.5,
            read_to: 1 << 40,
            owed: vec![3..9, 20..1 << 39],
            exceptions: vec![(7, Some(exception(7))), (5, None), (1 << 33, Some(exception(1 << 33)))],
        })
    }

    #[test]
    fn records_read_back_as_they_were_written() {
        let forgotten = Line::Entry(Entry { name: "gone".into(), is_forgotten: true, ..Entry::default() });
        let off = Line::Told(Told { standing: Standing::default(), ..told::sample() });
        for line in [Line::Begin, Line::End, sample(), forgotten, Line::Told(told::sample()), off] {
            assert_eq!(Line::decode(line.encode()).unwrap(), line);
        }
    }

    #[test]
    fn a_record_that_was_cut_or_damaged_is_refused_and_never_panics() {
        for whole in [sample().encode(), Line::Told(told::sample()).encode()] {
            for length in 0..whole.len() {
                assert!(Line::decode(whole.slice(..length)).is_err(), "{length}");
            }
            for place in 0..whole.len() {
                for bit in 0..8 {
                    let mut bytes = whole.to_vec();
                    bytes[place] ^= 1 << bit;
                    let _ = Line::decode(bytes.into());
                }
            }
        }
        assert_eq!(Line::decode(Bytes::from_static(&[9, 0])), Err(DamagedLine::Version(9)));
    }
}
