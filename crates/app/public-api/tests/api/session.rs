use serde_json::{Value, json};

use super::{Answer, Server, server};

async fn sign_in(server: &Server, email: &str, password: &str) -> Answer {
    let request = json!({"email": email, "password": password});
    server.send("POST", "/session", &[], Some(request)).await
}

#[tokio::test]
async fn a_person_signs_in_and_out() {
    let server = server();
    server.sign_up().await;
    let cookie = sign_in(&server, "ada@example.com", "correct horse battery").await.cookie();
    let me = server.ask_as(&cookie, "GET", "/session", None).await;
    assert_eq!(me.data()["account"]["name"], "Ada");
    let out = server.ask_as(&cookie, "DELETE", "/session", None).await;
    assert_eq!(out.data()["status"], "SUCCESS");
    assert_eq!(out.cookie(), "primedata_session=");
    assert_eq!(server.ask_as(&cookie, "GET", "/session", None).await.refusal().0, 401);
}

#[tokio::test]
async fn wrong_passwords_and_unknown_addresses_are_told_the_same() {
    let server = server();
    server.sign_up().await;
    let wrong = sign_in(&server, "ada@example.com", "wrong horse battery").await;
    let unknown = sign_in(&server, "eve@example.com", "correct horse battery").await;
    assert_eq!((wrong.refusal().0, &wrong.body), (401, &unknown.body));
    assert!(wrong.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn guessing_is_slowed_down_even_with_the_right_password_at_last() {
    let server = server();
    server.sign_up().await;
    for _ in 0..10 {
        assert_eq!(sign_in(&server, "ada@example.com", "wrong").await.status, 401);
    }
    let refused = sign_in(&server, "ADA@example.com", "correct horse battery").await;
    assert_eq!(refused.refusal().0, 429);
    let wait_s: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=900).contains(&wait_s), "{wait_s}");
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let server = server();
    let cookie = server.sign_up().await;
    let rename = || Some(json!({"name": "Stolen"}));
    for headers in [
        &[("cookie", cookie.as_str())][..],
        &[("cookie", &cookie), ("x-primedata-csrf", "1")],
        &[("cookie", &cookie), ("x-primedata-csrf", "1"), ("sec-fetch-site", "cross-site")],
        &[("cookie", &cookie), ("x-primedata-csrf", "1"), ("origin", "https://evil.test"), ("host", "primedata.test")],
    ] {
        let refused = server.send("PATCH", "/workspace", headers, rename()).await;
        assert_eq!(refused.refusal().0, 403, "{headers:?}");
    }
    let own = [("cookie", cookie.as_str()), ("x-primedata-csrf", "1"), ("origin", "http://a.test"), ("host", "a.test")];
    assert_eq!(server.send("PATCH", "/workspace", &own, rename()).await.status, 200);
    assert_eq!(server.send("GET", "/", &[("cookie", &cookie)], None).await.status, 200, "reading is safe");
}

#[tokio::test]
async fn the_cookie_is_secure_when_people_come_by_https() {
    let mut server = server();
    let mut api = server.api.clone();
    api.public_url = "https://data.example.com".into();
    server.router = prime_public_api::router(api);
    let request = json!({
        "token": server.setup_token, "email": "ada@example.com", "name": "Ada", "password": "correct horse battery",
    });
    let answer = server.send("POST", "/setup", &[], Some(request)).await;
    assert!(answer.headers["set-cookie"].to_str().unwrap().contains("; Secure"));
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_ends_other_sessions() {
    let server = server();
    let here = server.sign_up().await;
    let there = sign_in(&server, "ada@example.com", "correct horse battery").await.cookie();
    let change = |current: &str| Some(json!({"currentPassword": current, "newPassword": "a wholly new password"}));
    let wrong = server.ask_as(&here, "PATCH", "/session/account", change("wrong")).await;
    assert_eq!(wrong.refusal(), (422, "currentPassword"));
    let changed = server.ask_as(&here, "PATCH", "/session/account", change("correct horse battery")).await;
    let fresh = changed.cookie();
    assert_eq!(server.ask_as(&there, "GET", "/session", None).await.refusal().0, 401);
    assert_eq!(server.ask_as(&fresh, "GET", "/session", None).await.status, 200);
    assert_eq!(sign_in(&server, "ada@example.com", "a wholly new password").await.status, 200);
}

#[tokio::test]
async fn a_name_changes_without_a_password_and_a_token_has_no_account() {
    let server = server();
    let cookie = server.sign_up().await;
    let rename: Value = json!({"name": "Ada Lovelace"});
    let changed = server.ask_as(&cookie, "PATCH", "/session/account", Some(rename.clone())).await;
    assert_eq!(changed.data()["account"]["name"], "Ada Lovelace");
    assert_eq!(server.patch("/session/account", rename).await.refusal().0, 403);
    assert_eq!(server.get("/session").await.refusal().0, 403);
}
