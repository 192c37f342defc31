use http::StatusCode;
use prime_event::{BodyEncoding, Endpoint, MessageType};

use crate::harness::{Door, TRACK, gzip};

#[tokio::test]
async fn one_body_is_taken_at_every_batch_path_in_every_dress() {
    let door = Door::open();
    let body = door.batch(TRACK);
    for path in ["/v1/batch", "/v1/import", "/v1/import/", "/v1/b", "/v1/b/", "/v1/batch/"] {
        for headers in [
            &[][..],
            &[("content-type", "application/json")],
            &[("content-type", "text/plain")],
            &[("content-type", "application/json; charset=UTF-8")],
        ] {
            assert!(door.post(path, headers, body.clone()).await.is_success(), "{path} {headers:?}");
        }
        for headers in [&[("content-encoding", "gzip")][..], &[]] {
            assert!(door.post(path, headers, gzip(body.as_bytes())).await.is_success(), "{path} {headers:?}");
        }
    }
    let journaled = door.journaled();
    assert_eq!(journaled.len(), 36);
    assert_eq!(journaled.iter().filter(|request| request.encoding == BodyEncoding::Gzip).count(), 12);
    assert_eq!(journaled.iter().filter(|request| request.endpoint.is_client_side()).count(), 12);
}

#[tokio::test]
async fn a_body_may_come_in_pieces_without_a_length() {
    let door = Door::open();
    let body = gzip(door.batch(TRACK).as_bytes());
    let pieces: Vec<Result<Vec<u8>, std::io::Error>> = body.chunks(7).map(|piece| Ok(piece.to_vec())).collect();
    let stream = axum::body::Body::from_stream(tokio_stream::iter(pieces));
    assert!(door.post("/v1/b", &[("content-encoding", "gzip")], stream).await.is_success());
    assert_eq!(door.journaled()[0].body.as_ref(), body);
}

#[tokio::test]
async fn every_method_has_its_path_its_letter_and_its_type() {
    let door = Door::open();
    for kind in MessageType::ALL {
        let body = format!(r#"{{"writeKey":"{}","userId":"u"}}"#, door.write_key);
        assert!(door.post(&format!("/v1/{}", kind.as_str()), &[], body.clone()).await.is_success());
        assert!(door.post(&format!("/v1/{}/", &kind.as_str()[..1]), &[], body).await.is_success());
        let journaled = door.journaled();
        let [.., server, client] = journaled.as_slice() else { panic!("two requests were sent") };
        assert_eq!(server.endpoint, Endpoint::Single { kind: Some(kind), client_side: false });
        assert_eq!(client.endpoint, Endpoint::Single { kind: Some(kind), client_side: true });
    }
}

#[tokio::test]
async fn what_sdks_say_of_themselves_is_taken_and_kept_nowhere() {
    let door = Door::open();
    let answer = door.post("/v1/m", &[("content-type", "text/plain")], r#"{"series":[]}"#).await;
    assert!(answer.is_success());
    assert!(door.journaled().is_empty());
}

#[tokio::test]
async fn settings_name_this_server_and_unknown_keys_are_404() {
    let door = Door::open();
    let answer = door.get(&format!("/v1/projects/{}/settings", door.write_key)).await;
    assert_eq!(answer.status, StatusCode::OK);
    let settings = answer.json();
    let segment = &settings["integrations"]["Segment.io"];
    assert_eq!(segment["apiKey"], door.write_key.as_str());
    assert_eq!(segment["apiHost"], "collect.example:8080/v1");
    assert_eq!(segment["protocol"], "http");
    let unknown = door.get("/v1/projects/unknownunknownunknownunknown1234/settings").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(unknown.json()["code"], "unknown_source");
}

#[tokio::test]
async fn wrong_methods_and_paths_are_answered_in_words_and_never_redirected() {
    let door = Door::open();
    let answer = door.get("/v1/batch").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), "POST, OPTIONS");
    let answer = door.post("/v1/pixel/track", &[], "").await;
    assert_eq!(
        (answer.status, answer.json()["code"].as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, Some("method_not_allowed"))
    );
    let answer = door.post("/v1/nothing", &[], "{}").await;
    assert_eq!((answer.status, answer.json()["success"].as_bool()), (StatusCode::NOT_FOUND, Some(false)));
}

#[tokio::test]
async fn a_full_journal_refuses_with_the_seconds_to_wait() {
    let door = Door::with_journal_of(1 << 20);
    // Text that no block of the journal can shrink.
    let noise = |seed: u64| -> String {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'a' + (state >> 59) as u8 % 26)
        };
        (0..25_000).map(|_| next()).collect()
    };
    for seed in 0..200 {
        let message = format!(r#"{{"type":"track","event":"e","userId":"u","properties":{{"x":"{}"}}}}"#, noise(seed));
        let answer = door.post("/v1/batch", &[], door.batch(&message)).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(answer.json()["code"], "too_many_requests");
            assert_eq!(answer.header("retry-after"), "2");
            assert_eq!(answer.header("x-ratelimit-reset"), "2");
            return;
        }
        assert!(answer.is_success());
    }
    panic!("the journal took more than it may hold");
}
