//! A webhook receiver that answers as it is told and remembers what it got.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::net::TcpListener;

#[derive(Clone)]
pub(crate) struct Receiver {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    script: VecDeque<Answer>,
    always: Answer,
    /// What holds this text is refused with 400.
    refused: Option<&'static str>,
    got: Vec<Received>,
}

#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) at: Instant,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What it was answered.
    pub(crate) status: u16,
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    pub(crate) delay: Duration,
}

impl Default for Answer {
    fn default() -> Self {
        Self { status: 200, headers: Vec::new(), body: "ok".into(), delay: Duration::ZERO }
    }
}

pub(crate) fn status(status: u16) -> Answer {
    Answer { status, ..Answer::default() }
}

impl Received {
    pub(crate) fn event(&self) -> String {
        let event: Value = serde_json::from_slice(&self.body).unwrap();
        event["event"].as_str().unwrap_or_default().to_owned()
    }
}

impl Receiver {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self { address: listener.local_addr().unwrap(), inner: Arc::default() };
        let app = Router::new().fallback(receive).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        receiver
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/in", self.address)
    }

    /// Answers the next requests so, in order, and later ones with success.
    pub(crate) fn script(&self, answers: impl IntoIterator<Item = Answer>) {
        self.inner.lock().script.extend(answers);
    }

    pub(crate) fn always(&self, answer: Answer) {
        self.inner.lock().always = answer;
    }

    pub(crate) fn refuse(&self, text: &'static str) {
        self.inner.lock().refused = Some(text);
    }

    pub(crate) fn got(&self) -> Vec<Received> {
        self.inner.lock().got.clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.inner.lock().got.len()
    }

    /// The names of the events that were taken, in the order in which they came.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.got().iter().filter(|got| got.status == 200).map(Received::event).collect()
    }

    /// The names of the events that were taken, sorted.
    pub(crate) fn events(&self) -> Vec<String> {
        let mut names = self.taken();
        names.sort();
        names
    }
}

async fn receive(
    State(receiver): State<Receiver>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let answer = {
        let mut inner = receiver.inner.lock();
        let is_refused = inner.refused.is_some_and(|text| String::from_utf8_lossy(&body).contains(text));
        let answer = match is_refused {
            true => status(400),
            false => inner.script.pop_front().unwrap_or_else(|| inner.always.clone()),
        };
        inner.got.push(Received { at: Instant::now(), method, uri, headers, body, status: answer.status });
        answer
    };
    tokio::time::sleep(answer.delay).await;
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap()
}
