//! What the shop promises of the requests it makes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use prime_demo::{DemoMessage, DemoRequest, Expected, InvalidOptions, Shop, ShopOptions};
use prime_event::{MessageType, Timestamp, WriteKey, limits};
use serde_json::Value;

fn options() -> ShopOptions {
    ShopOptions {
        seed: 7,
        start: Timestamp::parse("2026-03-01T08:00:00Z").unwrap(),
        write_key: WriteKey::new("shop-test-key"),
        rate: 50.0,
        duplicates: 0.1,
        malformed: 0.1,
        batch: 20,
        count: Some(10_000),
    }
}

fn shop(options: ShopOptions) -> Vec<DemoRequest> {
    Shop::new(options).unwrap().collect()
}

fn well_formed(requests: &[DemoRequest]) -> impl Iterator<Item = (&DemoRequest, &DemoMessage, Value)> {
    let fresh = requests.iter().filter(|request| request.retries == 0);
    fresh.flat_map(|request| {
        let accepted = request.messages.iter().filter(|message| message.expected == Expected::Accepted);
        accepted.map(move |message| (request, message, serde_json::from_str(&message.json).unwrap()))
    })
}

fn text<'a>(message: &'a Value, key: &str) -> Option<&'a str> {
    message.get(key)?.as_str()
}

#[test]
fn one_seed_makes_the_same_requests_to_the_byte() {
    let line = |request: DemoRequest| (request.at, request.path, request.body, request.messages.to_vec());
    let one: Vec<_> = shop(options()).into_iter().map(line).collect();
    let other: Vec<_> = shop(options()).into_iter().map(line).collect();
    assert!(one == other, "two shops of one seed differ");
    let changed: Vec<_> = shop(ShopOptions { seed: 8, ..options() }).into_iter().map(line).collect();
    assert!(one != changed, "another seed makes the same shop");
}

#[test]
fn the_messages_of_a_seed_stay_the_same_for_good() {
    let shape = shop(ShopOptions { count: Some(200), ..options() });
    let bytes: usize = shape.iter().map(|request| request.body.len()).sum();
    let first: Value = serde_json::from_str(&shape[0].body).unwrap();
    // A change of these is a change of every recorded run: make it on purpose.
    assert_eq!((shape.len(), bytes, shape[0].path), (88, 165_056, "/v1/p"));
    assert_eq!(text(&first, "anonymousId"), Some("80a31e62-b3f9-41b9-a8e5-01dc5a5b7054"));
}

#[test]
fn a_count_is_kept_exactly_with_repetitions_and_unreadable_requests() {
    for count in [1, 2, 19, 1_000] {
        let requests = shop(ShopOptions { count: Some(count), ..options() });
        let messages: usize =
            requests.iter().map(|request| request.messages.len().max(usize::from(request.status == 400))).sum();
        assert_eq!(messages as u64, count);
    }
}

#[test]
fn the_shares_of_repeated_and_malformed_messages_are_the_ones_asked_for() {
    let requests = shop(options());
    let fresh = requests.iter().filter(|request| request.retries == 0 && request.status == 200).count() as f64;
    let repeated = requests.iter().filter(|request| request.retries > 0).count() as f64;
    assert!((0.08..0.12).contains(&(repeated / fresh)), "{repeated} of {fresh} requests were repeated");

    let messages: Vec<_> =
        requests.iter().filter(|request| request.retries == 0).flat_map(|r| r.messages.to_vec()).collect();
    let unreadable = requests.iter().filter(|request| request.status == 400).count() as f64;
    let spoiled = messages.iter().filter(|message| message.expected != Expected::Accepted).count() as f64 + unreadable;
    let share = spoiled / (messages.len() as f64 + unreadable);
    assert!((0.08..0.12).contains(&share), "{share} of the messages are malformed");
}

#[test]
fn without_repetitions_and_mistakes_every_message_is_new_and_accepted() {
    let requests = shop(ShopOptions { duplicates: 0.0, malformed: 0.0, ..options() });
    let mut seen = BTreeSet::new();
    for message in requests.iter().flat_map(|request| request.messages.iter()) {
        assert_eq!(message.expected, Expected::Accepted);
        assert!(seen.insert(message.message_id.clone()), "{} appears twice", message.message_id);
    }
    assert_eq!(seen.len(), 10_000);
}

#[test]
fn a_repetition_has_the_bytes_of_the_request_it_repeats() {
    let requests = shop(options());
    let mut earlier: BTreeMap<&str, &DemoRequest> = BTreeMap::new();
    for request in &requests {
        match request.retries {
            0 => {
                earlier.insert(&request.body, request);
            }
            _ => {
                let first = earlier.get(request.body.as_str()).expect("the same body went out before");
                assert_eq!((first.path, &first.messages), (request.path, &request.messages));
            }
        }
    }
}

#[test]
fn every_well_formed_message_keeps_the_tracking_contract() {
    let requests = shop(options());
    for (request, message, value) in well_formed(&requests) {
        let json = &message.json;
        let kind = MessageType::parse(text(&value, "type").unwrap()).expect("one of the six types");
        assert!(json.len() <= limits::MESSAGE_BYTES_MAX, "{json}");
        assert!(text(&value, "userId").or(text(&value, "anonymousId")).is_some_and(|id| !id.is_empty()), "{json}");
        assert!((1..=limits::MESSAGE_ID_CHARS_MAX).contains(&message.message_id.chars().count()), "{json}");
        assert_eq!(text(&value, "messageId"), Some(message.message_id.as_str()));
        assert!(Timestamp::parse(text(&value, "timestamp").unwrap()).is_some(), "{json}");
        match kind {
            MessageType::Track => assert!(text(&value, "event").is_some() && value["properties"].is_object(), "{json}"),
            MessageType::Identify => assert!(value["traits"].is_object() && text(&value, "userId").is_some(), "{json}"),
            MessageType::Page | MessageType::Screen => {
                assert!(text(&value, "name").is_some_and(|name| !name.is_empty()), "{json}");
            }
            MessageType::Group => assert!(text(&value, "groupId").is_some() && value["traits"].is_object(), "{json}"),
            MessageType::Alias => {
                assert!(text(&value, "previousId").is_some() && text(&value, "userId").is_some(), "{json}");
            }
        }
        assert_eq!(request.status, 200);
    }
}

#[test]
fn every_request_fits_and_names_its_source_in_one_place() {
    for batch in [1, 20, limits::BATCH_MESSAGES_MAX] {
        let requests = shop(ShopOptions { batch, malformed: 0.3, rate: f64::INFINITY, ..options() });
        for request in &requests {
            assert!(request.body.len() <= 500_000 && request.messages.len() <= batch, "{}", request.body.len());
            let in_body = request.body.contains("shop-test-key");
            assert!(request.basic || in_body || request.status == 400, "nothing says whose messages these are");
        }
        assert!(requests.iter().all(|request| batch > 1 || request.path != "/v1/b" || request.messages.is_empty()));
    }
}

#[test]
fn a_request_holds_its_messages_as_they_are_reported() {
    for request in shop(options()) {
        for message in request.messages.iter() {
            assert!(request.body.contains(&message.json), "{} is not in {}", message.json, request.body);
        }
    }
}

#[test]
fn an_order_adds_up() {
    let requests = shop(options());
    let mut orders = 0;
    for (_, _, value) in well_formed(&requests).filter(|(_, _, value)| text(value, "event") == Some("Order Completed"))
    {
        let order = &value["properties"];
        let number = |key: &str| order[key].as_f64().unwrap();
        let total = number("revenue") + number("shipping") + number("tax");
        assert!((number("total") - total).abs() < 0.005, "{order}");
        assert!((number("subtotal") - number("discount") - number("revenue")).abs() < 0.005, "{order}");
        assert!(order["order_id"].is_string() && order["currency"].as_str().unwrap().len() == 3, "{order}");
        orders += 1;
    }
    assert!(orders > 50, "only {orders} orders");
}

#[test]
fn the_shop_is_believable() {
    let requests = shop(options());
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    let mut devices: HashMap<String, BTreeSet<String>> = HashMap::new();
    let (mut late, mut wrong_clocks, mut unknown) = (0, 0, 0);
    for (request, message, value) in well_formed(&requests) {
        *kinds.entry(text(&value, "type").unwrap().to_owned()).or_default() += 1;
        match (text(&value, "userId"), text(&value, "anonymousId")) {
            (Some(user), Some(device)) => {
                devices.entry(user.to_owned()).or_default().insert(device.to_owned());
            }
            (None, Some(_)) => unknown += 1,
            _ => {}
        }
        let body: Option<Value> = serde_json::from_str(&request.body).ok();
        let sent_at = body.as_ref().and_then(|body| Timestamp::parse(text(body, "sentAt")?));
        let happened = Timestamp::parse(text(&value, "timestamp").unwrap()).unwrap();
        if let Some(sent_at) = sent_at {
            late += u32::from(sent_at.as_millis() - happened.as_millis() > 10 * 60_000);
            wrong_clocks += u32::from((sent_at.as_millis() - request.at.as_millis()).abs() > 60_000);
        }
        assert!(!message.json.contains("shop-test-key") || request.messages.len() == 1);
    }
    assert_eq!(kinds.len(), 6, "not all six calls: {kinds:?}");
    let several = devices.values().filter(|of_user| of_user.len() > 1).count();
    assert!(several * 20 > devices.len(), "{several} of {} people have several devices", devices.len());
    assert!(unknown > 1_000 && late > 100 && wrong_clocks > 100, "{unknown} {late} {wrong_clocks}");
}

#[test]
fn every_kind_of_mistake_is_made() {
    let requests = shop(ShopOptions { malformed: 0.5, ..options() });
    let codes: BTreeSet<_> = requests
        .iter()
        .flat_map(|request| request.messages.iter())
        .filter_map(|message| match message.expected {
            Expected::Rejected(code) => Some(code),
            Expected::Accepted => None,
        })
        .collect();
    assert_eq!(codes.len(), 15, "{codes:?}");
    assert!(requests.iter().any(|request| request.status == 400));
    let damaged = ["\0,", ",,", "[,"].map(|damage| requests.iter().any(|request| request.body.contains(damage)));
    assert_eq!(damaged, [true; 3], "a form of damage to batches is missing");
}

#[test]
fn time_moves_with_the_rate_and_never_back() {
    let requests = shop(ShopOptions { count: Some(500), ..options() });
    assert!(requests.is_sorted_by_key(|request| request.at));
    let passed = requests.last().unwrap().at.as_millis() - options().start.as_millis();
    assert_eq!(passed, 10_000, "500 messages at 50 a second take ten seconds");
}

#[test]
fn senseless_options_are_refused() {
    let refused = |options| Shop::new(options).err();
    assert_eq!(refused(ShopOptions { rate: 0.0, ..options() }), Some(InvalidOptions::Rate));
    assert_eq!(refused(ShopOptions { rate: f64::NAN, ..options() }), Some(InvalidOptions::Rate));
    assert_eq!(refused(ShopOptions { duplicates: 1.1, ..options() }), Some(InvalidOptions::Share("duplicates")));
    assert_eq!(
        refused(ShopOptions { malformed: -0.1, ..options() }),
        Some(InvalidOptions::Share("malformed messages"))
    );
    assert_eq!(refused(ShopOptions { batch: 0, ..options() }), Some(InvalidOptions::Batch));
}
