use crate::harness::{Door, TRACK};

const ASK: &[(&str, &str)] = &[("primedata-verdicts", "per-message")];

#[tokio::test]
async fn who_asks_is_told_what_becomes_of_each_message() {
    let door = Door::open();
    let body = door
        .batch(&format!(r#"{TRACK},{{"type":"track","event":"e"}},{{"type":"page","userId":"u","messageId":"m1"}}"#));
    let answer = door.post("/v1/batch", ASK, body).await.json();
    assert_eq!(answer["success"], true);
    assert_eq!(answer["code"], "multi_user_error");
    let verdicts = answer["verdicts"].as_array().unwrap();
    assert_eq!(verdicts.len(), 3);
    assert_eq!(verdicts[0]["status"], "accepted");
    assert_eq!(verdicts[1]["code"], "no_user_anon_id");
    assert!(verdicts[1]["message"].as_str().unwrap().contains("userId"));
    assert_eq!(verdicts[2]["messageId"], "m1");
}

#[tokio::test]
async fn a_request_in_which_nothing_is_good_says_so() {
    let door = Door::open();
    let answer = door.post("/v1/batch", ASK, door.batch(r#"{"type":"page"}"#)).await.json();
    assert_eq!(answer["code"], "empty_batch_result");
    assert_eq!(door.post("/v1/batch", ASK, door.batch("")).await.json()["code"], "empty_batch");
}

#[tokio::test]
async fn who_does_not_ask_gets_the_plain_answer() {
    let door = Door::open();
    assert!(door.post("/v1/batch", &[], door.batch(r#"{"type":"page"}"#)).await.is_success());
}
