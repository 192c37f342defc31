//! Everything that is stored: one letter for each family of keys, then what the records of the family are found by.
//!
//! | key | value | written | lifetime |
//! | --- | --- | --- | --- |
//! | `I` fragment | the identifier in full, in how many sets it was seen | with each new set | for good |
//! | `D` set | the identifiers of the set | when the set is first seen | for good |
//! | `A` fragment set | nothing: the identifier is in the set | when the set is first seen | for good |
//! | `S` set day | the first event of that day with the set, and what was kept of it | once a day and set | for good |
//! | `P` founder | a profile with its members and joins | when the profile changes | until it is merged |
//! | `K` number | a type of identifiers | when it is first seen | for good |
//! | `Q` fragment | an identifier in quarantine | when it is found | until it is released |
//! | `O` number | an operation, as JSON | when it is carried out or undone | for good |
//! | `R` version | rules, as JSON | when they change | for good |
//! | `M` | the counters of the graph | with each change | for good |
//!
//! A set of one identifier has one day only, the first event of all: seen again it tells nothing.

use std::collections::HashMap;

use crate::encoding::{Reader, Writer};
use crate::fragment::{Fragment, SetKey};
use crate::identifier::{Collection, Identifier, OwnedIdentifier};
use crate::store::StoreError;

use super::group::{Group, Join, Member};
use super::kinds::KindNumber;
use super::moment::Moment;

/// The first byte of every value.
const VERSION: u8 = 1;

pub(crate) mod keys {
    use super::*;

    fn key(family: u8, parts: &[&[u8]]) -> Vec<u8> {
        let mut key = Vec::with_capacity(1 + parts.iter().map(|part| part.len()).sum::<usize>());
        key.push(family);
        parts.iter().for_each(|part| key.extend_from_slice(part));
        key
    }

    pub(crate) fn identifier(fragment: Fragment) -> Vec<u8> {
        key(b'I', &[&fragment.as_bytes()])
    }

    pub(crate) fn set(set: SetKey) -> Vec<u8> {
        key(b'D', &[&set.as_bytes()])
    }

    pub(crate) fn in_set(fragment: Fragment, set: SetKey) -> Vec<u8> {
        key(b'A', &[&fragment.as_bytes(), &set.as_bytes()])
    }

    pub(crate) fn sets_of(fragment: Fragment) -> Vec<u8> {
        key(b'A', &[&fragment.as_bytes()])
    }

    /// The set of a key that [`sets_of`] finds.
    pub(crate) fn set_of(key: &[u8]) -> Result<SetKey, StoreError> {
        let bytes = key.last_chunk().ok_or(StoreError::Record("a key is too short"))?;
        Ok(SetKey(u128::from_be_bytes(*bytes)))
    }

    pub(crate) fn sighting(set: SetKey, day: u32) -> Vec<u8> {
        key(b'S', &[&set.as_bytes(), &day.to_be_bytes()])
    }

    pub(crate) fn sightings_of(set: SetKey) -> Vec<u8> {
        key(b'S', &[&set.as_bytes()])
    }

    pub(crate) fn day_of(key: &[u8]) -> Result<u32, StoreError> {
        let bytes = key.last_chunk().ok_or(StoreError::Record("a key is too short"))?;
        Ok(u32::from_be_bytes(*bytes))
    }

    pub(crate) fn profile(founder: Fragment) -> Vec<u8> {
        key(b'P', &[&founder.as_bytes()])
    }

    pub(crate) fn quarantine(fragment: Fragment) -> Vec<u8> {
        key(b'Q', &[&fragment.as_bytes()])
    }

    pub(crate) fn fragment_of(key: &[u8]) -> Result<Fragment, StoreError> {
        let bytes = key.last_chunk().ok_or(StoreError::Record("a key is too short"))?;
        Ok(Fragment::from_bytes(*bytes))
    }

    pub(crate) fn kind(number: KindNumber) -> Vec<u8> {
        key(b'K', &[&number.to_be_bytes()])
    }

    pub(crate) fn operation(number: u64) -> Vec<u8> {
        key(b'O', &[&number.to_be_bytes()])
    }

    pub(crate) fn rules(version: u32) -> Vec<u8> {
        key(b'R', &[&version.to_be_bytes()])
    }

    pub(crate) const IDENTIFIERS: &[u8] = b"I";
    pub(crate) const META: &[u8] = b"M";
    pub(crate) const PROFILES: &[u8] = b"P";
    pub(crate) const SETS: &[u8] = b"D";
    pub(crate) const KINDS: &[u8] = b"K";
    pub(crate) const QUARANTINE: &[u8] = b"Q";
    pub(crate) const OPERATIONS: &[u8] = b"O";
}

/// `I`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdentifierRecord {
    pub(crate) identifier: OwnedIdentifier,
    /// Different sets it was seen in.
    pub(crate) sets: u64,
}

/// One identifier of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SetMember {
    pub(crate) fragment: Fragment,
    pub(crate) kind: KindNumber,
    /// By the rules in force.
    pub(crate) is_blocked: bool,
}

/// `D`: in order of type and value, so that every arrival order gives the same record.
pub(crate) type SetRecord = Vec<SetMember>;

/// `S`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SightingRecord {
    pub(crate) time_ms: i64,
    pub(crate) message_id: Box<str>,
    pub(crate) source: Box<str>,
    /// A bit for each member of the set that was not dropped.
    pub(crate) kept: u32,
}

/// `M`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) key: [u8; 16],
    /// The latest time of an event that was stored.
    pub(crate) newest_ms: i64,
    pub(crate) operations: u64,
    pub(crate) rules_version: u32,
    pub(crate) beyond_horizon: u64,
}

fn begin() -> Writer {
    let mut writer = Writer::default();
    writer.byte(VERSION);
    writer
}

fn open(bytes: &[u8]) -> Result<Reader<'_>, StoreError> {
    let mut reader = Reader(bytes);
    match reader.byte()? {
        VERSION => Ok(reader),
        _ => Err(StoreError::Record("it is of an unknown version")),
    }
}

impl IdentifierRecord {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut writer = begin();
        writer.byte(u8::from(self.identifier.collection == Collection::Accounts));
        writer.text(&self.identifier.kind);
        writer.text(&self.identifier.value);
        writer.number(self.sets);
        writer.0
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let mut reader = open(bytes)?;
        let collection = if reader.byte()? == 0 { Collection::Users } else { Collection::Accounts };
        let (kind, value) = (reader.text()?.to_owned().into(), reader.text()?.to_owned().into());
        Ok(Self { identifier: Identifier { collection, kind, value }, sets: reader.number()? })
    }
}

pub(crate) fn encode_set(set: &[SetMember]) -> Vec<u8> {
    let mut writer = begin();
    for member in set {
        writer.fragment(member.fragment);
        writer.number(u64::from(member.kind) << 1 | u64::from(member.is_blocked));
    }
    writer.0
}

pub(crate) fn decode_set(bytes: &[u8]) -> Result<SetRecord, StoreError> {
    let mut reader = open(bytes)?;
    let mut set = SetRecord::new();
    while !reader.is_empty() {
        let (fragment, kind) = (reader.fragment()?, reader.number()?);
        set.push(SetMember { fragment, kind: (kind >> 1) as KindNumber, is_blocked: kind & 1 == 1 });
    }
    Ok(set)
}

impl SightingRecord {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut writer = begin();
        writer.signed(self.time_ms);
        writer.text(&self.message_id);
        writer.text(&self.source);
        writer.number(u64::from(self.kept));
        writer.0
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let mut reader = open(bytes)?;
        Ok(Self {
            time_ms: reader.signed()?,
            message_id: reader.text()?.into(),
            source: reader.text()?.into(),
            kept: reader.number()? as u32,
        })
    }

    pub(crate) fn moment(&self, set: SetKey) -> Moment {
        Moment { time_ms: self.time_ms, message_id: self.message_id.clone(), set }
    }
}

impl Meta {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut writer = begin();
        writer.wide(u128::from_be_bytes(self.key));
        writer.signed(self.newest_ms);
        writer.number(self.operations);
        writer.number(u64::from(self.rules_version));
        writer.number(self.beyond_horizon);
        writer.0
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let mut reader = open(bytes)?;
        Ok(Self {
            key: reader.wide()?.to_be_bytes(),
            newest_ms: reader.signed()?,
            operations: reader.number()?,
            rules_version: reader.number()? as u32,
            beyond_horizon: reader.number()?,
        })
    }
}

/// `P`: members in order, then joins that name members by their place.
pub(crate) fn encode_group(group: &Group) -> Vec<u8> {
    let mut writer = begin();
    writer.number(u64::from(group.merges));
    let places: HashMap<Fragment, usize> = group.members.iter().map(|member| member.fragment).zip(0..).collect();
    let place = |fragment: &Fragment| places.get(fragment).copied();
    let founder = place(&group.founder).expect("the founder is a member");
    writer.number(founder as u64);
    writer.number(group.members.len() as u64);
    for member in &group.members {
        writer.fragment(member.fragment);
        writer.number(u64::from(member.kind) << 1 | u64::from(member.retired_ms.is_some()));
        writer.signed(member.since_ms);
        member.retired_ms.into_iter().for_each(|retired| writer.signed(retired));
    }
    for join in &group.joins {
        writer.signed(join.moment.time_ms);
        writer.text(&join.moment.message_id);
        writer.wide(join.moment.set.0);
        writer.text(&join.source);
        writer.number(join.kept.len() as u64);
        for kept in &join.kept {
            writer.number(place(kept).expect("who was kept is a member") as u64);
        }
    }
    writer.0
}

pub(crate) fn decode_group(bytes: &[u8]) -> Result<Group, StoreError> {
    let mut reader = open(bytes)?;
    let merges = reader.number()? as u32;
    let founder = reader.number()? as usize;
    let members: Vec<_> = (0..reader.number()?).map(|_| decode_member(&mut reader)).collect::<Result<_, _>>()?;
    let mut joins = Vec::new();
    while !reader.is_empty() {
        let (time_ms, message_id) = (reader.signed()?, reader.text()?.into());
        let moment = Moment { time_ms, message_id, set: SetKey(reader.wide()?) };
        let source = reader.text()?.into();
        let kept = (0..reader.number()?).map(|_| {
            let member = members.get(reader.number()? as usize);
            member.map(|member: &Member| member.fragment).ok_or(StoreError::Record("a join names no member"))
        });
        let kept = kept.collect::<Result<_, _>>()?;
        joins.push(Join { moment, source, kept });
    }
    let founder = members.get(founder).ok_or(StoreError::Record("the founder is no member"))?.fragment;
    let created = joins.iter().find(|join| join.kept.contains(&founder));
    let created = created.ok_or(StoreError::Record("a profile was never created"))?.moment.clone();
    Ok(Group { founder, created, members, joins, merges })
}

fn decode_member(reader: &mut Reader<'_>) -> Result<Member, StoreError> {
    let (fragment, kind, since_ms) = (reader.fragment()?, reader.number()?, reader.signed()?);
    let retired_ms = if kind & 1 == 1 { Some(reader.signed()?) } else { None };
    Ok(Member { fragment, kind: (kind >> 1) as KindNumber, since_ms, retired_ms })
}

pub(crate) fn encode_kind(collection: Collection, name: &str) -> Vec<u8> {
    let mut writer = begin();
    writer.byte(u8::from(collection == Collection::Accounts));
    writer.text(name);
    writer.0
}

pub(crate) fn decode_kind(bytes: &[u8]) -> Result<(Collection, String), StoreError> {
    let mut reader = open(bytes)?;
    let collection = if reader.byte()? == 0 { Collection::Users } else { Collection::Accounts };
    Ok((collection, reader.text()?.to_owned()))
}

#[cfg(test)]
mod tests;
