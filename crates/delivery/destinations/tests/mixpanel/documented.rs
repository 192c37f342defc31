//! A server on this machine that keeps to Mixpanel's public reference: Import Events (authentication, validation with
//! `strict=1`, deduplication, limits), Set Property of people and groups (`verbose=1`), and the pages on each error.
//!
//! It is not Mixpanel: what the reference leaves open, it answers in the plainest way.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};

pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const PROJECT: &str = "42";
/// `account.mp-service:hunter2` in base64.
pub(crate) const ACCOUNT: &str = "YWNjb3VudC5tcC1zZXJ2aWNlOmh1bnRlcjI=";
/// `TOKEN:` in base64.
const TOKEN_BASIC: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY6";

const EVENTS_MAX: usize = 2_000;
const BYTES_MAX: usize = 2_000_000;
const EVENT_BYTES_MAX: usize = 1_000_000;
const PROPERTIES_MAX: usize = 254;
/// The time of the server: 2026-01-01T00:00:00Z.
pub(crate) const NOW_MS: i64 = 1_767_225_600_000;
const NO_IDS: [&str; 17] = [
    "00000000-0000-0000-0000-000000000000",
    "anon",
    "anonymous",
    "nil",
    "none",
    "null",
    "n/a",
    "na",
    "undefined",
    "unknown",
    "<nil>",
    "0",
    "-1",
    "true",
    "false",
    "[]",
    "{}",
];

/// What the server has: events by what makes them the same, people, groups; and how often it was asked.
#[derive(Debug, Default)]
pub(crate) struct Project {
    pub(crate) events: BTreeMap<(String, i64, String, String), Value>,
    pub(crate) people: BTreeMap<String, Value>,
    pub(crate) groups: BTreeMap<(String, String), Value>,
    pub(crate) requests: usize,
    /// So many requests are answered 429 first.
    pub(crate) over_limit: usize,
}

pub(crate) type Shared = Arc<Mutex<Project>>;
type Answer = (StatusCode, String);

/// Starts a server with an empty project.
pub(crate) async fn start() -> (SocketAddr, Shared) {
    let project = Shared::default();
    let routes = Router::new()
        .route("/import", post(import))
        .route("/engage", post(engage))
        .route("/groups", post(groups))
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::clone(&project));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (address, project)
}

type Parameters = Query<BTreeMap<String, String>>;

async fn import(State(shared): State<Shared>, Query(query): Parameters, headers: HeaderMap, body: Bytes) -> Answer {
    let mut project = shared.lock().unwrap();
    project.requests += 1;
    if project.over_limit > 0 {
        project.over_limit -= 1;
        let error = "Project exceeded rate limits. Please retry the request with exponential backoff.";
        return strict(StatusCode::TOO_MANY_REQUESTS, json!({ "error": error }));
    }
    if !may_import(&query, &headers) {
        return strict(StatusCode::UNAUTHORIZED, json!({ "error": "Invalid credentials" }));
    }
    let events: Vec<Value> = match serde_json::from_slice(&body) {
        Ok(events) => events,
        Err(_) => return strict(StatusCode::BAD_REQUEST, json!({ "error": "request body is not valid json" })),
    };
    if events.len() > EVENTS_MAX || body.len() > BYTES_MAX {
        return strict(StatusCode::PAYLOAD_TOO_LARGE, json!({ "error": "request exceeds max limit" }));
    }
    let mut failed = Vec::new();
    for (index, event) in events.iter().enumerate() {
        match problem(event) {
            None => {
                let properties = &event["properties"];
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let time = properties["time"].as_i64().unwrap();
                let same =
                    (text(&event["event"]), time, text(&properties["distinct_id"]), text(&properties["$insert_id"]));
                project.events.insert(same, event.clone());
            }
            Some((field, message)) => failed.push(json!({
                "index": index, "insert_id": event["properties"]["$insert_id"], "field": field, "message": message,
            })),
        }
    }
    let imported = events.len() - failed.len();
    if failed.is_empty() || query.get("strict").is_none_or(|strict| strict != "1") {
        return strict(StatusCode::OK, json!({ "num_records_imported": imported }));
    }
    let error = "some data points in the request failed validation";
    strict(
        StatusCode::BAD_REQUEST,
        json!({ "error": error, "failed_records": failed, "num_records_imported": imported }),
    )
}

/// A service account with its project, or the project's token with an empty password.
fn may_import(query: &BTreeMap<String, String>, headers: &HeaderMap) -> bool {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match query.get("project_id") {
        Some(project) => project == PROJECT && given == format!("Basic {ACCOUNT}"),
        None => given == format!("Basic {TOKEN_BASIC}"),
    }
}

/// The first field of an event that breaks the rules of the reference.
fn problem(event: &Value) -> Option<(&'static str, &'static str)> {
    let properties = &event["properties"];
    let insert_id = properties["$insert_id"].as_str().unwrap_or_default();
    let id_fits = |id: &str| !NO_IDS.contains(&id);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let time = properties["time"].as_i64().unwrap_or_default();
    if event["event"].as_str().is_none_or(str::is_empty) {
        Some(("event", "must not be empty"))
    } else if event.to_string().len() > EVENT_BYTES_MAX
        || properties.as_object().is_none_or(|all| all.len() > PROPERTIES_MAX)
    {
        Some(("properties", "is too large"))
    } else if !(31_536_000_000..=NOW_MS + 3_600_000).contains(&time) {
        Some(("properties.time", "'properties.time' is invalid: must be specified as seconds since epoch"))
    } else if !properties["distinct_id"].as_str().is_some_and(id_fits) {
        Some(("properties.distinct_id", "'properties.distinct_id' is invalid"))
    } else if insert_id.is_empty() || insert_id.len() > 36 || !insert_id.bytes().all(plain) || !id_fits(insert_id) {
        Some(("properties.$insert_id", "'properties.$insert_id' is invalid"))
    } else {
        None
    }
}

fn strict(status: StatusCode, mut body: Value) -> Answer {
    body["code"] = status.as_u16().into();
    body["status"] = status.canonical_reason().into();
    (status, body.to_string())
}

async fn engage(State(shared): State<Shared>, Query(query): Parameters, body: Bytes) -> Answer {
    let mut project = shared.lock().unwrap();
    project.requests += 1;
    profiles(&query, &body, &["$distinct_id"], |update| {
        let id = update["$distinct_id"].as_str().unwrap_or_default().to_owned();
        project.people.insert(id, update.clone());
    })
}

async fn groups(State(shared): State<Shared>, Query(query): Parameters, body: Bytes) -> Answer {
    let mut project = shared.lock().unwrap();
    project.requests += 1;
    profiles(&query, &body, &["$group_key", "$group_id"], |update| {
        let text = |name: &str| update[name].as_str().unwrap_or_default().to_owned();
        project.groups.insert((text("$group_key"), text("$group_id")), update.clone());
    })
}

/// Takes all updates or none.
fn profiles(query: &BTreeMap<String, String>, body: &[u8], ids: &[&str], mut take: impl FnMut(&Value)) -> Answer {
    let updates: Vec<Value> = serde_json::from_slice(body).unwrap_or_default();
    let complete = |update: &Value| {
        update["$token"] == TOKEN && update["$set"].is_object() && ids.iter().all(|id| update[*id].is_string())
    };
    let taken = !updates.is_empty() && updates.iter().all(complete);
    if taken {
        updates.iter().for_each(&mut take);
    }
    let verbose = query.get("verbose").is_some_and(|verbose| verbose == "1");
    let error = (!taken).then_some("data, missing or empty");
    let answer = if verbose {
        json!({ "error": error, "status": u8::from(taken) }).to_string()
    } else {
        u8::from(taken).to_string()
    };
    (StatusCode::OK, answer)
}
