use std::process::{Command, Stdio};
use std::time::Duration;

use prime_destination::AttemptOutcome;
use tempfile::TempDir;

use crate::house::{House, MIDNIGHT, eventually, lines};

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_after_a_crash_replaces_the_file_and_adds_no_line() {
    let house = House::build();
    house.append(&house.source, 0..10, MIDNIGHT - 1).await;
    house.append(&house.source, 10..20, MIDNIGHT).await;
    house.start().stop().await;
    let before = house.files();
    assert_eq!(before.len(), 2);
    // As if the process had died after the files were durable and before the position was.
    let group = format!("destination/{}", house.archive);
    house.streams.log.commit(&group, &house.streams.events, 0).unwrap();
    house.append(&house.source, 20..30, MIDNIGHT).await;
    house.start().stop().await;
    assert_eq!(house.files().keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert_eq!((house.lines(), house.committed()), (lines(0..30), Some(30)));
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_dash_nine_at_any_moment_neither_loses_nor_doubles_an_event() {
    let folder = TempDir::new().unwrap();
    for round in 0..20 {
        let house = House::open(folder.path().to_owned());
        house.append(&house.source, round * 100..(round + 1) * 100, MIDNIGHT + round as i64 * 7_200_000).await;
        house.leave().await;
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "positions::victim"])
            .env(VICTIM_FOLDER, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(10 + round * 37 % 70)).await;
        victim.kill().unwrap();
        victim.wait().unwrap();
    }
    let house = House::open(folder.path().to_owned());
    let service = house.start();
    eventually("the rest is written", || house.committed() == Some(2_000)).await;
    service.stop().await;
    assert_eq!(house.lines(), lines(0..2_000));
}

const VICTIM_FOLDER: &str = "PRIMEDATA_TEST_VICTIM_FOLDER";

/// Not a promise: the process that the test above kills.
#[tokio::test(flavor = "multi_thread")]
async fn victim() {
    let Ok(folder) = std::env::var(VICTIM_FOLDER) else { return };
    let mut house = House::open(folder.into());
    house.options.flush_interval = Duration::from_millis(1);
    let _service = house.start();
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_cannot_write_says_so_and_catches_up() {
    let house = House::build();
    std::fs::write(house.root(), "in the way").unwrap();
    let service = house.start();
    house.append(&house.source, 0..5, MIDNIGHT).await;
    eventually("it says so", || {
        let attempts = service.handle.attempts(&house.archive);
        attempts.iter().filter(|attempt| attempt.outcome == AttemptOutcome::Retrying).count() >= 2
    })
    .await;
    assert!(service.handle.state(&house.archive).unwrap().last_error.is_some());
    assert_eq!(house.committed().unwrap_or_default(), 0);
    std::fs::remove_file(house.root()).unwrap();
    eventually("it catches up", || house.lines() == lines(0..5)).await;
    eventually("the error is gone", || service.handle.state(&house.archive).unwrap().last_error.is_none()).await;
    service.stop().await;
}
