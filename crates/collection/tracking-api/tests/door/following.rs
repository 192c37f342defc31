//! A door on a node that is told by another what sources there are.

use http::StatusCode;

use crate::harness::{Door, TRACK};

#[tokio::test]
async fn a_door_that_knows_no_sources_yet_asks_to_send_again_and_one_that_knows_them_takes() {
    let teller = Door::open();
    let door = Door::following();
    let batch = teller.batch(TRACK);
    let refused = door.post("/v1/batch", &[], batch.clone()).await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "2"));
    assert_eq!(refused.json()["success"].as_bool(), Some(false));
    assert!(door.journaled().is_empty());

    door.control.take(&teller.control.definitions().to_snapshot()).unwrap();
    assert!(door.post("/v1/batch", &[], batch).await.is_success());
    assert_eq!(door.journaled().len(), 1);
}
