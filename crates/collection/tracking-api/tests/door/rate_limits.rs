//! What one source may send.

use std::time::Duration;

use http::StatusCode;
use prime_event::SourceId;
use prime_tracking_api::RateLimit;

use crate::harness::{Door, TRACK};

const LIMIT: RateLimit = RateLimit { messages_per_second: 2, burst: Duration::from_secs(1) };

fn source(door: &Door) -> SourceId {
    door.control.definitions().write_key(&door.write_key).unwrap().source.id.clone()
}

#[tokio::test]
async fn a_source_that_sends_too_much_is_told_when_to_come_again_and_loses_nothing_it_was_promised() {
    let door = Door::with_rate_limit(LIMIT);
    let batch = door.batch(&[TRACK; 12].join(","));
    assert!(door.post("/v1/batch", &[], batch.clone()).await.is_success());
    let refused = door.post("/v1/batch", &[], batch).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    // Six seconds' worth was taken, one of which is the burst.
    assert_eq!((refused.header("retry-after"), refused.header("x-ratelimit-reset")), ("5", "5"));
    let body = refused.json();
    assert_eq!((body["success"].as_bool(), body["code"].as_str()), (Some(false), Some("too_many_requests")));
    assert!(body["message"].as_str().unwrap().contains("2 messages a second"));
    assert_eq!(door.journaled().len(), 1);
    let counters = door.counters.source(&source(&door));
    assert_eq!(counters.accepted(), 12);
    assert!(door.counters.prometheus().contains("code=\"too_many_requests\"} 1"));
}

#[tokio::test]
async fn one_source_at_its_limit_leaves_the_others_alone() {
    let door = Door::with_rate_limit(LIMIT);
    let definitions = door.control.definitions();
    let workspace = definitions.write_key(&door.write_key).unwrap().workspace.clone();
    let other = door.another_source(&workspace);
    assert!(door.post("/v1/batch", &[], door.batch(&[TRACK; 50].join(","))).await.is_success());
    assert_eq!(door.post("/v1/batch", &[], door.batch(TRACK)).await.status, StatusCode::TOO_MANY_REQUESTS);
    let body = format!(r#"{{"writeKey":"{other}","batch":[{TRACK}]}}"#);
    assert!(door.post("/v1/batch", &[], body).await.is_success());
}
