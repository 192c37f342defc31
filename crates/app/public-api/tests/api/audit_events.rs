use serde_json::json;

use super::server;

#[tokio::test]
async fn every_change_is_in_the_trail_newest_first_page_by_page() {
    let server = server();
    let cookie = server.sign_up().await;
    server.ask_as(&cookie, "PATCH", "/workspace", Some(json!({"name": "Shop"}))).await.data();
    let newest = server.get("/audit-events?pagination[count]=1").await;
    let event = &newest.data()["events"][0];
    assert_eq!((&event["type"], &event["actorEmail"]), (&json!("Workspace Modified"), &json!("ada@example.com")));
    assert_eq!((&event["resourceType"], &event["change"]), (&json!("WORKSPACE"), &json!({"name": "Shop"})));
    let (mut address, mut ids) = ("/audit-events?pagination[count]=2".to_owned(), Vec::new());
    loop {
        let answer = server.get(&address).await;
        for event in answer.data()["events"].as_array().unwrap() {
            ids.push(event["id"].as_str().unwrap().parse::<u64>().unwrap());
        }
        let Some(next) = answer.data()["pagination"]["next"].as_str() else { break };
        address = format!("/audit-events?pagination[count]=2&pagination[cursor]={next}");
    }
    assert_eq!(ids, (1..=ids.len() as u64).rev().collect::<Vec<_>>());
}
