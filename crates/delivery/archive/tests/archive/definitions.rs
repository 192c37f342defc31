use serde_json::json;

use crate::house::{House, MIDNIGHT, a_moment, eventually, line, lines};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_archive_begins_at_the_earliest_event_kept() {
    let house = House::build();
    let service = house.start();
    house.append(&house.source, 0..5, MIDNIGHT).await;
    eventually("the first archive has them", || house.committed() == Some(5)).await;
    let copy = house.another_archive(json!({"prefix": "copy"}));
    eventually("the new one has them too", || house.committed_of(&copy) == Some(5)).await;
    let copied: String =
        house.files().into_iter().filter(|(path, _)| path.starts_with("copy/")).map(|(_, text)| text).collect();
    assert_eq!(copied, (0..5).map(|number| line(number) + "\n").collect::<String>());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switched_off_archive_leaves_out_what_arrives_meanwhile() {
    let house = House::build();
    let service = house.start();
    eventually("it is followed", || service.handle.state(&house.archive).is_some()).await;
    a_moment().await;
    house.append(&house.source, 0..5, MIDNIGHT).await;
    house.switch(false);
    a_moment().await;
    house.append(&house.source, 5..10, MIDNIGHT).await;
    a_moment().await;
    house.switch(true);
    a_moment().await;
    house.append(&house.source, 10..15, MIDNIGHT).await;
    eventually("the last are written", || house.committed() == Some(15)).await;
    assert_eq!(house.lines(), lines((0..5).chain(10..15)));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_archive_is_forgotten_and_its_files_stay() {
    let house = House::build();
    let service = house.start();
    house.append(&house.source, 0..5, MIDNIGHT).await;
    eventually("the file is written", || house.committed() == Some(5)).await;
    house.delete(&house.archive);
    eventually("the position is forgotten", || house.committed().is_none()).await;
    assert!(service.handle.state(&house.archive).is_none());
    assert_eq!(house.lines(), lines(0..5));
    service.stop().await;
}
