//! Deleting identifiers, parting people, and taking both back.

use std::sync::Arc;

use prime_event::ComputedRecord;
use prime_identity::{Cause, Identifier as GraphIdentifier};
use prime_profile_api::{DeletionError, Space};
use prime_profiles::{Collection, Identifier};
use prime_profiles_service::SpaceProfiles;

use crate::house::{House, MemoryStates};
use crate::oracle::{check_members, dump};

fn event(number: u64, ids: &str, traits: &str) -> String {
    format!(
        r#"{{"type":"identify",{ids},"traits":{traits},"messageId":"m{number}","timestamp":"2024-05-01T10:00:{number:02}.000Z","receivedAt":"2024-05-01T10:01:00.000Z"}}"#
    )
}

fn user(kind: &str, value: &str) -> Identifier {
    Identifier::new(Collection::Users, kind, value)
}

/// The names of the traits of the profile that an identifier finds.
fn traits(space: &SpaceProfiles, kind: &str, value: &str) -> Option<Vec<String>> {
    let reader = space.reader();
    let profile = reader.find(space.first_fragment(&user(kind, value))).unwrap()?;
    let profile = reader.profile(&profile).unwrap();
    Some(profile.traits().iter().map(|(name, _)| name.to_owned()).collect())
}

async fn jane() -> (House, crate::house::Running) {
    let house = House::new();
    house
        .append(&[
            event(1, r#""anonymousId":"a1""#, r#"{"a":1}"#),
            event(2, r#""anonymousId":"a1","userId":"u1""#, r#"{"b":1}"#),
            event(3, r#""userId":"u1""#, r#"{"email":"jane@x.com"}"#),
            event(4, r#""anonymousId":"a2""#, r#"{"email":"jane@x.com"}"#),
            event(5, r#""anonymousId":"a2""#, r#"{"c":1}"#),
        ])
        .await;
    let running = house.start(Arc::new(MemoryStates::default())).await;
    house.settled(&running).await;
    (house, running)
}

fn cause() -> Cause {
    Cause { at_ms: 1_714_558_000_000, by: "test".into(), reason: String::new() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_identifier_finds_nobody_until_it_is_seen_again_and_history_stays() {
    let (house, running) = jane().await;
    let space = running.space();
    let all = ["a", "b", "c", "email"].map(str::to_owned).to_vec();
    assert_eq!(traits(&space, "email", "jane@x.com"), Some(all.clone()));
    space.clone().delete_identifier(&user("user_id", "u1"), &user("email", "jane@x.com")).await.unwrap();
    assert_eq!(traits(&space, "email", "jane@x.com"), None);
    assert_eq!(traits(&space, "user_id", "u1"), Some(all.clone()));
    check_members(&space);
    let again = space.clone().delete_identifier(&user("user_id", "u1"), &user("email", "jane@x.com")).await;
    assert_eq!(again, Err(DeletionError::IdentifierNotFound));
    let nobody = space.clone().delete_identifier(&user("user_id", "u9"), &user("email", "jane@x.com")).await;
    assert_eq!(nobody, Err(DeletionError::ProfileNotFound));

    let later = r#"{"type":"identify","anonymousId":"a9","traits":{"email":"jane@x.com","d":1},"messageId":"m9","timestamp":"2094-05-01T10:00:00.000Z","receivedAt":"2094-05-01T10:00:00.000Z"}"#;
    house.append(&[later.to_owned()]).await;
    house.settled(&running).await;
    let anew = ["d", "email"].map(str::to_owned).to_vec();
    assert_eq!(traits(&space, "email", "jane@x.com"), Some(anew));
    assert_eq!(traits(&space, "user_id", "u1"), Some(all));
    check_members(&space);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_parted_and_joined_again_without_a_trace() {
    let (house, running) = jane().await;
    let space = running.space();
    let before = dump(space_state(&space));
    let parted = act(&space, |space| {
        let record = space.operate(cause(), |graph| {
            graph.plan_apart(&[GraphIdentifier::user("user_id", "u1")], &[GraphIdentifier::user("anonymous_id", "a2")])
        });
        record.unwrap().number
    });
    let number = parted.await;
    assert!(!traits(&space, "user_id", "u1").unwrap().contains(&"c".to_owned()));
    assert!(traits(&space, "anonymous_id", "a2").unwrap().contains(&"c".to_owned()));
    check_members(&space);
    act(&space, move |space| drop(space.operate(cause(), |graph| graph.plan_undo(number)).unwrap())).await;
    check_members(&space);
    assert!(dump(space_state(&space)) == before);

    let said: Vec<_> = house.said().into_iter().map(|record| ComputedRecord::decode(record).unwrap()).collect();
    assert!(said.iter().map(|record| record.sequence).eq(0..said.len() as u64));
    let payloads: Vec<_> = said.iter().map(|record| String::from_utf8(record.payload.to_vec()).unwrap()).collect();
    for kind in ["profile_created", "identifier_mapped", "profile_merged", "profile_split"] {
        assert!(payloads.iter().any(|payload| payload.contains(kind)), "{kind} in {payloads:#?}");
    }
    assert!(payloads.iter().any(|payload| payload.contains(r#""operation":1"#)));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_act_says_reaches_computed_even_when_the_process_ends_before() {
    let (house, running) = jane().await;
    let space = running.space();
    space.clone().delete_identifier(&user("user_id", "u1"), &user("email", "jane@x.com")).await.unwrap();
    let said = house.said();
    let state = space_state(&space).clone();
    running.stop().await;
    // Another log, on which nothing of the act was written yet.
    let other = House::new();
    let until = said.iter().position(|record| String::from_utf8_lossy(record).contains("identifier_removed")).unwrap();
    other.computed.append(said[..until].to_vec()).await.unwrap();
    let records = (0..5).map(|number| crate::town::record("{}", number)).collect();
    other.events.append(records).await.unwrap();
    let again = other.start(Arc::new(Kept(state))).await;
    other.settled(&again).await;
    assert_eq!(other.said(), said);
    again.stop().await;
}

struct Kept(prime_state::State);

impl prime_profiles_service::SpaceStates for Kept {
    fn known(&self) -> std::io::Result<Vec<prime_event::WorkspaceId>> {
        Ok(vec![prime_event::WorkspaceId::new(crate::town::SPACE)])
    }

    fn open(&self, _space: &prime_event::WorkspaceId) -> Result<prime_state::State, prime_state::StateError> {
        Ok(self.0.clone())
    }
}

fn space_state(space: &SpaceProfiles) -> &prime_state::State {
    space.store().state()
}

async fn act<T: Send + 'static>(
    space: &Arc<SpaceProfiles>,
    work: impl FnOnce(&SpaceProfiles) -> T + Send + 'static,
) -> T {
    let space = space.clone();
    tokio::task::spawn_blocking(move || work(&space)).await.unwrap()
}
