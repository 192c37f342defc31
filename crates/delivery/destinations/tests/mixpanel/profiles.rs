use prime_destination::{BuildError, Item, Outcome};
use serde_json::json;

use crate::documented::{TOKEN, start};
use crate::exchange::{connect, event, outcomes, send};

#[tokio::test]
async fn identify_sets_the_profile_of_a_person_under_mixpanels_names() {
    let (server, project) = start().await;
    let connection = connect(json!({"projectToken": TOKEN}));
    let traits = json!({"email": "a@example.com", "firstName": "Ada", "plan": "pro"});
    let identify = json!({"type": "identify", "userId": "u", "traits": traits, "context": {"ip": "203.0.113.7"}});
    let item = connection.prepare(&event("m-1", identify)).unwrap();
    assert_eq!(outcomes(&send(&*connection, server, &[item]).await), [Outcome::Delivered]);
    let project = project.lock().unwrap();
    let profile = &project.people["u"];
    assert_eq!(profile["$set"], json!({"$email": "a@example.com", "$first_name": "Ada", "plan": "pro"}));
    assert_eq!(profile["$ip"], "203.0.113.7");
}

#[tokio::test]
async fn group_sets_the_profile_of_a_group_where_the_settings_name_a_key() {
    let (server, project) = start().await;
    let call = event("m-1", json!({"type": "group", "userId": "u", "groupId": "acme", "traits": {"plan": "pro"}}));
    let connection = connect(json!({"projectToken": TOKEN, "groupKey": "company"}));
    let item = connection.prepare(&call).unwrap();
    assert_eq!(outcomes(&send(&*connection, server, &[item]).await), [Outcome::Delivered]);
    assert_eq!(project.lock().unwrap().groups[&("company".into(), "acme".into())]["$set"], json!({"plan": "pro"}));
    let without = connect(json!({"projectToken": TOKEN})).prepare(&call);
    assert!(matches!(without, Err(BuildError::NotWanted { code: "NO_MATCHING_MAPPING", .. })));
}

#[tokio::test]
async fn a_refused_batch_of_profiles_is_halved_until_the_wrong_one_is_alone() {
    let (server, project) = start().await;
    let connection = connect(json!({"projectToken": TOKEN}));
    let another = connect(json!({"projectToken": "another"}));
    let identify = |place: usize| {
        let connection = if place == 5 { &another } else { &connection };
        let call = json!({"type": "identify", "userId": format!("u-{place}"), "traits": {"n": place}});
        connection.prepare(&event(&format!("m-{place}"), call)).unwrap()
    };
    let items: Vec<Item> = (0..16).map(identify).collect();
    let verdicts = send(&*connection, server, &items).await;
    for (place, verdict) in verdicts.iter().enumerate() {
        let expected = if place == 5 { Outcome::DataWrong } else { Outcome::Delivered };
        assert_eq!(verdict.outcome, expected, "{place}");
    }
    let project = project.lock().unwrap();
    // The whole, and two halves of each of four batches with the wrong one in it.
    assert_eq!((project.people.len(), project.requests), (15, 9));
}
