//! What whoever delivers a partition tells other nodes of a destination.

use bytes::{Bytes, BytesMut};
use prime_destination::{CircuitState, DestinationState, QueueState, Standing};
use prime_event::Timestamp;

use super::packing::{byte, get, get_float, get_text, put, put_float, put_text, unzigzag, zigzag};
use super::record::DamagedLine;

/// As much of a sentence as people are told elsewhere, too.
const SENTENCE_BYTES_MAX: usize = 1_024;

/// Where a destination stood in a partition, and when.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) name: String,
    pub(crate) at_ms: i64,
    pub(crate) standing: Standing,
}

const WAITING: u8 = 1;
const ERROR: u8 = 2;
const QUEUE: u8 = 4;

const OLDEST: u8 = 1;
const LIMIT: u8 = 2;
const UNTIL: u8 = 4;
const REASON: u8 = 8;

/// In the order of their numbers, which stay.
const CIRCUITS: [CircuitState; 5] =
    [CircuitState::Closed, CircuitState::Ramping, CircuitState::Probing, CircuitState::Paused, CircuitState::Open];

impl Told {
    pub(super) fn encode(&self, out: &mut BytesMut) {
        let Standing { state, queue } = &self.standing;
        let flags = [(state.waiting, WAITING), (state.last_error.is_some(), ERROR), (queue.is_some(), QUEUE)].map(flag);
        put(out, flags.into_iter().sum::<u8>().into());
        put_text(out, &self.name);
        put_time(out, self.at_ms);
        put(out, state.position);
        put(out, state.behind);
        if let Some(error) = &state.last_error {
            put_text(out, cut(error));
        }
        if let Some(queue) = queue {
            put_queue(out, queue);
        }
    }

    pub(super) fn decode(bytes: &mut Bytes) -> Result<Self, DamagedLine> {
        let flags = byte(bytes)?;
        let has = |flag: u8| flags & flag != 0;
        let (name, at_ms) = (get_text(bytes)?, get_time(bytes)?);
        let (position, behind) = (get(bytes)?, get(bytes)?);
        let last_error = has(ERROR).then(|| get_text(bytes)).transpose()?;
        let queue = has(QUEUE).then(|| get_queue(bytes)).transpose()?;
        let state = DestinationState { position, behind, waiting: has(WAITING), last_error };
        Ok(Self { name, at_ms, standing: Standing { state, queue } })
    }
}

fn put_queue(out: &mut BytesMut, queue: &QueueState) {
    let flags = [
        (queue.oldest_at.is_some(), OLDEST),
        (queue.limit_per_second.is_some(), LIMIT),
        (queue.circuit_until.is_some(), UNTIL),
        (queue.reason.is_some(), REASON),
    ];
    put(out, flags.map(flag).into_iter().sum::<u8>().into());
    put(out, CIRCUITS.iter().position(|circuit| *circuit == queue.circuit).unwrap_or(0) as u64);
    [queue.waiting, queue.retries, queue.under_way, queue.concurrency].into_iter().for_each(|count| put(out, count));
    put_float(out, queue.rate_per_second);
    if let Some(oldest_at) = queue.oldest_at {
        put_time(out, oldest_at.as_millis());
    }
    if let Some(limit) = queue.limit_per_second {
        put_float(out, limit);
    }
    if let Some(until) = queue.circuit_until {
        put_time(out, until.as_millis());
    }
    if let Some(reason) = &queue.reason {
        put_text(out, cut(reason));
    }
}

fn get_queue(bytes: &mut Bytes) -> Result<QueueState, DamagedLine> {
    let flags = byte(bytes)?;
    let has = |flag: u8| flags & flag != 0;
    let circuit = CIRCUITS.get(byte(bytes)? as usize).copied().ok_or(DamagedLine::Unknown)?;
    Ok(QueueState {
        circuit,
        // In the order in which they lie there.
        waiting: get(bytes)?,
        retries: get(bytes)?,
        under_way: get(bytes)?,
        concurrency: get(bytes)?,
        rate_per_second: get_float(bytes)?,
        oldest_at: has(OLDEST).then(|| get_time(bytes)).transpose()?.map(Timestamp::from_millis),
        limit_per_second: has(LIMIT).then(|| get_float(bytes)).transpose()?,
        circuit_until: has(UNTIL).then(|| get_time(bytes)).transpose()?.map(Timestamp::from_millis),
        reason: has(REASON).then(|| get_text(bytes)).transpose()?,
    })
}

fn flag((is_set, flag): (bool, u8)) -> u8 {
    u8::from(is_set) * flag
}

fn put_time(out: &mut BytesMut, ms: i64) {
    put(out, zigzag(ms));
}

fn get_time(bytes: &mut Bytes) -> Result<i64, DamagedLine> {
    Ok(unzigzag(get(bytes)?))
}

fn cut(sentence: &str) -> &str {
    &sentence[..sentence.floor_char_boundary(SENTENCE_BYTES_MAX)]
}

#[cfg(test)]
pub(crate) fn sample() -> Told {
    let queue = QueueState {
        waiting: 70_000,
        retries: 3,
        under_way: 2,
        oldest_at: Some(Timestamp::from_millis(1_700_000_000_000)),
        rate_per_second: 12.5,
        limit_per_second: Some(20.0),
        concurrency: 8,
        circuit: CircuitState::Open,
        circuit_until: Some(Timestamp::from_millis(1_700_000_060_000)),
        reason: Some("Too much failed.".into()),
    };
    let state =
        DestinationState {
            position: 1 << 40, behind: 70_001, waiting: true, last_error: Some("500, für alle".into())
        };
    Told { name: "hook".into(), at_ms: 1_700_000_030_000, standing: Standing { state, queue: Some(queue) } }
}

#[cfg(test)]
mod tests {
    use super::super::record::Line;
    use super::*;

    #[test]
    fn a_long_sentence_is_cut_at_a_character() {
        let mut told = sample();
        told.standing.state.last_error = Some(format!("x{}", "ü".repeat(SENTENCE_BYTES_MAX)));
        let Ok(Line::Told(read)) = Line::decode(Line::Told(told).encode()) else { panic!("it can be read") };
        let error = read.standing.state.last_error.unwrap();
        assert_eq!(error.len(), SENTENCE_BYTES_MAX - 1);
        assert!(error.ends_with('ü'));
    }

    #[test]
    fn every_circuit_reads_back() {
        for circuit in CIRCUITS {
            let mut told = sample();
            told.standing.queue = told.standing.queue.map(|queue| QueueState { circuit, ..queue });
            assert_eq!(Line::decode(Line::Told(told.clone()).encode()), Ok(Line::Told(told)));
        }
    }
}
