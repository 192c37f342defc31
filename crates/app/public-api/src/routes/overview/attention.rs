use prime_control::{Destination, Source};
use prime_event::Timestamp;
use prime_runtime::DedupeHole;
use serde::Serialize;
use utoipa::ToSchema;

use super::history::{Wanted, history};
use super::series::minutes;
use super::snapshot::JournalOverview;
use crate::routes::ledger::sentence_of;
use crate::state::Api;

/// Something that a person should look at.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Attention {
    kind: AttentionKind,
    sentence: String,
    /// The console's page where it can be seen or mended.
    link: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AttentionKind {
    /// New requests will soon be refused.
    JournalFilling,
    /// Events wait for a destination that fails.
    DestinationWaiting,
    /// A destination refused events for good.
    DestinationFailing,
    /// Messages of a source were not taken.
    SourceRejecting,
    /// Messages first sent within some span of time are not known again.
    DeduplicationHole,
    /// The ledger does not add up.
    LedgerUnbalanced,
}

/// How long a rejected message counts as news.
const RECENT_MINUTES: u64 = 15;
/// How long something that keeps the ledger from adding up counts as news.
const LEDGER_NEWS_MS: i64 = 24 * 60 * 60 * 1_000;

pub(super) fn attention(
    api: &Api,
    sources: &[&Source],
    destinations: &[&Destination],
    journal: JournalOverview,
    now: Timestamp,
) -> Vec<Attention> {
    let filling = filling(journal).into_iter();
    let destinations = destinations.iter().filter_map(|destination| failing(api, destination));
    let sources = sources.iter().filter_map(|source| rejecting(api, source, now));
    let holes = api.counters.dedupe_status().into_iter().flat_map(|status| status.holes).map(hole);
    filling.chain(unbalanced(api, now)).chain(holes).chain(destinations).chain(sources).collect()
}

fn filling(journal: JournalOverview) -> Option<Attention> {
    // Space comes back in whole segments, so a journal that is read as it grows stays well below this.
    let full = journal.bytes as f64 / journal.bytes_max.max(1) as f64;
    (full > 0.8).then(|| Attention {
        kind: AttentionKind::JournalFilling,
        sentence: format!(
            "The journal is {:.0} % full with {} requests to be processed; at 100 % new requests are refused. See whether the disk or a processor is too slow.",
            full * 100.0,
            journal.behind
        ),
        link: "/".into(),
    })
}

fn hole(hole: DedupeHole) -> Attention {
    let DedupeHole { from, to, reason } = hole;
    Attention {
        kind: AttentionKind::DeduplicationHole,
        sentence: format!(
            "Messages first sent between {from} and {to} are not known again: sent once more, they are processed once \
             more. {reason}"
        ),
        link: "/duplicates".into(),
    }
}

fn unbalanced(api: &Api, now: Timestamp) -> Option<Attention> {
    let since = Timestamp::from_millis(now.as_millis() - LEDGER_NEWS_MS);
    let findings: Vec<_> = api.ledger.findings().into_iter().filter(|finding| finding.at >= since).collect();
    let newest = sentence_of(findings.first()?);
    let sentence = match findings.len() {
        1 => format!("The ledger of the last day does not add up. {newest}"),
        places => format!("The ledger of the last day does not add up in {places} places. The newest: {newest}"),
    };
    Some(Attention { kind: AttentionKind::LedgerUnbalanced, sentence, link: "/duplicates".into() })
}

fn failing(api: &Api, destination: &Destination) -> Option<Attention> {
    let state = api.deliveries.state(&destination.id).filter(|_| destination.enabled)?;
    let error = state.last_error?;
    let kind = if state.waiting { AttentionKind::DestinationWaiting } else { AttentionKind::DestinationFailing };
    Some(Attention {
        kind,
        sentence: format!("{}: {error}", destination.name),
        link: format!("/destinations/{}", destination.id),
    })
}

fn rejecting(api: &Api, source: &Source, now: Timestamp) -> Option<Attention> {
    let wanted = Wanted { workspace: &source.workspace, source: Some(&source.id), destinations: Some(&[]) };
    let recent = history(api, wanted, minutes(RECENT_MINUTES, now));
    let rejected: u64 = recent.values().map(|counts| counts.rejected).sum();
    (rejected > 0).then(|| Attention {
        kind: AttentionKind::SourceRejecting,
        sentence: format!(
            "{}: {rejected} {} rejected in the last {RECENT_MINUTES} minutes; the reasons stand beside them.",
            source.name,
            if rejected == 1 { "message was" } else { "messages were" }
        ),
        link: format!("/duplicates?source={}&view=rejected", source.id),
    })
}
