//! The kit finds each breach of the contract, and nothing in a destination that keeps it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use prime_destination::{
    BatchLimits, BuildError, Connection, Destination, DestinationMetadata, DestinationOption, Event, Group, Hosts,
    Item, Judgement, OptionType, OutboundRequest, Outcome, Reply, RequestDestination, SettingProblem, Settings,
    SupportedFeatures, SupportedMethods, SupportedPlatforms, Terms, Verdict, judge_by_status,
};
use prime_destination_testkit::{Kit, Recording};
use prime_event::Timestamp;
use serde_json::json;

/// A way to break the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    PanicsAtBodies,
    ForgetsAnEvent,
    DeliversWithoutAnAnswer,
    NeverEnds,
    MakesUpCodes,
    TellsTheSecret,
    ShowsTheSecret,
    SendsElsewhere,
    IsRandom,
}

struct Parcel(Fault);

struct Post {
    fault: Fault,
    secret: String,
    calls: AtomicUsize,
}

static METADATA: DestinationMetadata = DestinationMetadata {
    id: "parcel",
    name: "Parcel",
    slug: "parcel",
    description: "",
    website: "",
    options: &[DestinationOption {
        name: "key",
        label: "Key",
        kind: OptionType::Password,
        required: true,
        description: "",
        secret: true,
        default_value: None,
        choices: &[],
    }],
    categories: &[],
    status: "PUBLIC",
    previous_names: &[],
    components: &[],
    supported_features: SupportedFeatures::CLOUD_MODE,
    supported_methods: SupportedMethods::ALL,
    supported_platforms: SupportedPlatforms::EVERY_SDK,
    hosts: Hosts::Fixed(&["parcel.test"]),
};

impl Destination for Parcel {
    fn metadata(&self) -> &'static DestinationMetadata {
        &METADATA
    }
}

impl RequestDestination for Parcel {
    fn connect(&self, settings: Settings<'_>) -> Result<Box<dyn Connection>, Vec<SettingProblem>> {
        let secret = settings.text("key").unwrap_or_default().to_owned();
        Ok(Box::new(Post { fault: self.0, secret, calls: AtomicUsize::new(0) }))
    }
}

impl Connection for Post {
    fn terms(&self) -> Terms {
        let url = "https://parcel.test/in".parse().unwrap();
        Terms { batch: BatchLimits { items_max: 10, bytes_max: 1_000 }, ..Terms::single([&url]) }
    }

    fn prepare(&self, event: &Event) -> Result<Item, BuildError> {
        Ok(Item { group: Group::ONE, idempotency_key: event.idempotency_key, body: event.payload.clone() })
    }

    fn request(&self, items: &[Item]) -> OutboundRequest {
        let host = if self.fault == Fault::SendsElsewhere { "elsewhere.test" } else { "parcel.test" };
        let mut headers = HeaderMap::new();
        let mut key = HeaderValue::from_str(&self.secret).unwrap();
        key.set_sensitive(self.fault != Fault::ShowsTheSecret);
        headers.insert("x-parcel", key);
        let body = match self.fault {
            Fault::IsRandom => Bytes::from(self.calls.fetch_add(1, Ordering::Relaxed).to_string()),
            _ => items[0].body.clone(),
        };
        OutboundRequest::new(Method::POST, format!("https://{host}/in").parse().unwrap(), headers, body)
    }

    fn judge(&self, items: &[Item], reply: &Reply, now: Timestamp) -> Judgement {
        let mut verdict = judge_by_status(reply, now);
        match self.fault {
            Fault::PanicsAtBodies => {
                if let Reply::Response(response) = reply {
                    serde_json::from_slice::<serde_json::Value>(&response.body).expect("a body is JSON");
                }
            }
            Fault::ForgetsAnEvent => return Judgement::Each(vec![verdict; items.len() - 1]),
            Fault::DeliversWithoutAnAnswer if matches!(reply, Reply::None(_)) => verdict.outcome = Outcome::Delivered,
            Fault::NeverEnds => verdict.outcome = Outcome::RetryWithBackoff,
            Fault::MakesUpCodes => verdict.reason.code = "OOPS".into(),
            Fault::TellsTheSecret => {
                verdict =
                    Verdict::new(verdict.outcome, verdict.reason.code, format!("The key {} is wrong.", self.secret));
            }
            _ => {}
        }
        Judgement::of_whole(verdict)
    }
}

const RECORDING: Recording = Recording {
    name: "three parcels",
    events: &[r#"{"type":"track","event":"Parcel Sent"}"#, r#"{"type":"track","event":"Parcel Lost"}"#, r#"{"n":3}"#],
    status: 200,
    headers: &[("content-type", "application/json")],
    body: r#"{"taken":3}"#,
};

fn breaches(fault: Fault) -> Option<String> {
    let kit = Kit::new(&Parcel(fault), json!({"key": "hunter2hunter2"}), r#"{"taken":3}"#);
    let run = catch_unwind(AssertUnwindSafe(|| kit.check(&[RECORDING])));
    run.err().map(|panic| panic.downcast_ref::<String>().cloned().unwrap_or_default())
}

#[test]
fn a_destination_that_keeps_the_contract_passes_hundreds_of_exchanges() {
    let summary = Kit::new(&Parcel(Fault::None), json!({"key": "hunter2hunter2"}), "").check(&[RECORDING]);
    assert!(summary.exchanges > 150 && summary.requests > summary.exchanges, "{summary:?}");
}

#[test]
fn every_breach_of_the_contract_is_found_and_named() {
    for (fault, words) in [
        (Fault::PanicsAtBodies, "panics"),
        (Fault::ForgetsAnEvent, "without a verdict"),
        (Fault::DeliversWithoutAnAnswer, "counts as delivered"),
        (Fault::NeverEnds, "never ends"),
        (Fault::MakesUpCodes, "not published"),
        (Fault::TellsTheSecret, "a secret"),
        (Fault::ShowsTheSecret, "shows a secret"),
        (Fault::SendsElsewhere, "https://elsewhere.test"),
        (Fault::IsRandom, "two requests"),
    ] {
        let found = breaches(fault).unwrap_or_else(|| panic!("{fault:?} is not found"));
        assert!(found.contains(words), "{fault:?}: {found}");
    }
}
