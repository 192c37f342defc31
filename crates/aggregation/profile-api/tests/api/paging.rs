use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::Fixture;

/// Reads all pages; `between` runs after each.
async fn pages(fixture: &Fixture, path: &str, limit: usize, mut between: impl FnMut(usize)) -> Vec<Value> {
    let (mut bodies, mut next) = (Vec::new(), String::new());
    loop {
        let body = fixture.get(&format!("{path}?limit={limit}&next={next}")).await.body;
        let cursor = body["cursor"].clone();
        assert_eq!(cursor["limit"], limit);
        assert_eq!(cursor["url"], format!("/v1/spaces/space/collections/{path}"));
        next = cursor["next"].as_str().unwrap().to_owned();
        assert_eq!(cursor["has_more"], !next.is_empty());
        bodies.push(body);
        if next.is_empty() {
            return bodies;
        }
        between(bodies.len());
    }
}

#[tokio::test]
async fn all_traits_are_reached_through_next_and_none_comes_twice() {
    let fixture = Fixture::new();
    let traits: serde_json::Map<_, _> = (0..25).map(|n| (format!("t\u{e9}{n:02}"), json!(n))).collect();
    let at = "2024-05-01T10:00:00.000Z";
    let identify = json!({"type": "identify", "messageId": "m", "timestamp": at, "traits": traits});
    fixture.take(&["user_id:u1"], identify);
    let path = "users/profiles/user_id:u1/traits";
    let first = fixture.get(path).await.body;
    assert_eq!(first["traits"].as_object().unwrap().len(), 10, "a page of the default size");
    assert_eq!(first["cursor"]["has_more"], true);
    let all = pages(&fixture, path, 7, |_| {}).await;
    let names: Vec<_> = all.iter().flat_map(|body| body["traits"].as_object().unwrap().keys().cloned()).collect();
    assert_eq!(names, traits.keys().cloned().collect::<Vec<_>>());
    assert_eq!(pages(&fixture, path, 25, |_| {}).await.len(), 1, "a full last page has no next one");
}

#[tokio::test]
async fn paging_through_events_while_people_merge_and_part_neither_skips_nor_repeats() {
    let fixture = Fixture::new();
    for number in 0..60 {
        let owner = ["user_id:u1", "anonymous_id:a1", "anonymous_id:a2"][number % 3];
        let at = format!("2024-05-01T10:00:{:02}.000Z", number / 2);
        fixture.take(
            &[owner],
            json!({"type": "track", "event": "E", "messageId": format!("{owner}/{number}"), "timestamp": at}),
        );
    }
    fixture.join("anonymous_id:a1", "user_id:u1");
    let path = "users/profiles/anonymous_id:a1/events";
    let all = pages(&fixture, path, 4, |page| {
        let home = if page % 2 == 0 { "anonymous_id:a2" } else { "user_id:u1" };
        fixture.join("anonymous_id:a2", home);
    });
    let ids: Vec<_> = all.await.iter().flat_map(|body| body["data"].as_array().unwrap().clone()).collect();
    let ids: Vec<_> = ids.iter().map(|event| event["message_id"].as_str().unwrap().to_owned()).collect();
    let distinct: BTreeSet<_> = ids.iter().cloned().collect();
    assert_eq!(ids.len(), distinct.len());
    let stayed = distinct.iter().filter(|id| !id.starts_with("anonymous_id:a2")).count();
    assert_eq!(stayed, 40);
    assert!(distinct.len() > 40, "some of who came and went was there");
}

#[tokio::test]
async fn all_identifiers_and_all_links_are_reached_through_next() {
    let fixture = Fixture::new();
    let at = "2024-05-01T10:00:00.000Z";
    for number in 0..23 {
        let anonymous = format!("anonymous_id:a:{number:02}");
        let track = json!({"type": "track", "event": "E", "messageId": format!("m{number}"), "timestamp": at});
        fixture.take(&["user_id:u1", &anonymous], track);
        let user = format!("user_id:employee-{number}");
        let group = json!({"type": "group", "groupId": "acme", "messageId": format!("g{number}"), "timestamp": at});
        fixture.take(&[&user, "group_id:acme"], group.clone());
        if number % 2 == 0 {
            // Linked by two identifiers of one person.
            let device = format!("anonymous_id:device-{number}");
            fixture.take(&[&device, "group_id:acme"], group);
            fixture.join(&device, &user);
        }
    }
    let ids = pages(&fixture, "users/profiles/user_id:u1/external_ids", 5, |_| {}).await;
    let ids: Vec<_> =
        ids.iter().flat_map(|body| body["data"].as_array().unwrap()).map(|id| id["id"].to_string()).collect();
    assert_eq!((ids.len(), ids.iter().collect::<BTreeSet<_>>().len()), (24, 24));
    let links = pages(&fixture, "accounts/profiles/group_id:acme/links", 4, |_| {}).await;
    let people: Vec<_> = links.iter().flat_map(|body| body["data"].as_array().unwrap()).map(Value::to_string).collect();
    assert_eq!((people.len(), people.iter().collect::<BTreeSet<_>>().len()), (23, 23));
}
