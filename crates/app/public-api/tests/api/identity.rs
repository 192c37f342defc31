use serde_json::{Value, json};

use super::Server;
use super::everywhere::assert_described;
use super::people::town;

fn user(kind: &str, value: &str) -> Value {
    json!({"type": kind, "value": value})
}

async fn id_of(server: &Server, name: &str) -> Value {
    server.get(&format!("/profiles/{name}")).await.data()["profile"]["id"].clone()
}

#[tokio::test]
async fn a_split_is_shown_first_then_carried_out_and_taken_back() {
    let server = town().await;
    let jane = id_of(&server, "user_id:jane").await;
    let split = json!({"kind": "split", "profileId": jane, "identifiers": [user("anonymous_id", "laptop")]});
    let answer = server.post("/identity/operations/preview", json!({"operation": split})).await;
    let preview = &answer.data()["preview"];
    assert_described("OperationPreview", preview);
    // Nothing keeps the laptop from Joe any more, who said on it who he is.
    let labels = |side: &str| -> Vec<_> {
        preview[side].as_array().unwrap().iter().map(|outline| outline["label"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (labels("before"), labels("after")),
        (vec!["Jane Doe".into(), "Joe Bloggs".into()], vec!["Joe Bloggs".to_owned(), "Jane Doe".to_owned()]),
        "{preview}"
    );
    let moved: Vec<_> = preview["moves"].as_array().unwrap().iter().map(|it| &it["identifier"]["value"]).collect();
    assert_eq!(moved, ["laptop", "joe"]);
    let sentences = preview["sentences"].as_array().unwrap();
    assert!(
        sentences.iter().all(|it| it.as_str().unwrap().contains("into one profile with others, use_")),
        "{preview}"
    );
    assert_eq!(id_of(&server, "anonymous_id:laptop").await, jane, "nothing has happened");

    let body = json!({"operation": split, "reason": "shared", "fingerprint": preview["fingerprint"]});
    let done = server.post("/identity/operations", body).await;
    let operation = &done.data()["operation"];
    assert_described("OperationEntry", operation);
    assert_eq!(
        (&operation["number"], &operation["reason"], &operation["undone"]),
        (&json!(1), &json!("shared"), &json!(null))
    );
    let laptop = id_of(&server, "anonymous_id:laptop").await;
    assert_ne!(laptop, jane);
    assert_eq!(preview["moves"][0]["to"], laptop);
    assert_eq!(laptop, id_of(&server, "user_id:joe").await);
    assert_eq!(server.get("/profiles/anonymous_id:laptop").await.data()["profile"]["counts"]["total"], 2);
    assert_eq!(server.get("/profiles/user_id:jane").await.data()["profile"]["counts"]["total"], 4);

    let undo = json!({"operation": {"kind": "undo", "number": 1}});
    let undone = server.post("/identity/operations", undo.clone()).await;
    assert!(undone.data()["operation"]["undone"]["at"].is_string());
    assert_eq!(id_of(&server, "anonymous_id:laptop").await, jane);
    assert_eq!(server.post("/identity/operations", undo).await.refusal(), (422, "operation.number"));
    let audit = server.get("/audit-events").await;
    let kinds: Vec<_> =
        audit.data()["events"].as_array().unwrap().iter().take(2).map(|it| it["type"].clone()).collect();
    assert_eq!(kinds, ["Profile Operation Undone", "Profile Split"]);
    let listed = server.get("/identity/operations").await;
    assert_eq!(listed.data()["operations"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_would_do_something_else_by_now_is_refused() {
    let server = town().await;
    let jane = id_of(&server, "user_id:jane").await;
    let split = json!({"kind": "split", "profileId": jane, "identifiers": [user("anonymous_id", "laptop")]});
    let preview = server.post("/identity/operations/preview", json!({"operation": split})).await;
    let fingerprint = preview.data()["preview"]["fingerprint"].clone();
    server.happened(&[json!({"type": "track", "event": "x", "anonymousId": "laptop", "userId": "jane", "context": {"traits": {"email": "j2@example.com"}}})]).await;
    server.happened(&[json!({"type": "track", "event": "x", "anonymousId": "laptop", "context": {"traits": {"email": "j3@example.com"}}})]).await;
    let late = server.post("/identity/operations", json!({"operation": split, "fingerprint": fingerprint})).await;
    assert_eq!(late.refusal().0, 409);
    assert_eq!(id_of(&server, "anonymous_id:laptop").await, jane);
}

#[tokio::test]
async fn an_identifier_is_removed_and_an_edge_disregarded() {
    let server = town().await;
    let jane = id_of(&server, "user_id:jane").await;
    let act = async |operation: Value| server.post("/identity/operations", json!({"operation": operation})).await;
    let removed =
        act(json!({"kind": "remove", "profileId": jane, "identifier": user("email", "jane@example.com")})).await;
    assert_eq!(removed.data()["operation"]["kind"], "remove");
    assert_eq!(server.get("/profiles/email:jane@example.com").await.refusal().0, 404);
    let profile = server.get("/profiles/user_id:jane").await.data()["profile"].clone();
    let email = profile["identifiers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["identifier"]["type"] == "email")
        .unwrap()
        .clone();
    assert_eq!(email["isRemoved"], true);
    for (operation, field) in [
        (
            json!({"kind": "remove", "profileId": jane, "identifier": user("email", "jane@example.com")}),
            "operation.identifier",
        ),
        (json!({"kind": "remove", "profileId": jane, "identifier": user("user_id", "jane")}), "operation.identifier"),
        (json!({"kind": "remove", "profileId": "jane", "identifier": user("user_id", "jane")}), "operation.profileId"),
        (json!({"kind": "apart", "left": [user("user_id", "jane")], "right": []}), "operation.left"),
        (
            json!({"kind": "disregard", "identifiers": [user("user_id", "jane"), user("user_id", "joe")]}),
            "operation.identifiers",
        ),
        (json!({"kind": "release", "identifier": user("user_id", "jane")}), "operation.identifier"),
        (json!({"kind": "dance"}), "operation"),
    ] {
        let refused = act(operation.clone()).await;
        assert_eq!(refused.status, 422, "{operation}");
        assert!(refused.refusal().1.starts_with(field) || field == "operation", "{operation}: {}", refused.body);
    }

    let set = json!([user("anonymous_id", "laptop"), user("user_id", "jane")]);
    act(json!({"kind": "disregard", "identifiers": set})).await.data();
    assert_ne!(id_of(&server, "anonymous_id:laptop").await, id_of(&server, "user_id:jane").await);
}

#[tokio::test]
async fn rules_are_tried_on_everybody_applied_and_rolled_back() {
    let server = town().await;
    let got = server.get("/identity/rules").await.data().clone();
    let (mut rules, version) = (got["rules"].clone(), got["version"].as_u64().unwrap());
    let types = rules["types"].as_array_mut().unwrap();
    let limit = types.iter_mut().find(|rule| rule["type"] == "anonymous_id").unwrap();
    limit["limit"] = json!({"values": 1, "window": "ever"});

    let preview = server.post("/identity/rules/preview", json!({"rules": rules})).await;
    let preview = &preview.data()["preview"];
    assert_described("RulesPreview", preview);
    // The laptop leaves Jane, who has a phone, and is Joe's.
    assert_eq!((&preview["split"], &preview["merged"]), (&json!(1), &json!(1)), "{preview}");
    assert_eq!(id_of(&server, "anonymous_id:laptop").await, id_of(&server, "user_id:jane").await);

    let body = json!({"rules": rules, "expectedVersion": version});
    let applied = server.ask("PUT", "/identity/rules", Some(body.clone())).await;
    assert_eq!(applied.data()["version"], version + 1);
    assert_ne!(id_of(&server, "anonymous_id:laptop").await, id_of(&server, "user_id:jane").await);
    assert_eq!(server.ask("PUT", "/identity/rules", Some(body)).await.refusal().0, 409);

    let versions = server.get("/identity/rules/versions").await;
    let newest = &versions.data()["versions"][0];
    assert_described("RulesVersion", newest);
    assert_eq!((&newest["version"], &newest["isInForce"]), (&json!(version + 1), &json!(true)));
    assert!(newest["by"].is_string());
    let back = server.post("/identity/rules/rollback", json!({"version": version})).await;
    assert_eq!(back.data()["version"], version + 2);
    assert_eq!(id_of(&server, "anonymous_id:laptop").await, id_of(&server, "user_id:jane").await);
    let first = server.get(&format!("/identity/rules/versions/{version}")).await;
    assert_eq!(first.data()["rules"]["types"], back.data()["rules"]["types"]);
    assert_eq!(server.post("/identity/rules/rollback", json!({"version": 99})).await.refusal(), (422, "version"));
    assert_eq!(server.get("/identity/rules/versions/99").await.refusal().0, 404);
}

#[tokio::test]
async fn rules_that_cannot_be_used_are_told_all_that_is_wrong() {
    let server = town().await;
    let mut rules = server.get("/identity/rules").await.data()["rules"].clone();
    rules["types"][0]["limit"]["values"] = json!(0);
    rules["types"][1]["priority"] = json!(0);
    let problems = server.post("/identity/rules/validate", json!({"rules": rules})).await;
    let problems = problems.data()["problems"].as_array().unwrap().clone();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems.iter().all(|problem| problem.as_str().unwrap().ends_with('.')));
    let refused = server.post("/identity/rules/preview", json!({"rules": rules})).await;
    assert_eq!(refused.refusal(), (422, "rules"));
    rules["types"][0]["limit"] = json!("five");
    let unread = server.post("/identity/rules/validate", json!({"rules": rules})).await;
    assert!(unread.data()["problems"][0].as_str().unwrap().contains("types[0].limit"), "{}", unread.body);
}

#[tokio::test]
async fn figures_and_hairballs_are_told() {
    let server = town().await;
    let answer = server.get("/identity").await;
    let identity = &answer.data()["identity"];
    assert_described("IdentityStatus", identity);
    assert_eq!((&identity["profiles"], &identity["behind"], &identity["applied"]), (&json!(3), &json!(0), &json!(6)));
    let rules = server.get("/identity/rules").await.data().clone();
    let mut changed = rules["rules"].clone();
    changed["hairballs"]["sets"] = json!(2);
    let body = json!({"rules": changed, "expectedVersion": rules["version"]});
    server.ask("PUT", "/identity/rules", Some(body)).await.data();
    let hairballs = server.get("/identity/hairballs").await;
    assert_eq!(hairballs.data()["setsMax"], 2);
    let first = hairballs.data()["hairballs"][0].clone();
    assert_described("Hairball", &first);
    let release = json!({"operation": {"kind": "release", "identifier": first["identifier"]}});
    assert_eq!(server.post("/identity/operations", release).await.data()["operation"]["kind"], "release");
    let fewer = server.get("/identity/hairballs").await;
    assert_eq!(fewer.data()["total"].as_u64().unwrap() + 1, hairballs.data()["total"].as_u64().unwrap());
}
