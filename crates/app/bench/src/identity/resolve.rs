//! `identity.resolve`: whose is an event of somebody who is known.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;
use std::time::Instant;

use prime_identity::{Extractor, IdentityGraph, Rules};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use super::population::{Forgetful, IDENTIFIERS_EACH, Person, meet, people, resolve};
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured, Reading};
use crate::rounds::medians;

const ROUNDS: usize = 15;
const EVENTS: usize = 200_000;
/// After all that the population did, on the same day.
const SECOND: usize = 3_600;

pub(crate) const BAR: Bar = Bar {
    name: "identity.resolve",
    unit: "us/event",
    demands: &[Demand { of: Figure::Value, bound: Bound::AtMost(1.5) }],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let people = people()?;
    let started = Instant::now();
    let (mut graph, _) = meet(people)?;
    let new_us = micros(started, people * IDENTIFIERS_EACH);
    let floor = Floor::new(people);
    let mut random = SmallRng::seed_from_u64(7);
    let seen: Vec<_> = (0..EVENTS).map(|_| Person::new(random.random_range(0..people))).collect();
    let (value, floor_us) = medians(ROUNDS, || known(&mut graph, &seen), || Ok(floor.find(&seen)))?;
    if !graph.take_changes().is_empty() {
        return Err(MeasureError::Wrong("events of known people were to be stored".to_owned()));
    }
    let beside = vec![
        Reading { name: "new_us", label: "first events of a person, population included", value: new_us, unit: "us" },
        Reading { name: "extract_us", label: "identifiers from a payload", value: extraction()?, unit: "us" },
    ];
    let settings = json!({
        "people": people, "identifiers_each": IDENTIFIERS_EACH, "rounds": ROUNDS, "events": EVENTS, "people_drawn": "uniform",
    });
    Ok(Measured { beside, ..Measured::against(floor_us, value, settings) })
}

fn micros(started: Instant, events: usize) -> f64 {
    started.elapsed().as_secs_f64() * 1e6 / events as f64
}

fn known(graph: &mut IdentityGraph<Forgetful>, people: &[Person]) -> Result<f64, MeasureError> {
    let started = Instant::now();
    for person in people {
        let resolved = resolve(graph, &person.event(IDENTIFIERS_EACH, SECOND))?;
        if resolved.user.is_none() {
            return Err(MeasureError::Wrong("an event of a known person is nobody's".to_owned()));
        }
    }
    Ok(micros(started, people.len()))
}

/// A map from the hash of each identifier to a number, as the standard library has it.
struct Floor {
    hasher: RandomState,
    profiles: HashMap<u64, u32>,
}

impl Floor {
    fn new(people: usize) -> Self {
        let hasher = RandomState::new();
        let mut profiles = HashMap::with_capacity(people * IDENTIFIERS_EACH);
        for number in 0..people {
            let person = Person::new(number);
            profiles.extend(person.texts().map(|text| (hasher.hash_one(text), number as u32)));
        }
        Self { hasher, profiles }
    }

    fn find(&self, people: &[Person]) -> f64 {
        let started = Instant::now();
        for person in people {
            for text in person.texts() {
                black_box(self.profiles.get(&self.hasher.hash_one(text)));
            }
        }
        micros(started, people.len())
    }
}

/// The time to read the identifiers of an event of common size.
fn extraction() -> Result<f64, MeasureError> {
    let rules = Rules::default().compile().map_err(|_| MeasureError::Wrong("the default rules are refused".into()))?;
    let extractor = Extractor::new(&rules);
    let payloads: Vec<_> = (0..1_000).map(payload).collect();
    let started = Instant::now();
    const TURNS: usize = 200;
    for _ in 0..TURNS {
        for payload in &payloads {
            if black_box(extractor.extract(payload)).is_none_or(|extracted| extracted.identifiers.len() != 3) {
                return Err(MeasureError::Wrong("an event has not its three identifiers".to_owned()));
            }
        }
    }
    Ok(micros(started, TURNS * payloads.len()))
}

fn payload(number: usize) -> String {
    let event = json!({
        "type": "identify",
        "messageId": format!("node-next-1700000000000-5c7b8f1e-{number:012}"),
        "anonymousId": format!("a3f5c1d2-7b64-4c1e-9d2f-{number:012}"),
        "userId": format!("user-{}", number * 7919),
        "traits": {"email": format!("customer{number}@example.com"), "plan": "gold", "visits": number, "newsletter": true},
        "context": {
            "ip": "203.0.113.9", "locale": "de-DE", "timezone": "Europe/Berlin",
            "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)",
            "page": {
                "path": format!("/shoes/trail/{number}"), "referrer": "https://search.example/?q=trail+shoes",
                "title": "Trail shoes – light and waterproof",
                "url": format!("https://shop.example/shoes/trail/{number}?utm_source=newsletter&utm_campaign=autumn"),
            },
            "library": {"name": "analytics-node", "version": "2.1.0"},
        },
        "integrations": {"All": true, "Webhook": false},
        "timestamp": "2023-11-14T22:13:00.000Z", "originalTimestamp": "2023-11-14T22:13:00.000Z",
        "sentAt": "2023-11-14T22:13:19.500Z", "receivedAt": "2023-11-14T22:13:20.000Z", "projectId": "source",
    });
    event.to_string()
}
