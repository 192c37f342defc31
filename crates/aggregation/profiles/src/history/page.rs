use prime_state::Value;

use super::cursor::Cursor;
use super::entry::HistoryEntry;
use super::filter::{HistoryFilter, name_of};
use super::merge::Order;
use super::place::Place;
use crate::encoding::Damaged;
use crate::fragment::FragmentId;

/// A part of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    pub entries: Vec<HistoryEntry>,
    /// Where the next page begins; none when there is nothing more. A page may be short, or even empty, and have a next
    /// one: looking for rare events among very many is done in several requests.
    pub next: Option<Cursor>,
}

/// How much one page may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimits {
    pub entries_max: usize,
    /// Payload bytes after which a page ends, with the event that reaches them.
    pub bytes_max: usize,
    /// Events that are looked at, whether they are asked for or not.
    pub looked_at_max: usize,
}

impl HistoryPage {
    /// Takes what is asked for from merged histories, which begin after the cursor.
    pub fn collect<E: From<Damaged>>(
        order: Order,
        filter: &HistoryFilter,
        limits: PageLimits,
        mut history: impl Iterator<Item = Result<(Place, (FragmentId, Value)), E>>,
    ) -> Result<Self, E> {
        let wanted = filter.wanted();
        let mut page = Self { entries: Vec::new(), next: None };
        let (mut bytes, mut looked_at) = (0, 0);
        let mut last: Option<Place> = None;
        loop {
            let full = page.entries.len() >= limits.entries_max
                || bytes >= limits.bytes_max
                || looked_at >= limits.looked_at_max.max(1);
            let Some(entry) = history.next() else { return Ok(page) };
            let (place, (owner, value)) = entry?;
            if full {
                page.next = last.map(|after| Cursor { order, after });
                return Ok(page);
            }
            last = Some(place);
            looked_at += 1;
            let head = HistoryEntry::head(&value)?;
            if !wanted.may_have(&head) {
                continue;
            }
            let entry = HistoryEntry::decode(owner, place, &value)?;
            if !wanted.is_in_doubt(&head) || filter.has_name(name_of(entry.kind, &entry.payload).as_deref()) {
                bytes += entry.payload.len();
                page.entries.push(entry);
            }
        }
    }
}
