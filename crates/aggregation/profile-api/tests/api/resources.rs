use prime_event::Timestamp;
use prime_profile_api::{ComputedClass, ComputedTrait};
use serde_json::json;

use crate::support::Fixture;

/// Jane came anonymously, signed in, and works for a company.
fn jane() -> Fixture {
    let fixture = Fixture::new();
    let at = |second: u32| format!("2024-05-01T10:00:{second:02}.000Z");
    fixture.take(
        &["user_id:u1", "anonymous_id:a1"],
        json!({"type": "page", "messageId": "m1", "timestamp": at(1), "name": "Home", "properties": {"path": "/"},
               "context": {"library": {"name": "analytics.js"}}}),
    );
    fixture.take(
        &["user_id:u1", "email:jane@x.com", "phone_number:+5555550123"],
        json!({"type": "identify", "messageId": "m2", "timestamp": at(2),
               "traits": {"email": "jane@x.com", "age": 31, "plan": null, "vip": true}}),
    );
    fixture.take(
        &["user_id:u1", "group_id:acme"],
        json!({"type": "group", "messageId": "m3", "timestamp": at(3), "groupId": "acme", "traits": {"industry": "Tools"}}),
    );
    fixture.take(
        &["user_id:u1"],
        json!({"type": "track", "messageId": "m4", "timestamp": at(4), "event": "Order Completed",
               "properties": {"total": 12.5}, "context": {"traits": {"plan": "from context"}}}),
    );
    fixture
}

#[tokio::test]
async fn traits_are_those_of_identify_with_null_kept_and_context_left_out() {
    let fixture = jane();
    let path = "users/profiles/user_id:u1/traits";
    let answer = fixture.get(path).await;
    assert_eq!(
        answer.body,
        json!({
            "traits": {"age": 31, "email": "jane@x.com", "plan": null, "vip": true},
            "cursor": {"url": "/v1/spaces/space/collections/users/profiles/user_id:u1/traits", "has_more": false, "next": "", "limit": 10},
        })
    );
    assert_eq!(answer.headers["content-type"], "application/json");
    let verbose = fixture.get(&format!("{path}?verbose=true&include=age,vip,none")).await;
    let shown = |value| json!({"value": value, "source_id": "web", "updated_at": "2024-05-01T10:00:02.000Z"});
    assert_eq!(verbose.body["traits"], json!({"age": shown(json!(31)), "vip": shown(json!(true))}));
}

#[tokio::test]
async fn any_identifier_and_the_profile_s_own_id_lead_to_the_same_profile() {
    let fixture = jane();
    let expected = fixture.get("users/profiles/user_id:u1/traits").await.body["traits"].clone();
    let events = fixture.get("users/profiles/user_id:u1/events").await;
    let own_id = events.body["data"][0]["related"]["users"].as_str().unwrap().to_owned();
    for name in ["anonymous_id:a1", "email:jane@x.com", "email%3Ajane%40x.com", "phone_number:%2B5555550123", &own_id] {
        let answer = fixture.get(&format!("users/profiles/{name}/traits")).await;
        assert_eq!(answer.body["traits"], expected, "{name}");
    }
}

#[tokio::test]
async fn computed_traits_and_audiences_are_traits_that_can_be_asked_for_by_class() {
    let fixture = jane();
    let computed = |name: &str, class, value: &str| ComputedTrait {
        name: name.into(),
        class,
        value: value.into(),
        source_id: "computation".into(),
        updated_at: Timestamp::from_millis(0),
    };
    *fixture.space.computed.lock() = vec![
        computed("big_spenders", ComputedClass::Audience, "true"),
        computed("orders", ComputedClass::ComputedTrait, "3"),
    ];
    let path = "users/profiles/user_id:u1/traits";
    let of = async |query: &str| fixture.get(&format!("{path}?{query}")).await.body["traits"].clone();
    assert_eq!(of("class=audience").await, json!({"big_spenders": true}));
    assert_eq!(of("class=computed_trait").await, json!({"orders": 3}));
    assert_eq!(of("").await.as_object().unwrap().len(), 6);
}

#[tokio::test]
async fn external_ids_tell_where_and_when_each_was_first_seen() {
    let fixture = jane();
    let answer = fixture.get("users/profiles/email:jane@x.com/external_ids").await;
    let id = |kind: &str, id: &str, second: u32| {
        json!({"source_id": "web", "collection": "users", "id": id, "type": kind,
               "created_at": format!("2024-05-01T10:00:0{second}.000Z"), "encoding": "none",
               "first_message_id": format!("m{second}")})
    };
    let expected = json!([
        id("anonymous_id", "a1", 1),
        id("email", "jane@x.com", 2),
        id("phone_number", "+5555550123", 2),
        id("user_id", "u1", 1),
    ]);
    assert_eq!(answer.body["data"], expected);
    let some = fixture.get("users/profiles/email:jane@x.com/external_ids?include=user_id,email&verbose=true").await;
    assert_eq!(some.body["data"], json!([expected[1], expected[3]]));
}

#[tokio::test]
async fn events_come_newest_first_with_what_they_said() {
    let fixture = jane();
    let answer = fixture.get("users/profiles/user_id:u1/events").await;
    let events = answer.body["data"].as_array().unwrap();
    let names: Vec<_> = events.iter().map(|event| event["event"].as_str()).collect();
    assert_eq!(names, [Some("Order Completed"), None, None, Some("Page Viewed")]);
    let order = &events[0];
    assert_eq!(order["properties"], json!({"total": 12.5}));
    assert_eq!(
        order["external_ids"],
        json!([{"collection": "users", "type": "user_id", "id": "u1", "encoding": "none"}])
    );
    assert_eq!(
        (&order["type"], &order["message_id"], &order["source_id"]),
        (&json!("track"), &json!("m4"), &json!("web"))
    );
    assert_eq!(order["timestamp"], "2024-05-01T10:00:04.000Z");
    assert_eq!(order["context"], json!({"traits": {"plan": "from context"}}));
    assert!(order["related"]["users"].as_str().unwrap().starts_with("use_"));
    assert_eq!(events[3]["external_ids"].as_array().unwrap().len(), 2);

    let of = async |query: &str| {
        let answer = fixture.get(&format!("users/profiles/user_id:u1/events?{query}")).await;
        let ids = answer.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["message_id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(of("sort=asc").await, ["m1", "m2", "m3", "m4"]);
    assert_eq!(of("include=Page%20Viewed").await, ["m1"]);
    assert_eq!(of("exclude=Page%20Viewed,Order%20Completed").await, ["m3", "m2"]);
    assert_eq!(of("start=2024-05-01T10:00:02Z&end=2024-05-01T10:00:03Z").await, ["m3", "m2"]);
}

#[tokio::test]
async fn metadata_tells_the_first_and_the_last_event() {
    let answer = jane().get("users/profiles/anonymous_id:a1/metadata?verbose=true").await;
    let expected = json!({"metadata": {
        "created_at": "2024-05-01T10:00:01.000Z", "updated_at": "2024-05-01T10:00:04.000Z", "expires_at": null,
        "first_message_id": "m1", "first_source_id": "web", "last_message_id": "m4", "last_source_id": "web",
    }});
    assert_eq!(answer.body, expected);
}

#[tokio::test]
async fn people_and_accounts_are_linked_both_ways() {
    let fixture = jane();
    let accounts = fixture.get("users/profiles/email:jane@x.com/links").await;
    let since = "2024-05-01T10:00:03.000Z";
    let acme = json!({"to_collection": "accounts", "external_ids": [{"source_id": "web", "collection": "accounts",
        "id": "acme", "type": "group_id", "created_at": since, "encoding": "none"}]});
    assert_eq!(accounts.body["data"], json!([acme]));
    let people = fixture.get("accounts/profiles/group_id:acme/links?limit=20").await;
    assert_eq!(people.body["data"][0]["to_collection"], "users");
    assert_eq!(people.body["data"][0]["external_ids"].as_array().unwrap().len(), 4);
    let account = fixture.get("accounts/profiles/group_id:acme/traits").await;
    assert_eq!(account.body["traits"], json!({"industry": "Tools"}));
}
