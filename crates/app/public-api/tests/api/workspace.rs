use serde_json::json;

use super::server;

#[tokio::test]
async fn the_workspace_has_a_name_that_can_be_changed() {
    let server = server();
    let before = server.get("/").await;
    assert_eq!(before.data()["workspace"]["slug"], "my-workspace");
    let renamed = server.patch("/workspace", json!({"name": "Shop"})).await;
    assert_eq!(renamed.data()["workspace"]["name"], "Shop");
    assert_eq!(server.get("/").await.data(), renamed.data());
    assert_eq!(server.patch("/workspace", json!({"name": ""})).await.refusal(), (422, "name"));
}

#[tokio::test]
async fn the_configuration_in_force_is_shown_with_its_origins() {
    let server = server();
    let answer = server.get("/configuration").await;
    let settings = answer.data()["settings"].as_array().unwrap();
    let listen = settings.iter().find(|setting| setting["key"] == "http.listen").unwrap();
    assert_eq!((&listen["value"], &listen["origin"]), (&json!("127.0.0.1:8080"), &json!("default")));
}

#[tokio::test]
async fn echo_answers_what_was_said() {
    let server = server();
    let answer = server.get("/echo?message=gr%C3%BCezi").await;
    assert_eq!(answer.data(), &json!({"method": "GET", "path": "/api/v1/echo", "message": "grüezi"}));
    assert_eq!(server.get("/echo").await.refusal(), (422, ""));
}
