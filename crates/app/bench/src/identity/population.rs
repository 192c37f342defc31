//! People with three identifiers each, and a graph that has met all of them.

use prime_identity::{
    IdentifiedEvent, Identifier, IdentityGraph, Memory, Resolved, Rules, StateChange, Store, StoreError,
};

use crate::bar::MeasureError;

pub(super) const PEOPLE: usize = 10_000_000;
pub(super) const IDENTIFIERS_EACH: usize = 3;
/// Shortens the population while the bench itself is worked on.
const PEOPLE_VARIABLE: &str = "PRIMEDATA_BENCH_PEOPLE";

/// 2024-03-01T08:00:00Z: all happens on one day.
const START_MS: i64 = 1_709_280_000_000;

pub(super) fn people() -> Result<usize, MeasureError> {
    let Ok(text) = std::env::var(PEOPLE_VARIABLE) else { return Ok(PEOPLE) };
    let wrong = || MeasureError::Wrong(format!("{PEOPLE_VARIABLE} must be a number from 1000 on, not {text:?}"));
    text.parse().ok().filter(|people| *people >= 1_000).ok_or_else(wrong)
}

/// Keeps nothing. What a person's events need of each other they find among the changes that were not handed out yet.
pub(super) struct Forgetful;

impl Store for Forgetful {
    fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }

    fn scan(&self, _: &[u8], _: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<(), StoreError> {
        Ok(())
    }
}

pub(super) struct Person {
    identifiers: [Identifier<'static>; IDENTIFIERS_EACH],
}

impl Person {
    /// In texts as long as those of real SDKs.
    pub(super) fn new(number: usize) -> Self {
        let mixed = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let user = format!("user-{mixed:016x}");
        let anonymous = format!("{:08x}-7b64-4c1e-9d2f-{:012x}", mixed >> 32, number);
        let email = format!("customer-{number}@example.com");
        Self {
            identifiers: [
                Identifier::user("anonymous_id", anonymous),
                Identifier::user("user_id", user),
                Identifier::user("email", email),
            ],
        }
    }

    /// What a page view carries, or one after signing in.
    pub(super) fn event(&self, identifiers: usize, second: usize) -> IdentifiedEvent<'_> {
        let time_ms = START_MS + second as i64 * 1_000;
        IdentifiedEvent {
            message_id: "ajs-next-1709280000000-5c7b8f1e",
            source: "web",
            timestamp_ms: time_ms,
            received_at_ms: time_ms,
            identifiers: &self.identifiers[..identifiers],
        }
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.identifiers.iter().map(|identifier| identifier.value.as_ref())
    }
}

/// A graph that met people who came as visitors, signed in, and left their address. Gives the bytes that were to be stored.
pub(super) fn meet(people: usize) -> Result<(IdentityGraph<Forgetful>, u64), MeasureError> {
    let rules = Rules::default().compile().map_err(|_| MeasureError::Wrong("the default rules are refused".into()))?;
    let graph = IdentityGraph::open(Forgetful, rules, [7; 16], Memory::default());
    let mut graph = graph.map_err(|error| MeasureError::Wrong(error.to_string()))?;
    let mut stored = 0;
    for number in 0..people {
        let person = Person::new(number);
        for (second, identifiers) in (1..=IDENTIFIERS_EACH).enumerate() {
            resolve(&mut graph, &person.event(identifiers, second))?;
        }
        let bytes = |change: StateChange| (change.key.len() + change.value.map_or(0, |value| value.len())) as u64;
        stored += graph.take_changes().into_iter().map(bytes).sum::<u64>();
    }
    let figures = graph.figures();
    if (figures.profiles, figures.identifiers) != (people, people * IDENTIFIERS_EACH) {
        return Err(MeasureError::Wrong(format!("{people} people became {figures:?}")));
    }
    Ok((graph, stored))
}

pub(super) fn resolve(
    graph: &mut IdentityGraph<Forgetful>,
    event: &IdentifiedEvent<'_>,
) -> Result<Resolved, MeasureError> {
    graph.resolve(event).map_err(|error| MeasureError::Wrong(error.to_string()))
}
