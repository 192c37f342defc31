//! One event, as a line of a file.

use bytes::Bytes;
use prime_event::{DestinationId, EventRecord, Origin, SourceId, Timestamp, WorkspaceId};
use prime_log::Offset;
use prime_receipts::Reason;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::job::Job;

/// An event that ran out of time, with all that a replay needs to send it and a person to understand it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExpiredEvent {
    pub(crate) destination: DestinationId,
    /// Of `events`, as is the offset.
    pub(crate) partition: u32,
    pub(crate) offset: Offset,
    pub(crate) record: EventRecord,
    pub(crate) expired_at: Timestamp,
    pub(crate) attempts: u32,
    /// Why the destination failed last, where that is known.
    pub(crate) reason: Option<Reason>,
}

/// The event stands last, so that people see the rest at the head of a line.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    destination_id: String,
    workspace_id: String,
    source_id: String,
    partition: u32,
    offset: Offset,
    received_at: String,
    expired_at: String,
    attempts: u32,
    code: Option<String>,
    reason: Option<String>,
    #[serde(borrow)]
    event: &'a RawValue,
}

impl ExpiredEvent {
    pub(crate) fn of(
        destination: &DestinationId,
        job: &Job,
        expired_at: Timestamp,
        attempts: u32,
        reason: Option<Reason>,
    ) -> Self {
        let (destination, record) = (destination.clone(), job.record.clone());
        Self { destination, partition: job.partition, offset: job.offset, record, expired_at, attempts, reason }
    }

    /// A JSON object without a line break. The event in it is as it was, byte for byte; one that is no JSON is refused.
    pub(crate) fn line(&self) -> Result<Vec<u8>, serde_json::Error> {
        let (code, reason) = self.reason.clone().map(|reason| (reason.code, reason.sentence)).unzip();
        serde_json::to_vec(&Line {
            destination_id: self.destination.to_string(),
            workspace_id: self.record.workspace.to_string(),
            source_id: self.record.source.to_string(),
            partition: self.partition,
            offset: self.offset,
            received_at: self.record.received_at.to_string(),
            expired_at: self.expired_at.to_string(),
            attempts: self.attempts,
            code,
            reason,
            event: serde_json::from_slice(&self.record.payload)?,
        })
    }

    /// What a line says. Where the event lay in the journal is not kept.
    pub(crate) fn read(line: &[u8]) -> Result<Self, String> {
        let line: Line<'_> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        let time = |text: &str| Timestamp::parse(text).ok_or_else(|| format!("{text} is no time"));
        Ok(Self {
            partition: line.partition,
            offset: line.offset,
            record: EventRecord {
                origin: Origin { offset: 0, index: 0 },
                received_at: time(&line.received_at)?,
                workspace: WorkspaceId::new(line.workspace_id),
                source: SourceId::new(line.source_id),
                payload: Bytes::copy_from_slice(line.event.get().as_bytes()),
            },
            expired_at: time(&line.expired_at)?,
            attempts: line.attempts,
            reason: line.code.zip(line.reason).map(|(code, sentence)| Reason { code, sentence }),
            destination: DestinationId::new(line.destination_id),
        })
    }

    pub(crate) fn job(self) -> Job {
        Job::new(self.partition, self.offset, self.record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn event(payload: &str) -> ExpiredEvent {
        let record = EventRecord {
            origin: Origin { offset: 0, index: 0 },
            received_at: Timestamp::from_millis(1_760_000_000_123),
            workspace: WorkspaceId::new("ws"),
            source: SourceId::new("src"),
            payload: Bytes::copy_from_slice(payload.as_bytes()),
        };
        let reason = Reason { code: "503".to_owned(), sentence: "It is \"away\"\nfor now.".to_owned() };
        ExpiredEvent {
            destination: DestinationId::new("dst"),
            partition: 3,
            offset: u64::from(u32::MAX) + 5,
            record,
            expired_at: Timestamp::from_millis(1_760_014_400_456),
            attempts: 17,
            reason: Some(reason),
        }
    }

    #[test]
    fn a_line_gives_back_the_event_byte_for_byte() {
        for payload in [r#"{"a":1.10e2,"b":"ä\u00e4","c":12345678901234567890123}"#, "{}", r#"{"b":null,"a":[],"a":2}"#]
        {
            let event = event(payload);
            let line = event.line().unwrap();
            assert!(!line.contains(&b'\n'));
            assert_eq!(ExpiredEvent::read(&line).unwrap(), event);
            let unexplained = ExpiredEvent { reason: None, ..event };
            assert_eq!(ExpiredEvent::read(&unexplained.line().unwrap()).unwrap(), unexplained);
        }
    }

    #[test]
    fn what_is_no_line_is_refused_with_a_reason() {
        for line in ["", "{}", "nonsense", r#"{"destinationId":"d","event":{}}"#] {
            assert!(!ExpiredEvent::read(line.as_bytes()).unwrap_err().is_empty());
        }
        assert!(event("no json").line().is_err());
    }
}
