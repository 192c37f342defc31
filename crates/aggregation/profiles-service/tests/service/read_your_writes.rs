//! Writers and readers at the same time: whoever names a position sees what was written there, and nobody goes back.

use std::sync::Arc;
use std::time::Duration;

use prime_profile_api::{NotReached, Space};
use prime_profiles::{Collection, Identifier};
use prime_profiles_service::{Position, SpaceProfiles};
use tokio::task::JoinSet;

use crate::house::{House, MemoryStates};

const WRITERS: u64 = 6;
const WRITES: u64 = 25;
const PATIENCE: Duration = Duration::from_secs(20);

fn identify(writer: u64, number: u64) -> String {
    format!(
        r#"{{"type":"identify","userId":"u{writer}","traits":{{"n":{number}}},"messageId":"{writer}-{number}","timestamp":"2024-05-01T10:{number:02}:00.000Z","receivedAt":"2024-05-01T11:00:00.000Z"}}"#
    )
}

fn read(space: &SpaceProfiles, writer: u64) -> u64 {
    let reader = space.reader();
    let user = Identifier::new(Collection::Users, "user_id", format!("u{writer}"));
    let Some(profile) = reader.find(space.first_fragment(&user)).unwrap() else { return 0 };
    let profile = reader.profile(&profile).unwrap();
    profile.traits().get("n").map_or(0, |value| value.value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_names_the_position_of_a_write_reads_it_and_nobody_reads_backwards() {
    let house = Arc::new(House::new());
    house.append(&[identify(99, 1)]).await;
    let running = house.start(Arc::new(MemoryStates::default())).await;
    house.settled(&running).await;
    let space = running.space();
    let mut tasks = JoinSet::new();
    for writer in 0..WRITERS {
        let (house, space) = (house.clone(), space.clone());
        tasks.spawn(async move {
            for number in 1..=WRITES {
                let record = crate::town::record(&identify(writer, number), 0);
                let offset = house.events.append(vec![record]).await.unwrap().start;
                let position = Position::Events(offset + 1).to_string();
                space.reach(&position, PATIENCE).await.unwrap();
                assert!(read(&space, writer) >= number, "the write is not there");
            }
        });
        let (space, house) = (running.space(), ());
        let _ = house;
        tasks.spawn(async move {
            let mut newest = 0;
            while newest < WRITES {
                let seen = read(&space, writer);
                assert!(seen >= newest, "a later read shows less");
                newest = seen;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_position_in_the_journal_is_reached_when_its_events_are_taken_or_there_are_none() {
    let house = House::new();
    house.append(&[identify(1, 1), identify(1, 2)]).await;
    let running = house.start(Arc::new(MemoryStates::default())).await;
    house.settled(&running).await;
    let space = running.space();
    let reach = async |position: Position, wait| space.reach(&position.to_string(), Duration::from_millis(wait)).await;
    assert_eq!(reach(Position::Journal(0), 100).await, Ok(()), "a later request was taken");
    assert_eq!(reach(Position::Journal(1), 100).await, Ok(()), "the journal was processed, and all events were taken");
    assert_eq!(reach(Position::Journal(2), 30).await, Err(NotReached::TimedOut));
    // A request all of whose messages were rejected: it makes no event.
    house.journal.0.store(3, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(reach(Position::Journal(2), 100).await, Ok(()));
    assert_eq!(space.reach("nowhere", Duration::ZERO).await, Err(NotReached::NoPosition));
    running.stop().await;
}
