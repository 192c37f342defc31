use prime_ledger::{Finding, FindingKind};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that keeps the ledger from adding up.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LedgerFinding {
    kind: LedgerFindingKind,
    /// When the record was written that showed it.
    at: String,
    sentence: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum LedgerFindingKind {
    Gap,
    Overlap,
    Unreadable,
    Unbalanced,
}

impl From<&Finding> for LedgerFinding {
    fn from(finding: &Finding) -> Self {
        let kind = match finding.kind {
            FindingKind::Gap => LedgerFindingKind::Gap,
            FindingKind::Overlap => LedgerFindingKind::Overlap,
            FindingKind::Unreadable => LedgerFindingKind::Unreadable,
            FindingKind::Unbalanced => LedgerFindingKind::Unbalanced,
        };
        Self { kind, at: finding.at.to_string(), sentence: sentence_of(finding) }
    }
}

/// What was found, for an operator.
pub(crate) fn sentence_of(finding: &Finding) -> String {
    let Finding { kind, partition, from, next, .. } = *finding;
    let place = format!("offsets {from} to {} of partition {partition}", next.saturating_sub(1));
    match kind {
        FindingKind::Gap => format!(
            "The ledger says nothing of {place}: what became of these messages is not in the sums. They may be processed \
             all the same; look for them among the events."
        ),
        FindingKind::Overlap => {
            format!("The ledger speaks twice of {place}; the second record was left out of the sums.")
        }
        FindingKind::Unreadable => {
            format!("The record at offset {from} of the ledger of partition {partition} cannot be read.")
        }
        FindingKind::Unbalanced => {
            format!(
                "Of the messages at {place}, some came to no end or to two. Please report this with the server's log."
            )
        }
    }
}
