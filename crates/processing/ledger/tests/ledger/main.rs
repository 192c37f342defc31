//! The promises of the README, one module per claim.

mod findings;
mod following;
mod sums;

use prime_event::{DiscardCode, LedgerCounts, LedgerLine, LedgerRecord, SourceId, Timestamp, WorkspaceId};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// A time on a whole hour, and as long ago as the clock of this machine needs it.
fn hour() -> Timestamp {
    Timestamp::from_millis(Timestamp::now().as_millis().div_euclid(HOUR_MS) * HOUR_MS)
}

fn after(time: Timestamp, minutes: i64) -> Timestamp {
    Timestamp::from_millis(time.as_millis() + minutes * MINUTE_MS)
}

fn counts(processed: u64, duplicates: u64, rejected: u64) -> LedgerCounts {
    let mut counts =
        LedgerCounts { accepted: processed + duplicates + rejected, processed, duplicates, rejected: Vec::new() };
    if rejected > 0 {
        counts.add_rejected(DiscardCode::NoUserAnonId, rejected);
    }
    counts
}

fn line(source: &str, minute: Timestamp, counts: LedgerCounts) -> LedgerLine {
    LedgerLine { workspace: WorkspaceId::new("w"), source: SourceId::new(source), minute, counts }
}

fn record(from: u64, next: u64, lines: Vec<LedgerLine>) -> LedgerRecord {
    LedgerRecord { from, next, lines }
}
