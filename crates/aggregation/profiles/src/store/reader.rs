use std::ops::Bound;

use prime_state::{Snapshot, Value};

use super::StoreError;
use super::families::links::Link;
use super::families::profiles::Member;
use super::families::{Families, history, links, lives, members, profiles, words};
use crate::fragment::FragmentId;
use crate::fragment_row::FragmentRow;
use crate::history::{Cursor, HistoryFilter, HistoryPage, Merged, Order, PageLimits, Place};
use crate::profile::Profile;
use crate::profile_id::ProfileNumber;

/// Profiles as they are at one moment: who is who and what is known of them fit together.
#[derive(Clone)]
pub struct ProfileReader {
    snapshot: Snapshot,
    families: Families,
}

/// A profile with its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileRef {
    pub number: ProfileNumber,
    pub members: Vec<Member>,
}

/// A member with what is stored of it; without a row it was named by no event yet.
pub type MemberRow = (Member, FragmentRow);

impl ProfileReader {
    pub(super) fn new(snapshot: Snapshot, families: Families) -> Self {
        Self { snapshot, families }
    }

    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The profile that an identifier stands for, by the identifier's first fragment.
    pub fn find(&self, first: FragmentId) -> Result<Option<ProfileRef>, StoreError> {
        let stored = self.snapshot.get(self.families.lives, first.as_bytes())?;
        match lives::decode(first, stored.as_deref())? {
            Some(fragment) => self.profile_with(fragment),
            None => Ok(None),
        }
    }

    /// The profile that a profile's id stands for now: the one that holds its founder.
    pub fn find_profile(&self, number: ProfileNumber) -> Result<Option<ProfileRef>, StoreError> {
        self.profile_with(number.founder())
    }

    /// The profile that a fragment is part of.
    pub fn profile_with(&self, fragment: FragmentId) -> Result<Option<ProfileRef>, StoreError> {
        let Some(number) = self.number_with(fragment)? else { return Ok(None) };
        let stored = self.snapshot.get(self.families.profiles, number.founder().as_bytes())?;
        if stored.is_none() && !self.snapshot.contains(self.families.fragments, fragment.as_bytes())? {
            // Nobody has seen the identifier.
            return Ok(None);
        }
        Ok(Some(ProfileRef { number, members: profiles::decode(number, stored.as_deref())? }))
    }

    /// As [`Self::profile_with`], for a fragment that is known to have been seen.
    pub fn number_with(&self, fragment: FragmentId) -> Result<Option<ProfileNumber>, StoreError> {
        let stored = self.snapshot.get(self.families.members, fragment.as_bytes())?;
        Ok(members::decode(fragment, stored.as_deref())?)
    }

    pub fn row(&self, fragment: FragmentId) -> Result<Option<FragmentRow>, StoreError> {
        let stored = self.snapshot.get(self.families.fragments, fragment.as_bytes())?;
        Ok(stored.map(|bytes| FragmentRow::decode(&bytes)).transpose()?)
    }

    pub fn rows(&self, profile: &ProfileRef) -> Result<Vec<MemberRow>, StoreError> {
        let mut rows = Vec::with_capacity(profile.members.len());
        for member in &profile.members {
            if let Some(row) = self.row(member.fragment)? {
                rows.push((*member, row));
            }
        }
        Ok(rows)
    }

    pub fn profile(&self, profile: &ProfileRef) -> Result<Profile, StoreError> {
        let rows = self.rows(profile)?;
        let fragments = rows.iter().map(|(_, row)| row.fragment()).collect::<Result<Vec<_>, _>>()?;
        Ok(Profile::fold(fragments))
    }

    /// A page of a profile's events. With a cursor its order counts, and the page begins after it.
    pub fn history(
        &self,
        profile: &ProfileRef,
        order: Order,
        cursor: Option<Cursor>,
        filter: &HistoryFilter,
        limits: PageLimits,
    ) -> Result<HistoryPage, StoreError> {
        let order = cursor.map_or(order, |cursor| cursor.order);
        let bounds = beyond(filter.bounds(), order, cursor);
        let histories = profile.members.iter().map(|member| self.events(member.fragment, bounds, order));
        HistoryPage::collect(order, filter, limits, Merged::new(order, histories))
    }

    fn events(
        &self,
        fragment: FragmentId,
        (start, end): (Bound<Place>, Bound<Place>),
        order: Order,
    ) -> impl Iterator<Item = Result<(Place, (FragmentId, Value)), StoreError>> + use<> {
        let edge = |bound: Bound<Place>, outermost: Place| match bound {
            Bound::Included(place) => Bound::Included(history::key(fragment, place)),
            Bound::Excluded(place) => Bound::Excluded(history::key(fragment, place)),
            Bound::Unbounded => Bound::Included(history::key(fragment, outermost)),
        };
        let (start, end) = (edge(start, Place::FIRST), edge(end, Place::LAST));
        let (start, end) = (start.as_ref().map(|key| &key[..]), end.as_ref().map(|key| &key[..]));
        let mut scan = self.snapshot.scan(self.families.history, (start, end));
        std::iter::from_fn(move || match order {
            Order::OldestFirst => scan.next(),
            Order::NewestFirst => scan.next_back(),
        })
        .map(move |entry| {
            let (key, value) = entry?;
            Ok((history::place(&key)?, (fragment, value)))
        })
    }

    /// Fragments that have a word which begins like this, in order of their words; one with several such words is there
    /// several times. Words are those of [`search_words`](crate::search_words).
    pub fn with_word(&self, beginning: &str) -> impl Iterator<Item = Result<FragmentId, StoreError>> + use<> {
        let scan = self.snapshot.scan_prefix(self.families.words, beginning.as_bytes());
        scan.map(|entry| Ok(words::fragment(&entry?.0)?))
    }

    /// Links of a fragment, after one, in order of what they lead to.
    pub fn links(
        &self,
        fragment: FragmentId,
        after: Option<FragmentId>,
    ) -> impl Iterator<Item = Result<Link, StoreError>> + use<> {
        let start = links::key(fragment, after.unwrap_or(FragmentId::from_bytes([0; 16])));
        let start = if after.is_some() { Bound::Excluded(&start[..]) } else { Bound::Included(&start[..]) };
        let end = links::key(fragment, FragmentId::from_bytes([u8::MAX; 16]));
        let scan = self.snapshot.scan(self.families.links, (start, Bound::Included(&end)));
        scan.map(|entry| {
            let (key, value) = entry?;
            Ok(links::decode(&key, &value)?)
        })
    }

    /// Whether two fragments are linked, and since when.
    pub fn link(&self, from: FragmentId, to: FragmentId) -> Result<Option<crate::Stamp>, StoreError> {
        let stored = self.snapshot.get(self.families.links, &links::key(from, to))?;
        Ok(stored.map(|value| links::decode_since(&value)).transpose()?)
    }
}

/// Bounds without what a reader with this cursor has seen.
fn beyond(
    (start, end): (Bound<Place>, Bound<Place>),
    order: Order,
    cursor: Option<Cursor>,
) -> (Bound<Place>, Bound<Place>) {
    let Some(Cursor { after, .. }) = cursor else { return (start, end) };
    match (order, start, end) {
        (Order::OldestFirst, Bound::Included(first), end) if first > after => (Bound::Included(first), end),
        (Order::OldestFirst, _, end) => (Bound::Excluded(after), end),
        (Order::NewestFirst, start, Bound::Included(last)) if last < after => (start, Bound::Included(last)),
        (Order::NewestFirst, start, _) => (start, Bound::Excluded(after)),
    }
}
