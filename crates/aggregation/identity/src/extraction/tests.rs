use serde_json::{Value as Json, json};

use super::*;
use crate::rules::{BlockedValues, Limit, Rules, Window};

fn event(kind: &str, more: Json) -> String {
    let mut event = json!({
        "type": kind, "messageId": "m", "timestamp": "2024-01-01T00:00:00.000Z", "receivedAt": "2024-01-01T00:00:01.000Z",
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event.to_string()
}

fn found(rules: Rules, kind: &str, more: Json) -> Vec<String> {
    let payload = event(kind, more);
    let extractor = Extractor::new(&rules.compile().unwrap());
    let extracted = extractor.extract(&payload).unwrap();
    let in_words = |found: &Identifier<'_>| match found.collection {
        Collection::Users => found.to_string(),
        Collection::Accounts => format!("account {found}"),
    };
    extracted.identifiers.iter().map(in_words).collect()
}

fn by_default(kind: &str, more: Json) -> Vec<String> {
    found(Rules::default(), kind, more)
}

#[test]
fn every_documented_place_is_read() {
    let more = json!({
        "userId": "u", "anonymousId": "a", "traits": {"email": "t@x.com"},
        "context": {
            "traits": {"email": "C@X.com"},
            "device": {"type": "android", "id": "d", "advertisingId": "ad", "adTrackingEnabled": true, "token": "t"},
            "integrations": {"Google Analytics": {"clientId": "ga.1"}},
            "groupId": "g",
        },
        "properties": {"email": "no@x.com"},
    });
    let all = [
        "user_id:u",
        "email:t@x.com",
        "email:c@x.com",
        "android.id:d",
        "android.idfa:ad",
        "android.push_token:t",
        "anonymous_id:a",
        "ga_client_id:ga.1",
        "account group_id:g",
    ];
    for kind in ["track", "identify", "page", "screen"] {
        assert_eq!(by_default(kind, more.clone()), all, "{kind}");
    }
    let ios = json!({"context": {"device": {"type": "ios", "id": "d", "advertisingId": "ad", "token": "t"}}});
    assert_eq!(by_default("track", ios), ["ios.id:d", "ios.push_token:t"]);
    let other = json!({"userId": "u", "context": {"device": {"type": "tv", "id": "d"}}});
    assert_eq!(by_default("track", other), ["user_id:u"]);
}

#[test]
fn the_group_of_a_group_call_is_its_group_id() {
    assert_eq!(by_default("group", json!({"userId": "u", "groupId": "g"})), ["user_id:u", "account group_id:g"]);
    assert_eq!(by_default("track", json!({"userId": "u", "groupId": "g"})), ["user_id:u"]);
}

#[test]
fn an_alias_call_joins_nobody() {
    assert_eq!(by_default("alias", json!({"userId": "new", "previousId": "old", "anonymousId": "a"})), ["user_id:new"]);
}

#[test]
fn configured_types_are_found_by_their_key_in_both_spellings() {
    let mut rules = Rules::default();
    let mut custom = rules.with_new_type(Collection::Users, "loyalty").types.pop().unwrap();
    custom.read = Reading::Key("loyalty_card".to_owned());
    custom.limit = Limit { values: 2, window: Window::Ever };
    custom.blocked = BlockedValues::none();
    rules.types.push(custom);
    let more = json!({
        "traits": {"loyaltyCard": 7}, "context": {"traits": {"loyalty_card": "B"}}, "properties": {"loyalty_card": "c"},
    });
    assert_eq!(found(rules.clone(), "track", more), ["loyalty:7", "loyalty:B", "loyalty:c"]);
    let none = json!({"traits": {"loyaltyCard": null}, "properties": {"loyalty_card": {"a": 1}, "loyaltycard": "x"}});
    assert!(found(rules, "track", none).is_empty());
}

#[test]
fn external_ids_need_all_four_fields() {
    let more = json!({"context": {"externalIds": [
        {"id": "1", "type": "Phone_Number", "collection": "users", "encoding": "none"},
        {"id": "2", "type": "crm", "collection": "accounts", "encoding": "none"},
        {"id": "3", "type": "crm", "collection": "users"},
        {"id": "4", "type": "crm", "encoding": "none"},
        {"type": "crm", "collection": "users", "encoding": "none"},
        {"id": "5", "type": "not good", "collection": "users", "encoding": "none"},
        {"id": "6", "type": "crm", "collection": "plants", "encoding": "none"},
        {"id": "1", "type": "phone_number", "collection": "users", "encoding": "none"},
        {"id": "A@x.com", "type": "email", "collection": "users", "encoding": "none"},
    ]}});
    assert_eq!(by_default("track", more), ["phone_number:1", "account crm:2", "email:a@x.com"]);
}

#[test]
fn endless_values_and_endless_lists_are_left_out() {
    let long = "é".repeat(VALUE_CHARS_MAX);
    assert_eq!(by_default("track", json!({"userId": long})), [format!("user_id:{long}")]);
    assert!(by_default("track", json!({"userId": format!("{long}x")})).is_empty());
    let many: Vec<_> = (0..100)
        .map(|n| json!({"id": n.to_string(), "type": "crm", "collection": "users", "encoding": "none"}))
        .collect();
    assert_eq!(by_default("track", json!({"context": {"externalIds": many}})).len(), IDENTIFIERS_MAX);
}

#[test]
fn what_has_no_time_happened_when_it_arrived() {
    let rules = Rules::default().compile().unwrap();
    let extractor = Extractor::new(&rules);
    let payload = event("track", json!({"userId": "u"}));
    let extracted = extractor.extract(&payload).unwrap();
    assert_eq!((extracted.message_id.as_ref(), extracted.received_at_ms - extracted.timestamp_ms), ("m", 1_000));
    let payload = event("track", json!({"timestamp": null}));
    let extracted = extractor.extract(&payload).unwrap();
    assert_eq!(extracted.received_at_ms, extracted.timestamp_ms);
    assert!(extractor.extract("{}").is_none() && extractor.extract("nonsense").is_none());
}
