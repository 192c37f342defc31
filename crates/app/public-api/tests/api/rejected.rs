use serde_json::json;

use super::server;

#[tokio::test]
async fn a_rejected_message_tells_why_and_what_to_do_beside_the_original() {
    let server = server();
    let source = server.first_source();
    server.rejection(&source, "event_not_defined", br#"{"type":"track","messageId":"m1"}"#).await;
    let answer = server.get("/rejected").await;
    let rejected = &answer.data()["rejected"][0];
    assert_eq!((&rejected["code"], &rejected["sourceId"]), (&json!("event_not_defined"), &json!(source)));
    assert_eq!(rejected["sentence"], "The track call has no event name.");
    assert!(rejected["remedy"].as_str().unwrap().ends_with('.'));
    assert_eq!((&rejected["detail"], &rejected["type"]), (&json!("At `event`."), &json!("track")));
    assert_eq!(rejected["original"], r#"{"type":"track","messageId":"m1"}"#);
    assert_eq!((&rejected["originalEncoding"], &rejected["messageId"]), (&json!("utf8"), &json!("m1")));
}

#[tokio::test]
async fn an_original_that_is_no_text_comes_in_base64() {
    let server = server();
    server.rejection(&server.first_source(), "bad_request", b"\xff\x00").await;
    let answer = server.get("/rejected").await;
    let rejected = &answer.data()["rejected"][0];
    assert_eq!((&rejected["originalEncoding"], &rejected["original"]), (&json!("base64"), &json!("/wA=")));
}

#[tokio::test]
async fn rejected_messages_are_filtered_and_paged_newest_first() {
    let server = server();
    let source = server.first_source();
    for code in ["bad_request", "event_not_defined", "bad_request", "of_a_newer_version"] {
        server.rejection(&source, code, b"{}").await;
    }
    let offsets = async |query: &str| {
        let answer = server.get(&format!("/rejected?{query}")).await;
        let list = answer.data()["rejected"].as_array().unwrap().clone();
        list.iter().map(|rejected| rejected["offset"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(offsets("code=bad_request").await, [2, 0]);
    assert_eq!(offsets("limit=3").await, [3, 2, 1]);
    assert_eq!(offsets("sourceId=another").await, [0_u64; 0]);
    let newest = server.get("/rejected?limit=1").await;
    assert!(newest.data()["rejected"][0]["sentence"].as_str().unwrap().ends_with('.'));
}
