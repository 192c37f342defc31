use std::time::Duration;

use axum::body::BodyDataStream;
use futures::StreamExt;
use prime_event::Timestamp;
use serde_json::{Value, json};

use super::{Server, server};

/// A reader of a live stream.
struct Reader {
    body: BodyDataStream,
    text: String,
}

/// One entry: its name, its id and its data.
#[derive(Debug)]
struct Entry {
    name: String,
    id: String,
    data: Value,
}

async fn listen(server: &Server, path: &str, headers: &[(&str, &str)]) -> Reader {
    let authorization = format!("Bearer {}", server.token);
    let mut all = vec![("authorization", authorization.as_str())];
    all.extend(headers);
    let response = server.open("GET", path, &all, None).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    Reader { body: response.into_body().into_data_stream(), text: String::new() }
}

impl Reader {
    /// The next entry, or none when the stream has ended.
    async fn next(&mut self) -> Option<Entry> {
        loop {
            if let Some((entry, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    entry.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or("").to_owned()
                };
                let data = serde_json::from_str(&field("data")).unwrap_or(Value::Null);
                let entry = Entry { name: field("event"), id: field("id"), data };
                self.text = rest.to_owned();
                return Some(entry);
            }
            let wait = tokio::time::timeout(Duration::from_secs(5), self.body.next());
            let chunk = wait.await.expect("the stream is silent").transpose().unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn message(&mut self) -> String {
        let entry = self.next().await.unwrap();
        assert_eq!(entry.name, "event", "{entry:?}");
        entry.data["messageId"].as_str().unwrap().to_owned()
    }
}

fn track(id: &str, user: &str) -> Value {
    json!({"type": "track", "event": "Paid", "userId": user, "messageId": id})
}

#[tokio::test]
async fn events_and_rejected_messages_arrive_as_they_come() {
    let server = server();
    let source = server.first_source();
    server.event(&source, track("before", "ada")).await;
    let mut reader = listen(&server, "/events/stream?include=events,rejected", &[]).await;
    server.event(&source, track("m1", "ada")).await;
    assert_eq!(reader.message().await, "m1");
    server.rejection(&source, "bad_request", b"{}").await;
    let rejected = reader.next().await.unwrap();
    assert_eq!((rejected.name.as_str(), &rejected.data["code"]), ("rejected", &json!("bad_request")));
    server.event(&source, track("m2", "ada")).await;
    assert_eq!(reader.message().await, "m2");
}

#[tokio::test]
async fn duplicates_arrive_when_they_are_asked_for() {
    let server = server();
    let source = server.first_source();
    let mut reader = listen(&server, "/events/stream?include=events,duplicates", &[]).await;
    let first =
        prime_event::FirstSeen { received: Timestamp::from_millis(0)..=Timestamp::from_millis(1), events: None };
    server.duplicate(&source, "m1", first, b"{}").await;
    let duplicate = reader.next().await.unwrap();
    assert_eq!((duplicate.name.as_str(), &duplicate.data["messageId"]), ("duplicate", &json!("m1")));
    assert_eq!(duplicate.id, "e0.r0.d1");
}

#[tokio::test]
async fn a_stream_begins_with_its_tail_oldest_first_and_keeps_to_its_filter() {
    let server = server();
    let source = server.first_source();
    for number in 0..6 {
        server.event(&source, track(&format!("m{number}"), if number % 2 == 0 { "ada" } else { "grace" })).await;
    }
    let mut reader = listen(&server, "/events/stream?tail=2&userId=ada", &[]).await;
    assert_eq!(reader.message().await, "m2");
    assert_eq!(reader.message().await, "m4");
    server.event(&source, track("m6", "grace")).await;
    server.event(&source, track("m7", "ada")).await;
    assert_eq!(reader.message().await, "m7");
}

#[tokio::test]
async fn a_reader_that_comes_back_goes_on_after_what_it_has_seen() {
    let server = server();
    let source = server.first_source();
    let mut reader = listen(&server, "/events/stream?include=events,rejected", &[]).await;
    server.event(&source, track("m1", "ada")).await;
    let seen = reader.next().await.unwrap();
    assert_eq!(seen.id, "e1.r0.d0");
    drop(reader);
    server.event(&source, track("m2", "ada")).await;
    server.rejection(&source, "bad_request", b"{}").await;
    let path = "/events/stream?include=events,rejected&tail=50";
    let mut reader = listen(&server, path, &[("last-event-id", &seen.id)]).await;
    assert_eq!(reader.message().await, "m2");
    assert_eq!(reader.next().await.unwrap().name, "rejected");
}

#[tokio::test]
async fn a_reader_that_is_too_slow_is_told_how_many_it_missed() {
    let server = server();
    let source = server.first_source();
    let mut reader = listen(&server, "/events/stream", &[]).await;
    server.event(&source, track("first", "ada")).await;
    assert_eq!(reader.message().await, "first");
    let burst: Vec<_> = (0..500)
        .map(|number| {
            prime_event::EventRecord {
                origin: prime_event::Origin { offset: 0, index: 0 },
                received_at: Timestamp::from_millis(0),
                workspace: server.workspace(),
                source: prime_event::SourceId::new(&source),
                payload: track(&format!("b{number}"), "ada").to_string().into(),
            }
            .encode()
        })
        .collect();
    server.api.events[0].append(burst).await.unwrap();
    let skipped = reader.next().await.unwrap();
    assert_eq!((skipped.name.as_str(), &skipped.data["count"]), ("skipped", &json!(300)));
    for number in 300..500 {
        assert_eq!(reader.message().await, format!("b{number}"));
    }
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let server = server();
    let mut reader = listen(&server, "/events/stream", &[]).await;
    let mut overview = listen(&server, "/overview/stream", &[]).await;
    assert_eq!(overview.next().await.unwrap().name, "overview");
    server.shutdown.begin();
    assert!(reader.next().await.is_none() && overview.next().await.is_none());
}

#[tokio::test]
async fn a_stream_of_nothing_is_refused() {
    let server = server();
    assert_eq!(server.get("/events/stream?include=traits").await.refusal(), (422, "include"));
    assert_eq!(server.get("/events/stream?tail=501").await.refusal(), (422, "tail"));
    assert_eq!(server.get("/events/stream?type=sale").await.refusal(), (422, "type"));
}

#[tokio::test]
async fn nothing_of_another_workspace_is_shown() {
    let server = server();
    let foreign = prime_event::EventRecord {
        origin: prime_event::Origin { offset: 0, index: 0 },
        received_at: Timestamp::from_millis(0),
        workspace: prime_event::WorkspaceId::new("another"),
        source: prime_event::SourceId::new(server.first_source()),
        payload: track("foreign", "ada").to_string().into(),
    };
    server.api.events[0].append(vec![foreign.encode()]).await.unwrap();
    server.event(&server.first_source(), track("own", "ada")).await;
    let mut reader = listen(&server, "/events/stream?tail=10", &[]).await;
    assert_eq!(reader.message().await, "own");
    assert_eq!(server.get("/events").await.data()["events"].as_array().unwrap().len(), 1);
}
