use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Fixture, TOKEN, basic};

const PATH: &str = "users/profiles/user_id:u1/traits";

fn identify(number: u32) -> serde_json::Value {
    let at = "2024-05-01T10:00:00.000Z";
    json!({"type": "identify", "messageId": format!("m{number}"), "timestamp": at, "traits": {"n": number}})
}

#[tokio::test]
async fn a_read_waits_for_its_position_and_tells_its_own() {
    let fixture = Fixture::new();
    fixture.take(&["user_id:u1"], identify(1));
    let answer = fixture.get(PATH).await;
    assert_eq!(answer.headers["x-primedata-position"], "1");
    let token = basic(TOKEN);
    let headers = [("authorization", token.as_str()), ("x-primedata-position", "2")];
    let read = fixture.get_with(PATH, &headers);
    let write = async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        fixture.take(&["user_id:u1"], identify(2));
    };
    let (answer, ()) = tokio::join!(read, write);
    assert_eq!(answer.body["traits"], json!({"n": 2}));
    assert_eq!(answer.headers["x-primedata-position"], "2");
}

#[tokio::test]
async fn a_position_that_is_not_reached_in_time_is_an_answer_of_its_own() {
    let fixture = Fixture::new();
    fixture.take(&["user_id:u1"], identify(1));
    let token = basic(TOKEN);
    let ask = async |position: &str, wait: &str| {
        let headers =
            [("authorization", token.as_str()), ("x-primedata-position", position), ("x-primedata-wait-ms", wait)];
        fixture.get_with(PATH, &headers).await
    };
    let started = Instant::now();
    assert_eq!(ask("9", "40").await.refusal(), (504, "position_not_reached"));
    assert!(started.elapsed() >= Duration::from_millis(40));
    assert_eq!(ask("nine", "40").await.refusal(), (400, "invalid_request_error"));
    assert_eq!(ask("1", "soon").await.refusal(), (400, "invalid_request_error"));
    assert_eq!(ask("1", "0").await.status, 200);
}
