use serde_json::json;

use super::server;

#[tokio::test]
async fn an_invited_member_works_with_data_and_not_with_members_or_tokens() {
    let server = server();
    let owner = server.sign_up().await;
    let invite = Some(json!({"email": "grace@example.com", "role": "Workspace Member"}));
    let invited = server.ask_as(&owner, "POST", "/invites", invite.clone()).await;
    let url = invited.data()["inviteUrl"].as_str().unwrap().to_owned();
    let token = url.strip_prefix("http://primedata.test/setup?token=").unwrap();
    let check = server.send("GET", &format!("/setup?token={token}"), &[], None).await;
    assert_eq!((&check.data()["kind"], &check.data()["email"]), (&json!("invite"), &json!("grace@example.com")));
    let account =
        json!({"token": token, "email": "grace@example.com", "name": "Grace", "password": "a long enough one"});
    let member = server.send("POST", "/setup", &[], Some(account)).await.cookie();
    let create = Some(json!({"slug": "web", "metadataId": "node"}));
    assert_eq!(server.ask_as(&member, "POST", "/sources", create).await.status, 200);
    assert_eq!(server.ask_as(&member, "GET", "/users", None).await.data()["users"].as_array().unwrap().len(), 2);
    assert_eq!(server.ask_as(&member, "POST", "/invites", invite).await.refusal().0, 403);
    assert_eq!(server.ask_as(&member, "GET", "/tokens", None).await.refusal().0, 403);
    assert_eq!(server.ask_as(&member, "PATCH", "/workspace", Some(json!({"name": "Hers"}))).await.refusal().0, 403);
}

#[tokio::test]
async fn invites_are_listed_without_their_links_and_can_be_withdrawn() {
    let server = server();
    let invited = server.post("/invites", json!({"email": "grace@example.com", "role": "Workspace Owner"})).await;
    let token = invited.data()["inviteUrl"].as_str().unwrap().split_once('=').unwrap().1.to_owned();
    let listed = server.get("/invites").await;
    assert_eq!(listed.data()["invites"][0], invited.data()["invite"]);
    assert!(!listed.body.to_string().contains(&token));
    let address = format!("/invites/{}", invited.data()["invite"]["id"].as_str().unwrap());
    assert_eq!(server.delete(&address).await.data()["status"], "SUCCESS");
    assert_eq!(server.send("GET", &format!("/setup?token={token}"), &[], None).await.refusal().0, 404);
    let bad = server.post("/invites", json!({"email": "grace@example.com", "role": "Emperor"})).await;
    assert_eq!(bad.refusal(), (422, "role"));
}

#[tokio::test]
async fn the_only_owner_cannot_be_deleted() {
    let server = server();
    let owner = server.sign_up().await;
    let users = server.ask_as(&owner, "GET", "/users", None).await;
    let address = format!("/users/{}", users.data()["users"][0]["id"].as_str().unwrap());
    assert_eq!(server.delete(&address).await.refusal().0, 422);
    assert_eq!(server.ask_as(&owner, "GET", "/session", None).await.status, 200);
}
