use http::Method;
use prime_profile_api::ProfileApiOptions;
use serde_json::json;

use crate::support::{Fixture, TOKEN, basic};

fn fixture_with(options: ProfileApiOptions) -> Fixture {
    let fixture = Fixture::with(options);
    let at = "2024-05-01T10:00:00.000Z";
    fixture.take(&["email:jane@x.com"], json!({"type": "track", "event": "E", "messageId": "m", "timestamp": at}));
    fixture
}

#[tokio::test]
async fn refusals_have_the_statuses_and_codes_of_the_contract() {
    let fixture = fixture_with(ProfileApiOptions::default());
    for (path, status, code) in [
        ("users/profiles/email:JANE@x.com/traits", 404, "not_found"),
        ("users/profiles/email:nobody@x.com/events", 404, "not_found"),
        ("accounts/profiles/email:jane@x.com/traits", 404, "not_found"),
        ("users/profiles/use_00000000000000000000000000000000/traits", 404, "not_found"),
        ("people/profiles/email:jane@x.com/traits", 404, "not_found"),
        ("users/profiles/email:jane@x.com/secrets", 404, "not_found"),
        ("users/profiles/jane/traits", 400, "invalid_request_error"),
        ("users/profiles/email:/traits", 400, "invalid_request_error"),
        ("users/profiles/:x/traits", 400, "invalid_request_error"),
        ("users/profiles/email:%FF/traits", 400, "invalid_request_error"),
        ("users/profiles/email:jane@x.com/traits?limit=0", 400, "validation_error"),
        ("users/profiles/email:jane@x.com/traits?limit=201", 400, "validation_error"),
        ("users/profiles/email:jane@x.com/external_ids?limit=101", 400, "validation_error"),
        ("users/profiles/email:jane@x.com/events?limit=1001", 400, "validation_error"),
        ("users/profiles/email:jane@x.com/links?limit=21", 400, "validation_error"),
        ("users/profiles/email:jane@x.com/traits?class=custom", 400, "validation_error"),
        ("users/profiles/email:jane@x.com/traits?verbose=perhaps", 400, "validation_error"),
        ("users/profiles/email:jane@x.com/events?start=soon", 400, "validation_error"),
        ("users/profiles/email:jane@x.com/events?sort=up", 400, "validation_error"),
        ("users/profiles/email:jane@x.com/events?next=AAAA", 400, "validation_error"),
        ("users/profiles/email:jane@x.com/external_ids?next=AAAA", 400, "validation_error"),
        ("users/profiles/email:jane@x.com/links?next=!", 400, "validation_error"),
    ] {
        assert_eq!(fixture.get(path).await.refusal(), (status, code), "{path}");
    }
    let missing = fixture.get("users/profiles/email:nobody@x.com/traits").await;
    assert_eq!(missing.body["error"]["message"], "Profile was not found.");
}

#[tokio::test]
async fn whoever_has_no_token_of_the_space_learns_nothing() {
    let fixture = fixture_with(ProfileApiOptions::default());
    let path = "users/profiles/email:jane@x.com/traits";
    let (wrong, none, garbled, right) = (basic("wrong"), basic(""), "Basic !!!".to_owned(), basic(TOKEN));
    for credentials in [&wrong, &none, &garbled, "Bearer x", "Basic", ""] {
        let answer = fixture.get_with(path, &[("authorization", credentials)]).await;
        assert_eq!(answer.refusal(), (401, "authentication_error"), "{credentials}");
    }
    assert_eq!(fixture.get_with(path, &[]).await.refusal(), (401, "authentication_error"));
    let elsewhere = format!("/v1/spaces/other/collections/{path}");
    let answer = fixture.send(Method::GET, &elsewhere, &[("authorization", &right)], "").await;
    assert_eq!(answer.refusal(), (401, "authentication_error"), "whether a space exists is not told");
}

#[tokio::test]
async fn other_addresses_and_methods_are_refused_in_the_same_form() {
    let fixture = fixture_with(ProfileApiOptions::default());
    let token = basic(TOKEN);
    let token: [(&str, &str); 1] = [("authorization", &token)];
    let base = "/v1/spaces/space/collections/users/profiles/email:jane@x.com";
    let answer = fixture.send(Method::GET, "/v1/spaces/space", &token, "").await;
    assert_eq!(answer.refusal(), (404, "not_found"));
    let answer = fixture.send(Method::DELETE, &format!("{base}/traits"), &token, "").await;
    assert_eq!(answer.refusal(), (405, "invalid_request_error"));
}

#[tokio::test]
async fn more_requests_than_allowed_in_a_second_are_refused_with_a_time_to_wait() {
    let fixture = fixture_with(ProfileApiOptions { requests_per_second: 3 });
    let mut refused = 0;
    for _ in 0..20 {
        let answer = fixture.get("users/profiles/email:jane@x.com/traits").await;
        if answer.status != 200 {
            assert_eq!(answer.refusal(), (429, "rate_limit_error"));
            assert_eq!(answer.headers["retry-after"], "1");
            refused += 1;
        }
    }
    // The twenty may lie on both sides of a second's turn.
    assert!((14..=17).contains(&refused), "{refused}");
}
