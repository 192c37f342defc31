//! Killed at any moment, also with the state thrown back by a power cut.

use std::path::Path;

use prime_event::ComputedRecord;
use prime_state::conformance::Random;
use prime_state::{State, StateOptions};

use crate::house::{House, Running, folders};
use crate::oracle::{check_members, dump};
use crate::town::{self, SPACE};

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

async fn dumped(running: Running, dir: &Path) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    check_members(&running.space());
    running.stop().await;
    let state = loop {
        // The last handle goes with the last thread of the service.
        match State::open(&StateOptions::of(dir.join(SPACE))) {
            Ok(state) => break state,
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
        }
    };
    dump(&state)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_crashes_the_state_is_the_same_and_nothing_was_said_twice_or_left_out() {
    let rounds = if std::env::var_os("PRIMEDATA_TEST_LONG").is_some() { 60 } else { 3 };
    for seed in 0..rounds {
        let mut random = Random(seed);
        let folder = tempfile::tempdir().unwrap();
        let events = town::events(&mut random, 240);

        let calm = House::new();
        calm.append(&events).await;
        let dir = folder.path().join("calm");
        let running = calm.start(folders(&dir)).await;
        calm.settled(&running).await;
        let expected = dumped(running, &dir).await;

        let stormy = House::new();
        let mut dir = folder.path().join("start");
        let mut running = stormy.start(folders(&dir)).await;
        for (number, some) in events.chunks(60).enumerate() {
            stormy.append(some).await;
            if number == 0 {
                // A space is durable before anything is said about it: that much no crash takes back.
                stormy.settled(&running).await;
            }
            // The files as they are at some moment of the work; the log goes on, so that the state falls behind it.
            let left = folder.path().join(format!("crash-{number}"));
            copy(&dir, &left);
            stormy.settled(&running).await;
            running.stop().await;
            dir = left;
            running = stormy.start(folders(&dir)).await;
        }
        stormy.settled(&running).await;
        assert!(dumped(running, &dir).await == expected, "seed {seed}");

        let (calmly, stormily) = (calm.said(), stormy.said());
        assert!(calmly.len() > 20);
        let differs = calmly.iter().zip(&stormily).find(|(calm, storm)| calm != storm);
        assert_eq!(differs, None, "seed {seed}: the same is said in the same order, once");
        assert_eq!(calmly.len(), stormily.len());
        let sequences = stormily.into_iter().map(|record| ComputedRecord::decode(record).unwrap().sequence);
        assert!(sequences.zip(0..).all(|(sequence, place)| sequence == place));
    }
}
