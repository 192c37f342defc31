use serde_json::{Value, json};

use super::Server;
use super::everywhere::assert_described;
use super::people::town;

async fn found(server: &Server, query: &str) -> Vec<String> {
    let answer = server.get(&format!("/profiles?query={query}")).await;
    let profiles = answer.data()["profiles"].as_array().unwrap().iter();
    profiles.map(|profile| profile["label"].as_str().unwrap().to_owned()).collect()
}

async fn id_of(server: &Server, name: &str) -> String {
    server.get(&format!("/profiles/{name}")).await.data()["profile"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn people_are_found_by_any_identifier_and_by_the_beginning_of_their_names() {
    let server = town().await;
    for query in ["phone", "laptop", "jane", "user_id:jane", "jane@example.com", "JANE@example.com", "doe", "jan+do"] {
        assert!(found(&server, query).await.contains(&"Jane Doe".to_owned()), "{query}");
    }
    assert_eq!(found(&server, &id_of(&server, "user_id:jane").await).await, ["Jane Doe"]);
    assert_eq!(found(&server, "blog").await, ["Joe Bloggs"]);
    assert_eq!(found(&server, "initech").await, ["Initech"]);
    assert_eq!(found(&server, "jane+bloggs").await, Vec::<String>::new());
    assert_eq!(found(&server, "nobody").await, Vec::<String>::new());
    let of_accounts = server.get("/profiles?query=initech&collection=users").await;
    assert_eq!(of_accounts.data()["profiles"], json!([]));
    assert_eq!(server.get("/profiles?limit=0").await.refusal(), (422, "limit"));
    assert_eq!(server.get("/profiles?collection=dogs").await.refusal(), (422, "collection"));
}

#[tokio::test]
async fn without_a_query_those_who_were_active_last_come_first() {
    let server = town().await;
    let answer = server.get("/profiles").await;
    let labels: Vec<_> = answer.data()["profiles"].as_array().unwrap().iter().map(|row| row["label"].clone()).collect();
    assert_eq!(labels, ["Jane Doe", "Initech", "Joe Bloggs"]);
    let row = &answer.data()["profiles"][0];
    assert_eq!((&row["events"], &row["found"]["by"]), (&json!(5), &json!("recent")));
    assert_eq!(row["identifiers"][0], json!({"collection": "users", "type": "user_id", "value": "jane"}));
}

#[tokio::test]
async fn a_profile_shows_identifiers_with_their_origin_and_traits_digit_for_digit() {
    let server = town().await;
    let answer = server.get("/profiles/anonymous_id:phone").await;
    let profile = &answer.data()["profile"];
    assert_described("ProfileDetail", profile);
    let identifiers: Vec<_> = profile["identifiers"].as_array().unwrap().iter().collect();
    assert_eq!(identifiers.len(), 4, "{profile}");
    assert_described("ProfileIdentifier", identifiers[0]);
    assert_eq!(
        (&identifiers[0]["identifier"]["value"], &identifiers[0]["origin"]["messageId"]),
        (&json!("phone"), &json!("m0"))
    );
    assert_eq!(profile["mergedIds"].as_array().unwrap().len(), 1, "the laptop was somebody for two minutes");
    let merged = profile["mergedIds"][0].as_str().unwrap();
    assert_eq!(server.get(&format!("/profiles/{merged}")).await.data()["profile"]["id"], profile["id"]);
    let traits: Vec<_> = profile["traits"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert_eq!(traits, ["age", "email", "name"]);
    assert_described("ProfileTrait", &profile["traits"][0]);
    assert_eq!(profile["counts"]["total"], 5);
    assert_eq!(profile["links"][0]["profile"]["label"], "Initech");
    let account = server.get("/profiles/group_id:initech").await;
    assert_eq!(account.data()["profile"]["links"][0]["profile"]["label"], "Jane Doe");
    let links = server.get("/profiles/group_id:initech/links").await;
    assert_eq!(links.data()["links"][0]["profile"]["label"], "Jane Doe");
    assert_eq!(server.get("/profiles/user_id:JANE").await.refusal().0, 404);
}

#[tokio::test]
async fn events_come_in_pages_and_by_type_name_and_time() {
    let server = town().await;
    let path = "/profiles/user_id:jane/events";
    let ids = async |query: &str| -> (Vec<Value>, Value) {
        let answer = server.get(&format!("{path}?{query}")).await;
        let events = answer.data()["events"].as_array().unwrap();
        (events.iter().map(|event| event["messageId"].clone()).collect(), answer.data()["pagination"]["next"].clone())
    };
    let (first, next) = ids("limit=2").await;
    assert_eq!(first, ["m5", "m3"]);
    let (second, _) = ids(&format!("limit=3&pagination[cursor]={}", next.as_str().unwrap())).await;
    assert_eq!(second, ["m2", "m1", "m0"]);
    assert_eq!(ids("sort=asc&type=page").await.0, ["m0", "m1"]);
    assert_eq!(ids("name=Paid").await.0, ["m3"]);
    assert_eq!(ids("name=Page+Viewed,Paid&start=2023-11-14T22:14:20Z").await.0, ["m3", "m1"]);
    assert_eq!(ids("end=2023-11-14T22:13:20Z").await.0, ["m0"]);
    let event = server.get(&format!("{path}?name=Paid")).await.data()["events"][0].clone();
    assert_described("ProfileEvent", &event);
    assert_eq!(event["owner"]["value"], "jane");
    assert_eq!(event["identifiers"], json!([{"collection": "users", "type": "anonymous_id", "value": "laptop"}]));
    for (query, field) in [("type=dog", "type"), ("sort=up", "sort"), ("start=now", "start"), ("limit=0", "limit")] {
        assert_eq!(server.get(&format!("{path}?{query}")).await.refusal(), (422, field));
    }
    assert_eq!(server.get(&format!("{path}?pagination[cursor]=x")).await.refusal(), (422, "pagination[cursor]"));
}

#[tokio::test]
async fn the_graph_shows_what_joined_and_what_was_dropped_and_any_two_are_explained() {
    let server = town().await;
    let answer = server.get("/profiles/user_id:joe/graph").await;
    let graph = &answer.data()["graph"];
    assert_described("ProfileGraph", graph);
    assert_eq!(graph["nodes"][0]["identifier"]["value"], "joe");
    let edge = &graph["edges"][0];
    assert_described("GraphEdge", edge);
    assert_eq!(
        (&edge["dropped"][0]["identifier"]["value"], &edge["dropped"][0]["reason"]),
        (&json!("laptop"), &json!("limit"))
    );

    let path = "/profiles/user_id:jane/explanation?from=anonymous_id:phone&to=anonymous_id:laptop";
    let explained = server.get(path).await;
    let steps = explained.data()["explanation"]["steps"].as_array().unwrap();
    let told: Vec<_> =
        steps.iter().map(|step| (step["messageId"].as_str().unwrap(), step["to"]["value"].as_str().unwrap())).collect();
    assert_eq!(told, [("m2", "jane"), ("m3", "laptop")]);
    let apart = server.get("/profiles/user_id:jane/explanation?from=user_id:jane&to=user_id:joe").await;
    assert_eq!(apart.refusal().0, 404);
    assert_eq!(
        server.get("/profiles/user_id:jane/explanation?from=jane&to=user_id:joe").await.refusal(),
        (422, "from")
    );
}

#[tokio::test]
async fn a_node_without_profiles_says_where_they_are() {
    let server = super::server();
    let mut api = server.api.clone();
    api.profiles = None;
    let elsewhere = Server { router: prime_public_api::router(api.clone()), api, ..server };
    assert_eq!(elsewhere.get("/profiles").await.refusal().0, 503);
    assert_eq!(elsewhere.get("/identity").await.refusal().0, 503);
}
