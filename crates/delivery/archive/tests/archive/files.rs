use std::time::Duration;

use prime_destination::AttemptOutcome;
use serde_json::json;

use crate::house::{House, MIDNIGHT, eventually, line, lines};

#[tokio::test(flavor = "multi_thread")]
async fn the_files_hold_every_event_of_the_source_as_it_is_and_nothing_else() {
    let house = House::build();
    let other = house.another_source();
    house.append(&house.source, 0..10, MIDNIGHT).await;
    house.append(&other, 100..110, MIDNIGHT).await;
    house.append(&house.source, 10..20, MIDNIGHT).await;
    let service = house.start();
    eventually("both archives are written", || house.lines().len() == 30).await;
    let prefix = format!("segment-logs/{}/{MIDNIGHT}/", house.source.id);
    let files = house.files();
    let ours: Vec<_> = files.iter().filter(|(path, _)| path.starts_with(&prefix)).collect();
    assert_eq!(ours.len(), 1, "{files:?}");
    assert_eq!(ours[0].0, &format!("{prefix}{MIDNIGHT}.{}.00000000000000000000.gz", house.archive));
    assert_eq!(ours[0].1, &(0..20).map(|number| line(number) + "\n").collect::<String>());
    eventually("what is written is counted", || house.archived() == 20).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_day_of_reception_has_its_folder() {
    let house = House::build();
    house.append(&house.source, 0..3, MIDNIGHT - 1).await;
    house.append(&house.source, 3..5, MIDNIGHT).await;
    house.append(&house.source, 5..6, MIDNIGHT - 1).await;
    let service = house.start();
    eventually("all is written", || house.archived() == 6).await;
    let counts: Vec<_> = house
        .files()
        .into_iter()
        .map(|(path, text)| (path.split('/').nth(2).unwrap().parse::<i64>().unwrap(), text.lines().count()))
        .collect();
    assert_eq!(counts, [(MIDNIGHT - 86_400_000, 4), (MIDNIGHT, 2)]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_amounts_are_cut_into_files_without_loss() {
    let mut house = House::build();
    house.options.file_bytes_max = 20_000;
    for start in (0..20_000).step_by(1_000) {
        house.append(&house.source, start..start + 1_000, MIDNIGHT).await;
    }
    let service = house.start();
    eventually("all is written", || house.archived() == 20_000).await;
    assert!(house.files().len() >= 3, "{} files", house.files().len());
    assert_eq!(house.lines(), lines(0..20_000));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_comes_before_the_layout() {
    let house = House::build();
    let copy = house.another_archive(json!({"prefix": "exports/events"}));
    house.append(&house.source, 0..1, MIDNIGHT).await;
    let service = house.start();
    eventually("both are written", || house.files().len() == 2).await;
    let paths: Vec<_> = house.files().into_keys().collect();
    assert!(paths[0].starts_with("exports/events/segment-logs/") && paths[0].contains(copy.as_str()), "{paths:?}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_writes_what_has_gathered() {
    let mut house = House::build();
    house.options.flush_interval = Duration::from_secs(3_600);
    let service = house.start();
    house.append(&house.source, 0..5, MIDNIGHT).await;
    eventually("the archive is followed", || service.handle.state(&house.archive).is_some()).await;
    assert!(house.files().is_empty());
    service.stop().await;
    assert_eq!((house.lines(), house.committed()), (lines(0..5), Some(5)));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_the_files_written_and_where_the_archive_stands() {
    let house = House::build();
    house.append(&house.source, 0..5, MIDNIGHT).await;
    let service = house.start();
    eventually("it is written", || house.committed() == Some(5)).await;
    eventually("the state says so", || service.handle.state(&house.archive).unwrap().position == 5).await;
    let attempt = service.handle.attempts(&house.archive).remove(0);
    assert_eq!(attempt.outcome, AttemptOutcome::Delivered);
    assert!(attempt.event_name.ends_with(".gz") && attempt.reason.contains("5 events"), "{attempt:?}");
    service.stop().await;
}
