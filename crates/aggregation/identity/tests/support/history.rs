//! Random lives of people with shared devices, junk and wrong clocks.

use prime_identity::{
    BlockedValues, CompiledRules, Hairballs, Identifier, Lateness, Limit, OwnedIdentifier, Rules, Window,
};

use super::naive::Event;
use super::random::Random;

pub(crate) const HOUR_MS: i64 = 60 * 60 * 1_000;
/// 2024-03-01
pub(crate) const START_MS: i64 = 1_709_251_200_000;

/// Small limits and windows, so that a short history meets them.
pub(crate) fn random_rules(random: &mut Random, with_windows: bool) -> CompiledRules {
    let mut rules = Rules::default();
    rules.types.retain(|rule| ["user_id", "email", "anonymous_id", "ios.id", "group_id"].contains(&rule.kind.as_str()));
    let mut custom = rules.with_new_type(prime_identity::Collection::Accounts, "domain").types.pop().unwrap();
    custom.priority = 2;
    rules.types.push(custom);
    for rule in &mut rules.types {
        let window = if with_windows { Window::ALL[random.below(5)] } else { Window::Ever };
        rule.limit = Limit { values: 1 + random.below(3) as u32, window };
        if random.chance(20) {
            rule.priority = 1 + random.below(4) as u32;
        }
        if random.chance(15) {
            rule.blocked = BlockedValues { exact: vec!["1".to_owned()], patterns: Vec::new() };
        }
    }
    rules.caps.merges = 1 + random.below(4) as u32;
    rules.caps.mappings = 3 + random.below(6) as u32;
    rules.hairballs = Hairballs { sets: 3 + random.below(12) as u32 };
    rules.lateness = Lateness { late_hours: [10, 100, 10_000][random.below(3)] };
    rules.compile().unwrap()
}

fn some(random: &mut Random, kind: &'static str, people: usize) -> OwnedIdentifier {
    let value = if random.chance(4) { "null".to_owned() } else { random.below(people + 1).to_string() };
    match kind {
        "group_id" | "domain" => Identifier::account(kind, value),
        _ => Identifier::user(kind, value),
    }
}

/// Events in the order in which they arrive. Several share their time; the same sets come again and again.
pub(crate) fn random_history(random: &mut Random, events: usize) -> Vec<Event> {
    let people = 2 + random.below(5);
    let span_hours = [6, 60, 1_000, 12_000][random.below(4)];
    let mut history: Vec<Event> = Vec::new();
    for number in 0..events {
        let received_at_ms = START_MS + (number * span_hours / events) as i64 * HOUR_MS + random.below(1_000) as i64;
        let late_ms = match random.below(10) {
            0..=5 => 0,
            6 | 7 => random.below(2 * HOUR_MS as usize) as i64,
            8 => random.below(300) as i64 * HOUR_MS,
            _ => -(random.below(HOUR_MS as usize) as i64),
        };
        let mut identifiers = Vec::new();
        match random.below(8) {
            0 if number > 0 => identifiers = history[random.below(number)].identifiers.clone(),
            _ => {
                for (kind, percent) in [
                    ("anonymous_id", 70),
                    ("user_id", 40),
                    ("email", 30),
                    ("ios.id", 15),
                    ("group_id", 15),
                    ("domain", 10),
                ] {
                    if random.chance(percent) {
                        identifiers.push(some(random, kind, people));
                    }
                    if random.chance(3) {
                        identifiers.push(some(random, kind, people));
                    }
                }
                identifiers.sort();
                identifiers.dedup();
                random.shuffle(&mut identifiers);
            }
        }
        history.push(Event {
            timestamp_ms: received_at_ms - late_ms,
            message_id: format!("m{}", random.below(1_000_000)),
            received_at_ms,
            identifiers,
        });
    }
    history
}
