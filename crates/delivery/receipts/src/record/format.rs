//! The bytes of a record, version 1: version, tag, lane, then what the tag says.

use bytes::Bytes;
use prime_event::{DestinationId, SourceId, WorkspaceId};

use super::{
    Attempt, CountedGroup, CountedRecord, CountedUnit, EventPlace, Lane, Reason, Receipt, ReceiptRecord, SentRequest,
    State, TEXT_BYTES_MAX, TakenResponse,
};
use crate::codec::{FormatError, Reader, Writer, cut};

/// The version of the format that is written.
pub const RECORD_VERSION: u8 = 1;

const RECEIPT: u8 = 1;
const COUNTED: u8 = 2;

impl ReceiptRecord {
    /// Cuts what is larger than its bound.
    pub fn encode(&self) -> Bytes {
        let mut out = Writer::versioned(RECORD_VERSION);
        match self {
            Self::Receipt(receipt) => {
                out.tag(RECEIPT);
                put_receipt(&mut out, &receipt.bounded());
            }
            Self::Counted(counted) => {
                out.tag(COUNTED);
                put_counted(&mut out, counted);
            }
        }
        out.finish().into()
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader::versioned(bytes, RECORD_VERSION)?;
        match reader.tag()? {
            RECEIPT => Ok(Self::Receipt(Box::new(take_receipt(&mut reader)?))),
            COUNTED => Ok(Self::Counted(take_counted(&mut reader)?)),
            other => Err(FormatError::Tag(other)),
        }
    }
}

fn put_lane(out: &mut Writer, lane: &Lane) {
    out.text(lane.workspace.as_str());
    out.text(lane.source.as_str());
    out.text(lane.destination.as_str());
    out.option(lane.subscription.as_deref(), Writer::text);
    out.number(u64::from(lane.replay));
}

fn take_lane(reader: &mut Reader<'_>) -> Result<Lane, FormatError> {
    Ok(Lane {
        workspace: WorkspaceId::new(reader.text()?),
        source: SourceId::new(reader.text()?),
        destination: DestinationId::new(reader.text()?),
        subscription: reader.option(Reader::text)?,
        replay: reader.small()?,
    })
}

pub(crate) fn put_receipt(out: &mut Writer, receipt: &Receipt) {
    put_lane(out, &receipt.lane);
    out.number(u64::from(receipt.event.partition));
    out.number(receipt.event.offset);
    for text in [&receipt.message_id, &receipt.event_type, &receipt.event_name, &receipt.app_version] {
        out.text(text);
    }
    out.option(receipt.user_id.as_deref(), Writer::text);
    out.option(receipt.anonymous_id.as_deref(), Writer::text);
    out.time(receipt.received_at);
    out.time(receipt.at);
    put_state(out, &receipt.state);
    out.number(u64::from(receipt.retries));
    out.number(receipt.attempts.len() as u64);
    receipt.attempts.iter().for_each(|attempt| put_attempt(out, attempt));
}

pub(crate) fn take_receipt(reader: &mut Reader<'_>) -> Result<Receipt, FormatError> {
    let lane = take_lane(reader)?;
    let event = EventPlace { partition: reader.small()?, offset: reader.number()? };
    let [message_id, event_type] = [reader.text()?, reader.text()?];
    let [event_name, app_version] = [reader.text()?, reader.text()?];
    let [user_id, anonymous_id] = [reader.option(Reader::text)?, reader.option(Reader::text)?];
    let [received_at, at] = [reader.time()?, reader.time()?];
    let (state, retries) = (take_state(reader)?, reader.small()?);
    let attempts = (0..reader.count()?).map(|_| take_attempt(reader)).collect::<Result<_, _>>()?;
    Ok(Receipt {
        lane,
        event,
        message_id,
        event_type,
        event_name,
        app_version,
        user_id,
        anonymous_id,
        received_at,
        at,
        state,
        retries,
        attempts,
    })
}

fn put_state(out: &mut Writer, state: &State) {
    out.tag(match state {
        State::Filtered(_) => 0,
        State::Delivered => 1,
        State::Retrying(_) => 2,
        State::Failed(_) => 3,
        State::Expired(_) => 4,
    });
    if let Some(reason) = state.reason() {
        put_reason(out, reason);
    }
}

fn take_state(reader: &mut Reader<'_>) -> Result<State, FormatError> {
    match reader.tag()? {
        0 => Ok(State::Filtered(take_reason(reader)?)),
        1 => Ok(State::Delivered),
        2 => Ok(State::Retrying(take_reason(reader)?)),
        3 => Ok(State::Failed(take_reason(reader)?)),
        4 => Ok(State::Expired(take_reason(reader)?)),
        other => Err(FormatError::Tag(other)),
    }
}

pub(crate) fn put_reason(out: &mut Writer, reason: &Reason) {
    out.text(&reason.code);
    out.text(&reason.sentence);
}

pub(crate) fn take_reason(reader: &mut Reader<'_>) -> Result<Reason, FormatError> {
    Ok(Reason { code: reader.text()?, sentence: reader.text()? })
}

pub(crate) fn put_attempt(out: &mut Writer, attempt: &Attempt) {
    out.time(attempt.at);
    out.number(u64::from(attempt.number));
    out.option(attempt.status, |out, status| out.number(u64::from(status)));
    out.number(attempt.latency_ms);
    put_reason(out, &attempt.reason);
    out.option(attempt.request.as_ref(), |out, request| {
        out.text(&request.method);
        out.text(&request.url);
        put_headers(out, &request.headers);
        out.bytes(&request.body);
    });
    out.option(attempt.response.as_ref(), |out, response| {
        put_headers(out, &response.headers);
        out.bytes(&response.body);
    });
}

pub(crate) fn take_attempt(reader: &mut Reader<'_>) -> Result<Attempt, FormatError> {
    Ok(Attempt {
        at: reader.time()?,
        number: reader.small()?,
        status: reader.option(Reader::small)?,
        latency_ms: reader.number()?,
        reason: take_reason(reader)?,
        request: reader.option(|reader| {
            Ok(SentRequest {
                method: reader.text()?,
                url: reader.text()?,
                headers: take_headers(reader)?,
                body: Bytes::copy_from_slice(reader.bytes()?),
            })
        })?,
        response: reader.option(|reader| {
            Ok(TakenResponse { headers: take_headers(reader)?, body: Bytes::copy_from_slice(reader.bytes()?) })
        })?,
    })
}

fn put_headers(out: &mut Writer, headers: &[(String, String)]) {
    out.number(headers.len() as u64);
    for (name, value) in headers {
        out.text(name);
        out.text(value);
    }
}

fn take_headers(reader: &mut Reader<'_>) -> Result<Vec<(String, String)>, FormatError> {
    (0..reader.count()?).map(|_| Ok((reader.text()?, reader.text()?))).collect()
}

fn put_counted(out: &mut Writer, counted: &CountedRecord) {
    put_lane(out, &counted.lane.bounded());
    out.number(u64::from(counted.partition));
    out.number(counted.groups.len() as u64);
    for group in &counted.groups {
        for text in [&group.event_type, &group.event_name, &group.app_version] {
            out.text(cut(text, TEXT_BYTES_MAX));
        }
        out.number(group.units.len() as u64);
        let mut before = 0;
        for unit in &group.units {
            // The difference to the one before wraps around where they are out of order.
            out.number(unit.offset.wrapping_sub(before));
            out.time(unit.at);
            out.number(unit.latency_ms);
            before = unit.offset;
        }
    }
}

fn take_counted(reader: &mut Reader<'_>) -> Result<CountedRecord, FormatError> {
    let (lane, partition) = (take_lane(reader)?, reader.small()?);
    let groups = (0..reader.count()?).map(|_| take_group(reader)).collect::<Result<_, _>>()?;
    Ok(CountedRecord { lane, partition, groups })
}

fn take_group(reader: &mut Reader<'_>) -> Result<CountedGroup, FormatError> {
    let [event_type, event_name, app_version] = [reader.text()?, reader.text()?, reader.text()?];
    let (count, mut before) = (reader.count()?, 0u64);
    let mut units = Vec::with_capacity(count);
    for _ in 0..count {
        let offset = before.wrapping_add(reader.number()?);
        units.push(CountedUnit { offset, at: reader.time()?, latency_ms: reader.number()? });
        before = offset;
    }
    Ok(CountedGroup { event_type, event_name, app_version, units })
}
