use std::ops::Bound;

use prime_event::{DestinationId, SourceId, Timestamp, WorkspaceId};
use prime_state::StateError;

use super::keys::FoundBy;
use super::shelf::ATTEMPT_VERSION;
use super::{KeptReceipt, Moment, ReceiptId, damaged};
use crate::codec::{FormatError, Reader, cut};
use crate::record::{Attempt, StateKind, TEXT_BYTES_MAX, take_attempt};

/// Receipts looked at in one search, so that one which finds nothing answers within a second, with the place to go on from.
const EXAMINED_MAX: usize = 10_000;
const ID_BYTES: usize = 20;

/// Which receipts are wanted: those for which all that is given holds.
#[derive(Clone, Debug)]
pub struct ReceiptQuery {
    pub workspace: WorkspaceId,
    pub message_id: Option<String>,
    pub user_id: Option<String>,
    pub anonymous_id: Option<String>,
    pub source: Option<SourceId>,
    pub destination: Option<DestinationId>,
    pub state: Option<StateKind>,
    /// The code of the state's reason.
    pub code: Option<String>,
    pub event_name: Option<String>,
    pub event_type: Option<String>,
    /// The number of the replay in which it was delivered; 0 for what was delivered for the first time.
    pub replay: Option<u32>,
    /// Begun at this time or later.
    pub since: Option<Timestamp>,
    /// Begun before this time.
    pub until: Option<Timestamp>,
}

/// A page of receipts.
#[derive(Clone, Debug, Default)]
pub struct ReceiptPage {
    /// Those that were begun last come first.
    pub receipts: Vec<KeptReceipt>,
    /// Where to go on: everything from this one on was looked at. None when all was.
    pub next: Option<ReceiptId>,
}

impl ReceiptQuery {
    /// All receipts of a workspace.
    pub fn of(workspace: WorkspaceId) -> Self {
        Self {
            workspace,
            message_id: None,
            user_id: None,
            anonymous_id: None,
            source: None,
            destination: None,
            state: None,
            code: None,
            event_name: None,
            event_type: None,
            replay: None,
            since: None,
            until: None,
        }
    }

    /// What narrows the search most.
    fn found_by(&self) -> FoundBy<'_> {
        match self {
            Self { message_id: Some(id), .. } => FoundBy::Message(kept(id)),
            Self { user_id: Some(id), .. } => FoundBy::User(kept(id)),
            Self { anonymous_id: Some(id), .. } => FoundBy::Anonymous(kept(id)),
            Self { replay: Some(replay @ 1..), state: Some(state), .. } => FoundBy::ReplayState(*replay, *state),
            Self { replay: Some(replay @ 1..), .. } => FoundBy::Replay(*replay),
            Self { destination: Some(id), state: Some(state), code: Some(code), .. } => {
                FoundBy::Code(id, *state, kept(code))
            }
            Self { destination: Some(id), state: Some(state), .. } => FoundBy::State(id, *state),
            Self { destination: Some(id), .. } => FoundBy::Destination(id),
            _ => FoundBy::Workspace,
        }
    }

    fn wants(&self, found: &KeptReceipt) -> bool {
        let receipt = &found.receipt;
        let is = |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|wanted| kept(wanted) == value);
        let is_some = |wanted: &Option<String>, value: &Option<String>| {
            wanted.as_deref().is_none_or(|wanted| Some(kept(wanted)) == value.as_deref())
        };
        receipt.lane.workspace == self.workspace
            && is(&self.message_id, &receipt.message_id)
            && is_some(&self.user_id, &receipt.user_id)
            && is_some(&self.anonymous_id, &receipt.anonymous_id)
            && self.source.as_ref().is_none_or(|source| *source == receipt.lane.source)
            && self.destination.as_ref().is_none_or(|destination| *destination == receipt.lane.destination)
            && self.state.is_none_or(|state| state == receipt.state.kind())
            && is(&self.code, receipt.state.code())
            && is(&self.event_name, &receipt.event_name)
            && is(&self.event_type, &receipt.event_type)
            && self.replay.is_none_or(|replay| replay == receipt.lane.replay)
    }
}

/// As much of a text as a receipt keeps of it.
fn kept(text: &str) -> &str {
    cut(text, TEXT_BYTES_MAX)
}

impl Moment {
    /// Receipts before `before`, at most `count`.
    pub(crate) fn search(
        &self,
        query: &ReceiptQuery,
        before: Option<ReceiptId>,
        count: usize,
    ) -> Result<ReceiptPage, StateError> {
        let prefix = query.found_by().prefix(&query.workspace);
        let key = |id: ReceiptId| [&prefix, id.as_bytes()].concat();
        let from = key(ReceiptId::first_at(query.since.unwrap_or(Timestamp::from_millis(0))));
        let until = query.until.map(ReceiptId::first_at);
        let to = [before, until].into_iter().flatten().min().map_or([&prefix[..], &[0xff; ID_BYTES]].concat(), key);
        let keys = self.snapshot.scan(self.families.index, (Bound::Included(&from), Bound::Excluded(&to)));
        let mut page = ReceiptPage::default();
        for (examined, entry) in keys.rev().enumerate() {
            let (key, _) = entry?;
            let Some(id) = ReceiptId::from_bytes(&key[prefix.len()..]) else { continue };
            if page.receipts.len() >= count || examined >= EXAMINED_MAX {
                return Ok(page);
            }
            page.receipts.extend(self.receipt(id)?.filter(|found| query.wants(found)));
            page.next = Some(id);
        }
        page.next = None;
        Ok(page)
    }

    /// Attempts of a receipt that are kept, oldest first.
    pub(crate) fn attempts(&self, id: ReceiptId) -> Result<Vec<Attempt>, StateError> {
        let attempts = self.snapshot.scan_prefix(self.families.attempts, id.as_bytes());
        attempts.map(|entry| read_attempt(&entry?.1).map_err(|error| damaged("an attempt", error))).collect()
    }
}

fn read_attempt(bytes: &[u8]) -> Result<Attempt, FormatError> {
    take_attempt(&mut Reader::versioned(bytes, ATTEMPT_VERSION)?)
}
