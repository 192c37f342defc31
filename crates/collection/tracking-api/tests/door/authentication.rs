use http::StatusCode;
use prime_control::{Author, SourcePatch};
use prime_event::Timestamp;

use crate::harness::{Door, TRACK};

fn basic(text: &str) -> String {
    use base64::Engine;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
}

#[tokio::test]
async fn the_write_key_may_stand_in_the_body_or_in_the_header_with_or_without_colon() {
    let door = Door::open();
    assert!(door.post("/v1/batch", &[], door.batch(TRACK)).await.is_success());
    let plain = format!(r#"{{"batch":[{TRACK}]}}"#);
    for user in [format!("{}:", door.write_key), door.write_key.clone()] {
        assert!(door.post("/v1/batch", &[("authorization", &basic(&user))], plain.clone()).await.is_success());
    }
    let single = format!(r#"{{"event":"e","userId":"u","writeKey":"{}"}}"#, door.write_key);
    assert!(door.post("/v1/track", &[], single).await.is_success());
    assert_eq!(door.journaled().len(), 4);
}

#[tokio::test]
async fn the_header_wins_over_the_body() {
    let door = Door::open();
    let other = format!(r#"{{"writeKey":"{}","batch":[{TRACK}]}}"#, "x".repeat(32));
    let header = basic(&format!("{}:", door.write_key));
    assert!(door.post("/v1/batch", &[("authorization", &header)], other).await.is_success());
    assert_eq!(door.journaled().len(), 1);
}

#[tokio::test]
async fn an_unknown_key_is_answered_with_success_and_kept_nowhere() {
    let door = Door::open();
    let body = format!(r#"{{"writeKey":"{}","batch":[{TRACK}]}}"#, "u".repeat(32));
    assert!(door.post("/v1/batch", &[], body).await.is_success());
    assert!(door.journaled().is_empty());
    assert_eq!(door.counters.unknown_source_total(), 1);
}

#[tokio::test]
async fn no_key_and_a_key_too_short_to_be_one_are_refused() {
    let door = Door::open();
    for body in [
        format!(r#"{{"batch":[{TRACK}]}}"#),
        format!(r#"{{"writeKey":"","batch":[{TRACK}]}}"#),
        format!(r#"{{"writeKey":"abc","batch":[{TRACK}]}}"#),
    ] {
        let answer = door.post("/v1/batch", &[], body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        let error = answer.json();
        assert!(error["code"].is_string() && error["message"].is_string() && error["success"] == false, "{error}");
    }
    assert!(door.journaled().is_empty());
}

#[tokio::test]
async fn a_source_that_is_switched_off_takes_nothing_and_says_success() {
    let door = Door::open();
    let definitions = door.control.definitions();
    let source = definitions.sources.values().next().unwrap();
    let patch = SourcePatch { enabled: Some(false), ..SourcePatch::default() };
    door.control.update_source(&source.workspace, &source.id, patch, &Author::system(Timestamp::now())).unwrap();
    assert!(door.post("/v1/batch", &[], door.batch(TRACK)).await.is_success());
    assert!(door.journaled().is_empty());
}

#[tokio::test]
async fn a_source_that_asks_for_oauth_takes_no_message_without_a_token() {
    let door = Door::open();
    let definitions = door.control.definitions();
    let source = definitions.sources.values().next().unwrap();
    let mut settings = source.settings.clone();
    settings.insert("oauthRequired".into(), true.into());
    let patch = SourcePatch { settings: Some(settings), ..SourcePatch::default() };
    door.control.update_source(&source.workspace, &source.id, patch, &Author::system(Timestamp::now())).unwrap();
    for headers in [&[][..], &[("authorization", "Bearer nonsense")]] {
        let answer = door.post("/v1/batch", headers, door.batch(TRACK)).await;
        assert_eq!(
            (answer.status, answer.json()["code"].as_str()),
            (StatusCode::UNAUTHORIZED, Some("invalid_settings"))
        );
    }
}

#[tokio::test]
async fn the_token_endpoint_explains_what_it_cannot_take() {
    let door = Door::open();
    let answer =
        door.post("/token", &[("content-type", "application/x-www-form-urlencoded")], "grant_type=password").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let error = answer.json();
    assert_eq!(error["error"], "unsupported_grant_type");
    assert!(error["error_description"].is_string());
}
