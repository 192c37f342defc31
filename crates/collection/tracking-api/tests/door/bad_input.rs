use std::time::Duration;

use http::StatusCode;
use prime_event::DiscardCode;

use crate::harness::{Answer, Door, TRACK, gzip};

fn assert_refused(answer: &Answer, what: &str) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{what}");
    let error = answer.json();
    assert_eq!(error["success"], false, "{what}");
    assert_eq!(error["code"], "bad_request", "{what}");
    assert!(error["message"].as_str().is_some_and(|message| message.ends_with('.')), "{what}: {error}");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_code_and_message() {
    let door = Door::open();
    let cut = &gzip(door.batch(TRACK).as_bytes())[..40];
    for (what, body) in [
        ("empty", b"".to_vec()),
        ("no JSON", b"hello".to_vec()),
        ("an array", b"[]".to_vec()),
        ("cut JSON", br#"{"batch":[{"type":"#.to_vec()),
        ("cut gzip", cut.to_vec()),
        ("an abyss", "[".repeat(500_000).into_bytes()),
        ("an abyss of objects", r#"{"a":"#.repeat(80_000).into_bytes()),
        ("no batch", format!(r#"{{"writeKey":"{}"}}"#, door.write_key).into_bytes()),
    ] {
        assert_refused(&door.post("/v1/batch", &[], body).await, what);
    }
    let mut invalid = format!(r#"{{"writeKey":"{}","event":"?","userId":"u"}}"#, door.write_key).into_bytes();
    let at = invalid.iter().position(|byte| *byte == b'?').unwrap();
    invalid[at] = 0xff;
    assert_refused(&door.post("/v1/track", &[], invalid).await, "invalid UTF-8");
}

#[tokio::test]
async fn sizes_are_bounded_before_and_after_decompression() {
    let door = Door::open();
    let big = door.batch(&format!("{TRACK},").repeat(15_000));
    assert!(big.len() > 512 * 1024);
    assert_refused(&door.post("/v1/batch", &[], big.clone()).await, "declared");
    let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
        big.as_bytes().chunks(10_000).map(|it| Ok(it.to_vec())).collect();
    let stream = axum::body::Body::from_stream(tokio_stream::iter(pieces));
    assert_refused(&door.post("/v1/batch", &[], stream).await, "streamed");
    assert_refused(&door.post("/v1/batch", &[], gzip(&vec![b' '; 100 << 20])).await, "a bomb");
    let track = |size: usize| {
        format!(r#"{{"writeKey":"{}","event":"e","userId":"u","x":"{}"}}"#, door.write_key, "x".repeat(size))
    };
    assert_refused(&door.post("/v1/track", &[], track(33 * 1024)).await, "33 KB track");
    assert!(door.post("/v1/track", &[], track(31 * 1024)).await.is_success());
}

#[tokio::test]
async fn a_body_that_does_not_arrive_in_time_is_given_up() {
    let door = Door::open();
    let never = axum::body::Body::from_stream(tokio_stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let answer = tokio::time::timeout(Duration::from_secs(5), door.post("/v1/batch", &[], never)).await.unwrap();
    assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT);
}

#[tokio::test]
async fn a_refused_request_is_kept_for_the_owner_of_its_key() {
    let door = Door::open();
    let body = format!(r#"{{"writeKey":"{}","batch":[{{"type":"tra"#, door.write_key);
    assert_refused(&door.post("/v1/batch", &[], body.clone()).await, "cut");
    door.journal.wait_beyond(0).await;
    let journaled = door.journaled();
    assert_eq!(journaled[0].refusal.as_ref().unwrap().code, DiscardCode::BadRequest);
    assert_eq!(journaled[0].body.as_ref(), body.as_bytes());
}

#[tokio::test]
async fn an_empty_batch_and_what_devices_garble_are_answered_with_success() {
    let door = Door::open();
    for items in ["", ",,", &format!(",{TRACK}"), &format!("{TRACK}\0{TRACK}"), &format!("{TRACK},,{TRACK},")] {
        assert!(door.post("/v1/b", &[], door.batch(items)).await.is_success(), "{items:?}");
    }
    let source = door.control.definitions().sources.keys().next().unwrap().clone();
    assert_eq!(door.counters.source(&source).accepted(), 1 + 1 + 1 + 2 + 2);
}

#[tokio::test]
async fn thousands_of_names_repeated_names_and_huge_numbers_harm_nothing() {
    let door = Door::open();
    let many: Vec<String> = (0..10_000).map(|n| format!("\"p{n}\":{n}")).collect();
    let many = format!(r#"{{"type":"track","event":"e","userId":"u","properties":{{{}}}}}"#, many.join(","));
    let odd = r#"{"type":"track","event":"e","userId":"u","properties":{"a":1,"a":1e99999,"b":"\u0000\ud800"}}"#;
    assert!(door.post("/v1/batch", &[], door.batch(&format!("{many},{odd}"))).await.is_success());
}
