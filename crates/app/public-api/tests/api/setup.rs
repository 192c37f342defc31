use serde_json::{Value, json};

use super::server;

fn account(token: &str) -> Value {
    json!({
        "token": token, "email": "Ada@example.com", "name": "Ada", "password": "correct horse battery",
        "workspaceName": "Shop",
    })
}

#[tokio::test]
async fn the_setup_link_makes_the_first_account_signs_it_in_and_is_used_up() {
    let server = server();
    let address = format!("/setup?token={}", server.setup_token);
    let check = server.send("GET", &address, &[], None).await;
    assert_eq!((&check.data()["valid"], &check.data()["kind"]), (&json!(true), &json!("setup")));
    let done = server.send("POST", "/setup", &[], Some(account(&server.setup_token))).await;
    assert_eq!(done.data()["account"]["email"], "ada@example.com");
    assert_eq!(done.data()["account"]["role"], "Workspace Owner");
    assert_eq!(done.data()["workspace"]["name"], "Shop");
    let session = server.ask_as(&done.cookie(), "GET", "/session", None).await;
    assert_eq!(session.data(), done.data());
    assert_eq!(server.send("GET", &address, &[], None).await.refusal().0, 404);
    let again = server.send("POST", "/setup", &[], Some(account(&server.setup_token))).await;
    assert_eq!(again.refusal().0, 404);
}

#[tokio::test]
async fn a_weak_password_is_refused_by_name_and_the_link_stays_usable() {
    let server = server();
    let mut weak = account(&server.setup_token);
    weak["password"] = json!("elevenchars");
    assert_eq!(server.send("POST", "/setup", &[], Some(weak)).await.refusal(), (422, "password"));
    assert_eq!(server.send("POST", "/setup", &[], Some(account(&server.setup_token))).await.status, 200);
}

#[tokio::test]
async fn a_made_up_token_and_another_site_get_nowhere() {
    let server = server();
    assert_eq!(server.send("POST", "/setup", &[], Some(account("pd_made-up"))).await.refusal().0, 404);
    let headers = [("sec-fetch-site", "cross-site")];
    assert_eq!(server.send("POST", "/setup", &headers, Some(account(&server.setup_token))).await.refusal().0, 403);
}
