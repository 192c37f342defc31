//! Whether the node lives, whether it does its work, and its numbers.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use prime_runtime::Counters;
use serde_json::json;

/// What stands between the node and its work, by part; empty when all is well. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Problems(Arc<RwLock<BTreeMap<&'static str, String>>>);

impl Problems {
    pub(crate) fn report(&self, part: &'static str, problem: String) {
        self.0.write().expect("nobody panics while holding it").insert(part, problem);
    }

    pub(crate) fn resolve(&self, part: &'static str) {
        self.0.write().expect("nobody panics while holding it").remove(part);
    }

    fn all(&self) -> BTreeMap<&'static str, String> {
        self.0.read().expect("nobody panics while holding it").clone()
    }
}

#[derive(Clone)]
struct Health {
    problems: Problems,
    counters: Arc<Counters>,
}

pub(crate) fn router(problems: Problems, counters: Arc<Counters>) -> Router {
    Router::new()
        .route("/health/live", get(async || json_answer(StatusCode::OK, &json!({ "status": "live" }))))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Health { problems, counters })
}

async fn ready(State(health): State<Health>) -> Response {
    let problems = health.problems.all();
    if problems.is_empty() {
        json_answer(StatusCode::OK, &json!({ "status": "ready" }))
    } else {
        json_answer(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "not ready", "problems": problems }))
    }
}

async fn metrics(State(health): State<Health>) -> Response {
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, content_type)], health.counters.prometheus()).into_response()
}

fn json_answer(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
