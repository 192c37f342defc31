//! What events change, gathered into one batch.

use std::collections::{BTreeSet, HashMap, HashSet};

use prime_state::{Batch, Snapshot};

use super::families::{Families, history, links, lives, members, profiles, words};
use super::rows::RowCache;
use super::{ProfileStore, StoreError};
use crate::event::ProfileEvent;
use crate::fragment::{Fragment, FragmentId, Part};
use crate::history::{HistoryEntry, Place};
use crate::identifier::Identifier;
use crate::profile_id::ProfileNumber;
use crate::stamp::Stamp;
use crate::words::{is_telling, words_of_identifier, words_of_row};

use super::families::profiles::Member;

/// Where identity puts an event.
#[derive(Clone, Debug, Default)]
pub struct Placement {
    /// All identifiers on the event that identify, users and accounts, with their fragment.
    pub named: Vec<(FragmentId, Identifier)>,
    /// Those of them that are part of no profile.
    pub unplaced: Vec<FragmentId>,
    /// The user's identifier that owns the event; its history and counters are the event's.
    pub owner: Option<FragmentId>,
    /// The account that the event is about or happened in.
    pub account: Option<FragmentId>,
}

/// A change of who is who, as identity decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// A fragment is part of this profile now, or of none.
    To { fragment: FragmentId, profile: Option<ProfileNumber> },
    /// A fragment that stays with its profile does not stand for the identifier any more; or does so again.
    Removed { fragment: FragmentId, is_removed: bool },
    /// The fragment under which an identifier is found, by its first one.
    Life { first: FragmentId, now: Option<FragmentId> },
}

/// What was done with events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpdateCounts {
    pub applied: u64,
    /// Events that their fragments had already.
    pub repeated: u64,
    /// Events that no identifier owns.
    pub unowned: u64,
    pub zoneless_traits: u64,
}

/// What a fragment is part of, and whether that is another row than the stored one.
#[derive(Clone, Copy)]
struct Membership {
    profile: Option<ProfileNumber>,
    is_stored: bool,
}

struct MemberList {
    members: BTreeSet<Member>,
    is_stored: bool,
}

/// Changes of one batch. Reads what it changes from a snapshot and, where the same comes again, from memory.
pub struct Update<'s> {
    families: Families,
    snapshot: Snapshot,
    rows: &'s mut RowCache,
    batch: Batch,
    /// Events of this batch.
    written: HashSet<history::Key>,
    links: HashMap<(FragmentId, FragmentId), Stamp>,
    members: HashMap<FragmentId, Membership>,
    profiles: HashMap<ProfileNumber, MemberList>,
    /// Fragments of which nothing was stored before this batch.
    unseen: HashSet<FragmentId>,
    counts: UpdateCounts,
}

impl ProfileStore {
    /// Begins a batch on top of all that was written. One at a time: whoever writes has the only cache.
    pub fn update<'s>(&self, rows: &'s mut RowCache) -> Update<'s> {
        Update {
            families: self.families,
            snapshot: self.state.snapshot(),
            rows,
            batch: Batch::new(),
            written: HashSet::new(),
            links: HashMap::new(),
            members: HashMap::new(),
            profiles: HashMap::new(),
            unseen: HashSet::new(),
            counts: UpdateCounts::default(),
        }
    }
}

impl Update<'_> {
    /// Notes that nothing can be stored of a fragment, which saves looking for it.
    pub fn note_unseen(&mut self, fragment: FragmentId) {
        self.unseen.insert(fragment);
    }

    /// Adds an event to the fragments of its identifiers. An event that was added before changes nothing.
    pub fn add(&mut self, event: &ProfileEvent, placement: &Placement) -> Result<(), StoreError> {
        let owners = [(placement.owner, Part::Owner, Part::Witness), (placement.account, Part::Witness, Part::Owner)];
        let is_about_account = event.kind == prime_event::MessageType::Group;
        let mut owned = false;
        let mut is_new = false;
        for (fragment, of_user_event, of_group_call) in owners {
            let Some(fragment) = fragment else { continue };
            owned = true;
            let part = if is_about_account { of_group_call } else { of_user_event };
            is_new |= self.own(event, placement, fragment, part)?;
        }
        for (fragment, identifier) in &placement.named {
            if Some(*fragment) != placement.owner && Some(*fragment) != placement.account {
                self.name(event, placement, *fragment, identifier)?;
            }
        }
        if let (Some(user), Some(account)) = (placement.owner, placement.account) {
            self.link(user, account, &event.stamp)?;
            self.link(account, user, &event.stamp)?;
        }
        match (owned, is_new) {
            (false, _) => self.counts.unowned += 1,
            (true, false) => self.counts.repeated += 1,
            (true, true) => {
                self.counts.applied += 1;
                self.counts.zoneless_traits += event.zoneless_traits as u64;
            }
        }
        Ok(())
    }

    /// Whether the event is new to the fragment.
    fn own(
        &mut self,
        event: &ProfileEvent,
        placement: &Placement,
        fragment: FragmentId,
        part: Part,
    ) -> Result<bool, StoreError> {
        let key = history::key(fragment, Place::of(&event.stamp));
        let identifier = placement.named.iter().find(|(named, _)| *named == fragment).map(|(_, identifier)| identifier);
        let unseen = self.unseen.contains(&fragment);
        let (row, is_new) = self.rows.row(&self.snapshot, self.families.fragments, fragment, identifier, unseen)?;
        // An event that is later than all others of the fragment cannot be among them: no need to look.
        let may_be_known = row.last.as_ref().is_some_and(|last| *last >= event.stamp);
        if may_be_known && (self.written.contains(&key) || self.snapshot.contains(self.families.history, &key)?) {
            return Ok(false);
        }
        let added = Fragment::of(event, part);
        let is_told = is_new || added.traits.iter().any(|(name, _)| is_telling(name));
        let before = if is_told && !is_new { words_of_row(row)? } else { BTreeSet::new() };
        row.merge(added)?;
        if is_told {
            let after = words_of_row(row)?;
            before
                .difference(&after)
                .for_each(|word| self.batch.remove(self.families.words, words::key(word, fragment)));
            let new = after.difference(&before);
            new.for_each(|word| self.batch.put(self.families.words, words::key(word, fragment), []));
        }
        self.rows.mark(fragment);
        if is_new {
            self.note_new(placement, fragment);
        }
        let others: Vec<_> =
            placement.named.iter().map(|(named, _)| *named).filter(|named| *named != fragment).collect();
        self.batch.put(self.families.history, key, HistoryEntry::encode(event, &others));
        self.written.insert(key);
        Ok(true)
    }

    fn name(
        &mut self,
        event: &ProfileEvent,
        placement: &Placement,
        fragment: FragmentId,
        identifier: &Identifier,
    ) -> Result<(), StoreError> {
        let unseen = self.unseen.contains(&fragment);
        let (row, is_new) =
            self.rows.row(&self.snapshot, self.families.fragments, fragment, Some(identifier), unseen)?;
        if row.introduced.as_ref().is_none_or(|introduced| *introduced > event.stamp) {
            row.introduced = Some(event.stamp.clone());
            self.rows.mark(fragment);
        }
        if is_new {
            for word in words_of_identifier(identifier) {
                self.batch.put(self.families.words, words::key(&word, fragment), []);
            }
            self.note_new(placement, fragment);
        }
        Ok(())
    }

    /// Without a row a fragment founds a profile: that one does not has to be said.
    fn note_new(&mut self, placement: &Placement, fragment: FragmentId) {
        if placement.unplaced.contains(&fragment) {
            self.members.entry(fragment).or_insert(Membership { profile: None, is_stored: false });
        }
    }

    fn link(&mut self, from: FragmentId, to: FragmentId, stamp: &Stamp) -> Result<(), StoreError> {
        if let Some(known) = self.links.get(&(from, to))
            && known <= stamp
        {
            return Ok(());
        }
        let key = links::key(from, to);
        let stored = self.snapshot.get(self.families.links, &key)?;
        let stored = stored.map(|value| links::decode_since(&value)).transpose()?;
        let since = stored.filter(|since| since <= stamp).unwrap_or_else(|| stamp.clone());
        if since == *stamp {
            self.batch.put(self.families.links, key, links::encode(&since));
        }
        self.links.insert((from, to), since);
        Ok(())
    }

    /// Follows a change of who is who. No event, trait or counter moves.
    pub fn follow(&mut self, change: Move) -> Result<(), StoreError> {
        match change {
            Move::Life { first, now } => {
                if now == Some(first) {
                    self.batch.remove(self.families.lives, *first.as_bytes());
                } else {
                    self.batch.put(self.families.lives, *first.as_bytes(), lives::encode(now));
                }
            }
            Move::To { fragment, profile } => {
                let is_removed = self.leave(fragment)?;
                let is_stored = self.membership(fragment)?.is_stored;
                self.members.insert(fragment, Membership { profile, is_stored });
                if let Some(profile) = profile {
                    self.members_of(profile)?.insert(Member { fragment, is_removed });
                }
            }
            Move::Removed { fragment, is_removed } => {
                if let Some(profile) = self.membership(fragment)?.profile {
                    let members = self.members_of(profile)?;
                    members.remove(&Member { fragment, is_removed: !is_removed });
                    members.insert(Member { fragment, is_removed });
                }
            }
        }
        Ok(())
    }

    /// Makes these the members of a profile, and no others; whoever was one and is nowhere else is part of none. To be
    /// called for all profiles that exchanged members, in any order.
    pub fn set_members(&mut self, profile: ProfileNumber, members: Vec<Member>) -> Result<(), StoreError> {
        let after: BTreeSet<_> = members.into_iter().collect();
        let before = std::mem::replace(self.members_of(profile)?, after.clone());
        for member in after {
            let is_stored = self.membership(member.fragment)?.is_stored;
            self.members.insert(member.fragment, Membership { profile: Some(profile), is_stored });
        }
        for Member { fragment, .. } in before {
            let membership = self.membership(fragment)?;
            let stayed = self.profiles[&profile].members.iter().any(|member| member.fragment == fragment);
            if !stayed && membership.profile == Some(profile) {
                self.members.insert(fragment, Membership { profile: None, ..membership });
            }
        }
        Ok(())
    }

    /// Takes a fragment out of its profile, and says whether it was a removed one there.
    fn leave(&mut self, fragment: FragmentId) -> Result<bool, StoreError> {
        let Some(profile) = self.membership(fragment)?.profile else { return Ok(false) };
        let members = self.members_of(profile)?;
        members.remove(&Member { fragment, is_removed: false });
        Ok(members.remove(&Member { fragment, is_removed: true }))
    }

    fn membership(&self, fragment: FragmentId) -> Result<Membership, StoreError> {
        if let Some(known) = self.members.get(&fragment) {
            return Ok(*known);
        }
        self.stored_membership(fragment)
    }

    fn stored_membership(&self, fragment: FragmentId) -> Result<Membership, StoreError> {
        if self.unseen.contains(&fragment) {
            return Ok(Membership { profile: members::decode(fragment, None)?, is_stored: false });
        }
        let stored = self.snapshot.get(self.families.members, fragment.as_bytes())?;
        Ok(Membership { profile: members::decode(fragment, stored.as_deref())?, is_stored: stored.is_some() })
    }

    fn members_of(&mut self, profile: ProfileNumber) -> Result<&mut BTreeSet<Member>, StoreError> {
        if !self.profiles.contains_key(&profile) {
            let founder = profile.founder();
            let is_unseen = self.unseen.contains(&founder);
            let stored = match is_unseen {
                true => None,
                false => self.snapshot.get(self.families.profiles, founder.as_bytes())?,
            };
            // A profile without a row has its founder, unless that is somebody else's.
            let members = match &stored {
                None if self.stored_membership(founder)?.profile != Some(profile) => Vec::new(),
                stored => profiles::decode(profile, stored.as_deref())?,
            };
            let list = MemberList { members: members.into_iter().collect(), is_stored: stored.is_some() };
            self.profiles.insert(profile, list);
        }
        Ok(&mut self.profiles.get_mut(&profile).expect("it was put there").members)
    }

    pub fn counts(&self) -> UpdateCounts {
        self.counts
    }

    /// All changes as one batch, to which the caller adds what has to be committed with them. When the batch is not
    /// written, the cache has to be cleared.
    pub fn finish(self) -> Batch {
        let Self { families, rows, mut batch, members, profiles, .. } = self;
        rows.put_changed(families.fragments, &mut batch);
        for (fragment, Membership { profile, is_stored }) in members {
            let key = *fragment.as_bytes();
            if profile != Some(ProfileNumber::founded_by(fragment)) {
                batch.put(families.members, key, members::encode(profile));
            } else if is_stored {
                batch.remove(families.members, key);
            }
        }
        for (profile, MemberList { members, is_stored }) in profiles {
            let key = *profile.founder().as_bytes();
            let members: Vec<_> = members.into_iter().collect();
            let alone = [Member { fragment: profile.founder(), is_removed: false }];
            if !members.is_empty() && members != alone {
                batch.put(families.profiles, key, profiles::encode(&members));
            } else if is_stored {
                batch.remove(families.profiles, key);
            }
        }
        batch
    }
}
