//! Tokens for one person, and what browsers may see.

use std::time::{SystemTime, UNIX_EPOCH};

use http::Method;
use prime_profile_api::{PersonClaims, Resource};
use serde_json::json;

use crate::support::{Fixture, SECRET, TOKEN, basic};

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    let at = "2024-05-01T10:00:00.000Z";
    for user in ["user_id:u1", "user_id:u2"] {
        let traits = json!({"type": "identify", "messageId": "m", "timestamp": at, "traits": {"name": user}});
        fixture.take(&[user], traits);
    }
    fixture
}

fn token(profile: &str, lasts_s: i64, resources: &[Resource]) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    let claims = PersonClaims {
        space: "space".into(),
        profile: profile.into(),
        expires: now + lasts_s,
        resources: resources.to_vec(),
    };
    format!("Bearer {}", claims.sign(SECRET))
}

#[tokio::test]
async fn a_page_reads_its_own_person_and_no_other() {
    let fixture = fixture();
    let bearer = token("user_id:u1", 60, &[Resource::Traits]);
    let own = fixture.get_with("users/profiles/user_id:u1/traits", &[("authorization", &bearer)]).await;
    assert_eq!(own.body["traits"], json!({"name": "user_id:u1"}));
    assert_eq!(own.headers["access-control-allow-origin"], "*");
    let other = fixture.get_with("users/profiles/user_id:u2/traits", &[("authorization", &bearer)]).await;
    assert_eq!(other.refusal(), (403, "forbidden"));
    let part = fixture.get_with("users/profiles/user_id:u1/events", &[("authorization", &bearer)]).await;
    assert_eq!(part.refusal(), (403, "forbidden"));
    assert_eq!(part.headers["access-control-allow-origin"], "*", "the page may read why");
}

#[tokio::test]
async fn a_token_that_has_expired_or_was_signed_by_another_is_refused() {
    let fixture = fixture();
    let expired = token("user_id:u1", -1, &[Resource::Traits]);
    let foreign = PersonClaims {
        space: "space".into(),
        profile: "user_id:u1".into(),
        expires: i64::MAX / 2_000,
        resources: vec![Resource::Traits],
    };
    let foreign = format!("Bearer {}", foreign.sign(b"another secret"));
    for bearer in [&expired, &foreign] {
        let answer = fixture.get_with("users/profiles/user_id:u1/traits", &[("authorization", bearer)]).await;
        assert_eq!(answer.refusal(), (401, "authentication_error"));
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn answers_to_an_access_token_are_for_no_page() {
    let fixture = fixture();
    let answer = fixture.get_with("users/profiles/user_id:u1/traits", &[("authorization", &basic(TOKEN))]).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_browser_may_ask_before_it_sends_a_token() {
    let uri = "/v1/spaces/space/collections/users/profiles/user_id:u1/traits";
    let answer = fixture().send(Method::OPTIONS, uri, &[("origin", "https://shop.example.com")], "").await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.headers["access-control-allow-methods"], "GET");
    assert!(answer.headers["access-control-allow-headers"].to_str().unwrap().contains("authorization"));
}
