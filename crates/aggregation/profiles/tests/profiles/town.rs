//! Random people with random events, put together by an identity that does as it is told.

use std::collections::HashSet;

use bytes::Bytes;
use prime_event::{EventRecord, Origin, SourceId, Timestamp, WorkspaceId};
use prime_profiles::{
    Collection, FragmentId, Identifier, Move, Placement, ProfileEvent, ProfileNumber, ProfileStore, RowCache,
};
use prime_state::conformance::Random;
use prime_state::{Durability, Snapshot, State};

pub(crate) const IDENTIFIERS: u64 = 7;
pub(crate) const ACCOUNTS: u64 = 2;

/// One event and where it belongs.
#[derive(Clone)]
pub(crate) struct Placed {
    pub(crate) event: ProfileEvent,
    pub(crate) placement: Placement,
}

/// What reaches the store.
#[derive(Clone)]
pub(crate) enum Step {
    Event(Box<Placed>),
    Move(Move),
}

impl Step {
    pub(crate) fn of(placed: Placed) -> Self {
        Self::Event(Box::new(placed))
    }
}

pub(crate) fn fragment(number: u64) -> FragmentId {
    let mut bytes = [0; 16];
    // Not in the order of their numbers.
    bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    FragmentId::from_bytes(bytes)
}

pub(crate) fn account(number: u64) -> FragmentId {
    fragment(1_000 + number)
}

pub(crate) fn event(random: &mut Random, number: u64) -> Placed {
    let owner = random.below(IDENTIFIERS);
    let other = random.below(IDENTIFIERS);
    let group = (random.below(4) == 0).then(|| random.below(ACCOUNTS));
    let call = match (random.below(3), group) {
        (0, Some(group)) => format!(r#""type":"group","groupId":"g{group}","traits":{}"#, traits(random)),
        (1, _) => format!(r#""type":"identify","traits":{}"#, traits(random)),
        _ => format!(r#""type":"track","event":"E{}","properties":{{"n":{number}.50}}"#, random.below(3)),
    };
    // Few instants, so that many events share one.
    let time = Timestamp::from_millis(1_700_000_000_000 + random.below(40) as i64);
    let payload = format!(r#"{{{call},"messageId":"m{number}","timestamp":"{time}"}}"#);
    let record = EventRecord {
        origin: Origin { offset: number, index: 0 },
        received_at: time,
        workspace: WorkspaceId::new("w"),
        source: SourceId::new(format!("source-{}", random.below(2))),
        payload: Bytes::from(payload),
    };
    let user = |number: u64| (fragment(number), Identifier::new(Collection::Users, "user_id", format!("u{number}")));
    let mut named = vec![user(owner)];
    if other != owner {
        named.push(user(other));
    }
    if let Some(group) = group {
        named.push((account(group), Identifier::new(Collection::Accounts, "group_id", format!("g{group}"))));
    }
    let placement =
        Placement { named, unplaced: Vec::new(), owner: Some(fragment(owner)), account: group.map(account) };
    Placed { event: ProfileEvent::read(&record).expect("the town's events are readable"), placement }
}

fn traits(random: &mut Random) -> String {
    let traits: Vec<_> = (0..1 + random.below(3))
        .map(|_| {
            let value = ["null", "1.50", "\"a\"", "{\"x\":[1]}", "\"Ada Ba\""][random.below(5) as usize];
            let name = ["t0", "t1", "t2", "name", "email"][random.below(5) as usize];
            format!(r#""{name}":{value}"#)
        })
        .collect();
    format!("{{{}}}", traits.join(","))
}

/// Puts a user's identifier somewhere.
pub(crate) fn random_move(random: &mut Random) -> Move {
    let moved = fragment(random.below(IDENTIFIERS));
    match random.below(6) {
        0 => Move::Removed { fragment: moved, is_removed: random.below(2) == 0 },
        1 => Move::To { fragment: moved, profile: None },
        _ => {
            Move::To { fragment: moved, profile: Some(ProfileNumber::founded_by(fragment(random.below(IDENTIFIERS)))) }
        }
    }
}

/// Each identifier in a profile of its own, as identity says when it first sees them.
pub(crate) fn founded() -> Vec<Step> {
    let all = (0..IDENTIFIERS).map(fragment).chain((0..ACCOUNTS).map(account));
    all.map(|fragment| Move::To { fragment, profile: Some(ProfileNumber::founded_by(fragment)) })
        .map(Step::Move)
        .collect()
}

/// Writes steps in batches of random sizes, with a cache that is sometimes lost. Of fragments that come for the first time
/// that is sometimes told.
pub(crate) fn write(store: &ProfileStore, steps: &[Step], random: &mut Random) {
    let mut rows = RowCache::new(4);
    let mut rest = steps;
    let (is_empty, mut seen) = (dump(store).is_empty(), HashSet::new());
    while !rest.is_empty() {
        let (batch, later) = rest.split_at(rest.len().min(1 + random.below(9) as usize));
        rest = later;
        let mut update = store.update(&mut rows);
        for step in batch {
            for fragment in fragments_of(step) {
                if seen.insert(fragment) && is_empty && random.below(2) == 0 {
                    update.note_unseen(fragment);
                }
            }
            match step {
                Step::Event(placed) => update.add(&placed.event, &placed.placement).unwrap(),
                Step::Move(change) => update.follow(*change).unwrap(),
            }
        }
        let batch = update.finish();
        store.state().write(batch, Durability::Process).unwrap();
        if random.below(4) == 0 {
            rows.clear();
        }
    }
}

fn fragments_of(step: &Step) -> Vec<FragmentId> {
    match step {
        Step::Event(placed) => placed.placement.named.iter().map(|(fragment, _)| *fragment).collect(),
        Step::Move(Move::To { fragment, profile }) => {
            std::iter::once(*fragment).chain(profile.map(|profile| profile.founder())).collect()
        }
        Step::Move(Move::Removed { fragment, .. }) => vec![*fragment],
        Step::Move(Move::Life { first, now }) => std::iter::once(*first).chain(*now).collect(),
    }
}

pub(crate) fn store() -> ProfileStore {
    ProfileStore::open(State::in_memory()).unwrap()
}

/// Everything that is stored.
pub(crate) fn dump(store: &ProfileStore) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let snapshot: Snapshot = store.state().snapshot();
    let names = ["fragments", "history", "links", "members", "profiles", "lives", "words"];
    let families = names.map(|name| {
        let options = prime_state::FamilyOptions { name, access: prime_state::Access::Points };
        (name, store.state().family(options).unwrap())
    });
    let entries = families.into_iter().flat_map(|(name, family)| {
        snapshot.scan_prefix(family, b"").map(move |entry| {
            let (key, value) = entry.unwrap();
            (name, key.to_vec(), value.to_vec())
        })
    });
    entries.collect()
}

pub(crate) fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for place in (1..items.len()).rev() {
        items.swap(place, random.below(place as u64 + 1) as usize);
    }
}
