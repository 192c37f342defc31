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
pub(crate) struct Problems(Arc<RwLock<BTreeMap<String, Problem>>>);

#[derive(Clone)]
struct Problem {
    sentence: String,
    /// Whether the node should be sent nothing meanwhile.
    is_grave: bool,
}

impl Problems {
    pub(crate) fn report(&self, part: &str, problem: String) {
        self.put(part, Problem { sentence: problem, is_grave: true });
    }

    /// Something that a person should know while the node goes on taking requests.
    pub(crate) fn warn(&self, part: &str, sentence: String) {
        self.put(part, Problem { sentence, is_grave: false });
    }

    fn put(&self, part: &str, problem: Problem) {
        self.0.write().expect("nobody panics while holding it").insert(part.to_owned(), problem);
    }

    pub(crate) fn resolve(&self, part: &str) {
        self.0.write().expect("nobody panics while holding it").remove(part);
    }

    /// The grave ones, and the others.
    fn all(&self) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
        let all = self.0.read().expect("nobody panics while holding it").clone();
        let (grave, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, problem)| problem.is_grave);
        let sentences = |problems: Vec<(String, Problem)>| problems.into_iter().map(|(part, it)| (part, it.sentence));
        (sentences(grave).collect(), sentences(others).collect())
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
    let (problems, warnings) = health.problems.all();
    let (status, word) = match problems.is_empty() {
        true => (StatusCode::OK, "ready"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    let mut body = json!({ "status": word });
    for (name, sentences) in [("problems", problems), ("warnings", warnings)] {
        if !sentences.is_empty() {
            body[name] = json!(sentences);
        }
    }
    json_answer(status, &body)
}

async fn metrics(State(health): State<Health>) -> Response {
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, content_type)], health.counters.prometheus()).into_response()
}

fn json_answer(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
