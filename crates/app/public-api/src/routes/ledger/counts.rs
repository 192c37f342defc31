use std::cmp::Reverse;
use std::collections::BTreeMap;

use prime_event::{LedgerCounts, SourceId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// Messages by what became of them: `accepted = processed + duplicates + rejected`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LedgerCounts)]
pub(super) struct CountsBody {
    /// Acknowledged to their sender, and processed by now. A batch without messages counts as one.
    accepted: u64,
    /// Written to `events`.
    processed: u64,
    /// Known already, and kept out of `events`.
    duplicates: u64,
    /// Written to `rejected`.
    rejected: u64,
    /// The rejected by code; codes that did not occur are absent.
    rejected_by_code: BTreeMap<&'static str, u64>,
    /// Whether every accepted message has come to exactly one end.
    balanced: bool,
}

/// What was received within one minute or hour.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LedgerRow {
    /// When the minute or hour began.
    time: String,
    counts: CountsBody,
}

/// What was received from one source.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LedgerSource {
    source_id: String,
    counts: CountsBody,
}

/// Why messages were rejected.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LedgerReason {
    code: &'static str,
    messages: u64,
    /// What was wrong, in a sentence.
    sentence: &'static str,
    /// What the sender can do, in a sentence.
    remedy: &'static str,
}

impl LedgerRow {
    pub(super) fn new(time: Timestamp, counts: &LedgerCounts) -> Self {
        Self { time: time.to_string(), counts: counts.into() }
    }

    pub(super) fn is_balanced(&self) -> bool {
        self.counts.balanced
    }
}

impl LedgerSource {
    pub(super) fn new(source: &SourceId, counts: &LedgerCounts) -> Self {
        Self { source_id: source.to_string(), counts: counts.into() }
    }
}

impl LedgerReason {
    /// The most frequent first.
    pub(super) fn all(counts: &LedgerCounts) -> Vec<Self> {
        let mut reasons: Vec<Self> = counts
            .rejected
            .iter()
            .map(|(code, messages)| Self {
                code: code.as_str(),
                messages: *messages,
                sentence: code.sentence(),
                remedy: code.remedy(),
            })
            .collect();
        reasons.sort_by_key(|reason| Reverse(reason.messages));
        reasons
    }
}

impl From<&LedgerCounts> for CountsBody {
    fn from(counts: &LedgerCounts) -> Self {
        Self {
            accepted: counts.accepted,
            processed: counts.processed,
            duplicates: counts.duplicates,
            rejected: counts.rejected_total(),
            rejected_by_code: counts.rejected.iter().map(|(code, messages)| (code.as_str(), *messages)).collect(),
            balanced: counts.is_balanced(),
        }
    }
}
