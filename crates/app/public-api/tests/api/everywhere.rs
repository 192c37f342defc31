//! What holds at every address.

use prime_control::Scope;
use serde_json::{Value, json};

use super::{Server, server};

/// Method and address of every operation in the OpenAPI document, with made-up ids.
fn operations() -> Vec<(String, String, bool)> {
    let document = serde_json::to_value(prime_public_api::openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let mut filled = String::new();
        for part in path.split('/').skip(1) {
            filled.push('/');
            filled.push_str(if part.starts_with('{') { "made-up" } else { part });
        }
        for (method, operation) in methods.as_object().unwrap() {
            let open = operation["security"].as_array().is_some_and(|list| list == &[json!({})]);
            let query = if filled.contains("made-up") { required_query(operation) } else { String::new() };
            operations.push((method.to_uppercase(), format!("{filled}{query}"), open));
        }
    }
    assert!(operations.len() > 45, "{}", operations.len());
    operations
}

/// What an operation cannot do without, so that it is read far enough to refuse the caller.
fn required_query(operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let required = parameters.filter(|it| it["in"] == "query" && it["required"] == true);
    let pairs: Vec<_> = required.map(|it| format!("{}=user_id:made-up", it["name"].as_str().unwrap())).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// A body that every operation which takes one can read far enough to refuse it.
fn body(method: &str) -> Option<Value> {
    ["POST", "PATCH", "PUT"].contains(&method).then(|| json!({}))
}

#[tokio::test]
async fn every_operation_but_signing_in_and_setting_up_asks_who_calls() {
    let server = server();
    for (method, path, open) in operations() {
        let answer = server.send(&method, &path, &[], body(&method)).await;
        assert_eq!(answer.status == 401, !open, "{method} {path}: {}", answer.body);
        answer.refusal();
        let foreign = server.ask_with("pd_made-up", &method, &path, body(&method)).await;
        assert_eq!(foreign.status == 401, !open, "{method} {path}: {}", foreign.body);
    }
    let open: Vec<_> = operations().into_iter().filter(|(_, _, open)| *open).map(|(_, path, _)| path).collect();
    assert_eq!(open, ["/setup", "/setup", "/session"]);
}

#[tokio::test]
async fn a_token_does_nothing_that_its_scopes_do_not_say() {
    let server = server();
    // Scopes that between them allow nothing but what is named here.
    let weak = server.token_with(&[Scope::WorkspaceRead]);
    let allowed = ["GET /", "GET /users", "GET /audit-events", "GET /configuration", "GET /echo"];
    for (method, path, open) in operations() {
        let name = format!("{method} {path}");
        if open || path.starts_with("/catalog") || allowed.contains(&name.as_str()) {
            continue;
        }
        let answer = server.ask_with(&weak, &method, &path, valid_body(&method, &path)).await;
        assert_eq!(answer.status, 403, "{name}: {}", answer.body);
        answer.refusal();
    }
}

/// Bodies that read well, so that the scope is what refuses.
fn valid_body(method: &str, path: &str) -> Option<Value> {
    body(method)?;
    Some(match path {
        "/workspace" => json!({"name": "Shop"}),
        "/sources" => json!({"slug": "web", "metadataId": "node"}),
        "/destinations" => json!({"sourceId": "made-up", "metadataId": "webhook"}),
        "/tokens" => json!({"name": "ci", "scopes": ["*"]}),
        "/replays" | "/replays/preview" => json!({
            "destinationId": "made-up", "startTime": "2026-01-01T00:00:00Z", "endTime": "2026-01-02T00:00:00Z",
            "only": "EVERYTHING",
        }),
        "/invites" => json!({"email": "a@example.com", "role": "Workspace Member"}),
        "/oauth-apps" => json!({"name": "app", "publicKey": ""}),
        "/oauth-apps/made-up/keys" => json!({"publicKey": ""}),
        "/identity/operations" | "/identity/operations/preview" => json!({"operation": {"kind": "undo", "number": 1}}),
        "/identity/rules" => json!({"rules": {}, "expectedVersion": 1}),
        "/identity/rules/validate" | "/identity/rules/preview" => json!({"rules": {}}),
        "/identity/rules/rollback" => json!({"version": 1}),
        "/profile-tokens" => json!({"name": "web"}),
        "/person-tokens" => json!({"profile": "user_id:1", "resources": ["traits"]}),
        "/sources/made-up/writekey/made-up" => json!({"enabled": false}),
        _ => json!({}),
    })
}

#[tokio::test]
async fn an_unknown_id_is_not_found_everywhere() {
    let server = server();
    for (method, path, _) in operations() {
        if path.contains("made-up") {
            let answer = server.ask(&method, &path, valid_body(&method, &path)).await;
            assert!([404, 422].contains(&answer.refusal().0), "{method} {path}: {}", answer.body);
            assert!(answer.status == 404 || path.contains("keys"), "{method} {path}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_refused_in_our_own_form() {
    let server = server();
    assert_eq!(server.get("/nothing").await.refusal().0, 404);
    assert_eq!(server.ask("PUT", "/sources", None).await.refusal().0, 405);
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused_by_what_is_wrong() {
    let server = server();
    let send = async |kind: &str, body: &str| {
        let request = http::Request::builder()
            .method("POST")
            .uri("/sources")
            .header("authorization", format!("Bearer {}", server.token))
            .header("content-type", kind)
            .body(axum::body::Body::from(body.to_owned()))
            .unwrap();
        let response = tower::ServiceExt::oneshot(server.router.clone(), request).await.unwrap();
        let answer = super::Answer::read(response).await;
        let (status, field) = answer.refusal();
        (status, field.to_owned())
    };
    assert_eq!(send("text/plain", "{}").await.0, 415);
    assert_eq!(send("application/json", "{\"slug\"").await.0, 400);
    assert_eq!(send("application/vnd.segment.v1+json", "{}").await, (422, "slug".into()));
    assert_eq!(send("application/json; charset=utf-8", "{\"slug\": 1}").await, (422, "slug".into()));
    assert_eq!(
        send("application/json", "{\"slug\": \"a\", \"metadataId\": \"node\", \"x\": 1}").await,
        (422, "x".into())
    );
    assert_eq!(send("application/json", &" ".repeat(1024 * 1024 + 1)).await.0, 413);
}

#[tokio::test]
async fn no_answer_is_kept_by_a_browser_or_a_proxy() {
    let server = server();
    for answer in
        [server.get("/sources").await, server.get("/nothing").await, server.ask("PUT", "/sources", None).await]
    {
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn the_document_is_served_to_everybody() {
    let server = server();
    let answer = server.send("GET", "/openapi.json", &[], None).await;
    assert_eq!(answer.body["openapi"], "3.1.0");
    assert_eq!(answer.body, serde_json::to_value(prime_public_api::openapi()).unwrap());
}

/// Every answer of the happy paths has the shape that the document gives it: the fields that are required are there.
pub(super) fn assert_described(schema_name: &str, value: &Value) {
    let document = serde_json::to_value(prime_public_api::openapi()).unwrap();
    let schema = &document["components"]["schemas"][schema_name];
    assert!(schema.is_object(), "there is no schema {schema_name}");
    for field in schema["required"].as_array().into_iter().flatten() {
        assert!(value.get(field.as_str().unwrap()).is_some(), "{schema_name} lacks {field}: {value}");
    }
    for field in value.as_object().unwrap().keys() {
        assert!(schema["properties"].get(field).is_some(), "{schema_name} does not describe {field}");
    }
}

#[tokio::test]
async fn answers_have_the_shape_that_the_document_gives_them() {
    let server: Server = server();
    let source = server.first_source();
    server.event(&source, json!({"type": "track", "event": "Paid", "userId": "u", "messageId": "m"})).await;
    server.rejection(&source, "event_not_defined", b"{}").await;
    let first_of = |answer: &Value, list: &str| answer[list][0].clone();
    assert_described("Source", &first_of(server.get("/sources").await.data(), "sources"));
    let destination = first_of(server.get("/destinations").await.data(), "destinations");
    assert_described("Destination", &destination);
    assert_described("DestinationMetadata", &destination["metadata"]);
    for option in destination["metadata"]["options"].as_array().unwrap() {
        assert_described("DestinationOption", option);
    }
    assert_described("Event", &first_of(server.get("/events").await.data(), "events"));
    assert_described("Rejected", &first_of(server.get("/rejected").await.data(), "rejected"));
    assert_described("AuditEvent", &first_of(server.get("/audit-events").await.data(), "events"));
    assert_described("SourceMetadata", &first_of(server.get("/catalog/sources").await.data(), "sourcesCatalog"));
    let first = prime_event::FirstSeen {
        received: prime_event::Timestamp::from_millis(0)..=prime_event::Timestamp::from_millis(1),
        events: Some(0..1),
    };
    server.duplicate(&source, "m", first, b"{}").await;
    let duplicate = server.get("/duplicates/0").await;
    assert_described("DuplicateDetail", duplicate.data());
    assert_described("Duplicate", &duplicate.data()["duplicate"]);
    let ledger = server.get("/ledger").await;
    assert_described("Ledger", ledger.data());
    assert_described("LedgerRow", &ledger.data()["rows"][0]);
    assert_described("LedgerCounts", &ledger.data()["totals"]);
    server.api.counters.deduplication(0, Some(prime_runtime::DedupeStatus::default()));
    assert_described("Deduplication", &server.get("/deduplication").await.data()["deduplication"]);
    let overview = server.get("/overview").await;
    assert_described("Overview", overview.data());
    assert_described("SourceOverview", &first_of(overview.data(), "sources"));
    assert_described("DestinationOverview", &first_of(overview.data(), "destinations"));
}
