use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use prime_destination::{
    Connection, Event, Hosts, IdempotencyKey, Item, MappingVersion, Reply, RequestDestination, Settings, Verdict,
};
use prime_event::{DestinationId, SourceId};
use serde_json::Value;

use crate::engine::{FarSide, NOW, carry};
use crate::findings::Findings;
use crate::mutations::{self, Mutation};
use crate::recording::Recording;

/// Holds one destination, with settings, to the contract.
pub struct Kit {
    name: &'static str,
    hosts: Hosts,
    connection: Box<dyn Connection>,
    secrets: Vec<String>,
    success: Reply,
}

/// How much was tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Recordings times their mutations.
    pub exchanges: usize,
    pub requests: usize,
}

/// Payloads that no SDK sends, and that a destination must survive all the same.
const STRANGE_EVENTS: [&str; 12] = [
    "{}",
    r#"{"type":null}"#,
    r#"{"type":"track"}"#,
    r#"{"type":"track","event":7,"properties":[]}"#,
    r#"{"type":"track","event":"","properties":null,"context":[1]}"#,
    r#"{"type":"identify","traits":"all","userId":{}}"#,
    r#"{"type":"group","groupId":[],"traits":{"a":{"b":{"c":[[[[1e400]]]]}}}}"#,
    r#"{"type":"alias","previousId":"","userId":null}"#,
    r#"{"type":"page","name":{"a":1},"context":{"page":7,"campaign":null,"ip":[]}}"#,
    r#"{"type":"screen","timestamp":"yesterday","userId":"\u0000\ud83d\ude00"}"#,
    r#"{"type":"delete","userId":"u"}"#,
    r#"{"type":"of a kind to come","messageId":""}"#,
];

impl Kit {
    /// Connects the destination; panics if it does not take the settings.
    ///
    /// `success` is the body of a 200 by which the far side takes whatever was sent.
    pub fn new(destination: &dyn RequestDestination, settings: Value, success: &'static str) -> Self {
        let metadata = destination.metadata();
        let values = settings.as_object().expect("settings are an object");
        let connect = || destination.connect(Settings::new(metadata, values));
        let connection =
            connect().unwrap_or_else(|problems| panic!("{} refuses the settings: {problems:?}", metadata.id));
        let secrets = metadata.secret_settings().filter_map(|name| values.get(name)?.as_str());
        let secrets = secrets.map(str::to_owned).collect();
        let success = Recording { name: "success", events: &[], status: 200, headers: &[], body: success }.reply(&[]);
        Self { name: metadata.id, hosts: metadata.hosts, secrets, success, connection }
    }

    /// Carries every recording through every mutation. Panics with all breaches of the contract, if there are any.
    pub fn check(&self, recordings: &[Recording]) -> Summary {
        let mut summary = Summary::default();
        let mut breaches = self.look_at_terms();
        breaches.extend(self.look_at_strange_events());
        for recording in recordings {
            let events: Vec<Event> =
                recording.events.iter().enumerate().map(|(place, text)| event(place, text)).collect();
            let items: Vec<Item> = events.iter().filter_map(|event| self.connection.prepare(event).ok()).collect();
            let keys: Vec<_> = events.iter().map(|event| event.idempotency_key.to_string()).collect();
            let hidden = self.hidden(recording.events);
            let recorded = recording.reply(&keys);
            for Mutation { name, replies } in mutations::of(&recorded) {
                summary.exchanges += 1;
                let mut findings = Findings::new(&hidden, &self.secrets);
                let far_side = FarSide { recorded: &recorded, success: &self.success };
                let run =
                    AssertUnwindSafe(|| carry(self.connection.as_ref(), &items, &replies, far_side, &mut findings));
                match catch_unwind(run) {
                    Ok(requests) => summary.requests += requests,
                    Err(_) => findings.found.push("panics".into()),
                }
                breaches.extend(findings.found.iter().map(|breach| format!("{}, {name}: {breach}", recording.name)));
            }
        }
        assert!(breaches.is_empty(), "{} breaks the contract:\n{}", self.name, first(&breaches));
        summary
    }

    fn look_at_terms(&self) -> Vec<String> {
        let terms = self.connection.terms();
        let mut findings = Findings::new(&[], &[]);
        findings.expect(terms == self.connection.terms(), || "has two sets of terms".into());
        findings.expect(terms.batch.items_max > 0, || "takes no events at all".into());
        findings.expect(!terms.origins.is_empty(), || "sends nowhere".into());
        if let Hosts::Fixed(hosts) = self.hosts {
            let declared = |origin: &String| hosts.iter().any(|host| origin.ends_with(&format!("//{host}")));
            findings
                .expect(terms.origins.iter().all(declared), || "has terms with a host that it does not declare".into());
        }
        findings.found
    }

    fn look_at_strange_events(&self) -> Vec<String> {
        let mut findings = Findings::new(&self.secrets, &self.secrets);
        for (place, payload) in STRANGE_EVENTS.iter().enumerate() {
            let event = event(place, payload);
            let prepared = catch_unwind(AssertUnwindSafe(|| {
                let prepared = self.connection.prepare(&event);
                (prepared == self.connection.prepare(&event), prepared)
            }));
            match prepared {
                Ok((same, prepared)) => {
                    findings.expect(same, || format!("prepares {payload} in two ways"));
                    match prepared {
                        Ok(item) => findings.look_at_request(self.connection.as_ref(), &[item]),
                        Err(error) => {
                            let verdict: Verdict = error.verdict(self.name);
                            findings.expect(verdict.outcome.is_final(), || format!("prepares {payload} for ever"));
                            findings.look_at_reason(&verdict.reason);
                        }
                    }
                }
                Err(_) => findings.found.push(format!("panics at {payload}")),
            }
        }
        findings.found
    }

    /// Values that must not be told: secrets, and every text of an event that is long enough not to be a word of a sentence.
    fn hidden(&self, events: &[&str]) -> Vec<String> {
        let mut hidden = self.secrets.clone();
        for event in events {
            texts(&serde_json::from_str(event).expect("a recorded event is JSON"), &mut hidden);
        }
        hidden
    }
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.len() >= 12 => found.push(text.clone()),
        Value::Array(elements) => elements.iter().for_each(|element| texts(element, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        _ => {}
    }
}

fn event(place: usize, payload: &'static str) -> Event {
    let message_id = format!("recorded-{place}");
    Event {
        source: SourceId::new("source"),
        received_at: NOW,
        idempotency_key: IdempotencyKey::new(&message_id, &DestinationId::new("destination"), MappingVersion::FIRST),
        payload: Bytes::from_static(payload.as_bytes()),
    }
}

/// As many as a person reads.
fn first(breaches: &[String]) -> String {
    let shown: Vec<_> = breaches.iter().take(20).map(|breach| format!("  - {breach}")).collect();
    format!("{}\n  ({} in all)", shown.join("\n"), breaches.len())
}
