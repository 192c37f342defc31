//! Events that could not be delivered in time: kept, and sent from where they are kept.

use std::time::Duration;

use prime_delivery::{AccessKey, Bucket, ExpiredStore, Location, ReplayError, ReplayScope, ReplaySpec, ReplayState};
use prime_event::Timestamp;
use prime_log::{TopicOptions, WhenFull};
use serde_json::json;

use crate::house::{House, eventually};
use crate::receiver::{Receiver, status};
use crate::stage::Stage;

/// A house where events soon expire, kept in `store` if there is one.
async fn stage(store: Option<ExpiredStore>) -> Stage {
    let mut house = House::build();
    house.options.expiry = Duration::from_millis(300);
    if let Some(store) = store {
        house.options.expired = store;
    }
    Stage::build_with(house).await
}

/// Lets these expire, and sends them when the stream no longer has them.
async fn expire_and_replay(stage: &Stage) {
    stage.receiver.always(status(503));
    stage.house.track(&["late-1", "late-2", "late-3"]).await;
    eventually("all have expired", || stage.house.counts(&stage.id)[1] == 3).await;
    eventually("it is told", || stage.receipts.totals(stage.house.workspace(), &stage.id).unwrap().expired == 3).await;
    stage.caught_up().await;
    stage.receiver.always(status(200));
    let first = stage.receiver.count();

    let topic = TopicOptions { bytes_max: 1 << 26, age_max: None, when_full: WhenFull::TrimOldest };
    let emptied = stage.house.streams.log.partition("emptied", 0, topic).unwrap();
    let (replays, _running) = stage.start_on(emptied);
    let gone = stage.begin(&replays, stage.spec(ReplayScope::Failures)).await;
    assert!(matches!(gone, Err(ReplayError::Nothing)), "the stream has none: {gone:?}");
    let spec = stage.spec(ReplayScope::Expired);
    let named = ReplaySpec { event_name: Some("late-2".into()), ..spec.clone() };
    let preview = replays.preview(&stage.destination(), &named).await.unwrap();
    assert_eq!((preview.events, preview.is_complete), (1, true));
    assert_eq!(preview.samples[0].message_id, "id-late-2");
    let replay = stage.begin(&replays, spec.clone()).await.unwrap();
    assert_eq!(replay.total, 3);
    let ended = stage.ended(&replays, replay.number).await;
    assert_eq!((ended.state, ended.counts.delivered, ended.counts.failed), (ReplayState::Done, 3, 0));
    let got = stage.receiver.got();
    let key_of = |name: &str, from: usize| {
        let got = got.iter().skip(from).find(|got| got.event() == name);
        got.and_then(|got| got.headers.get("idempotency-key").cloned())
    };
    for name in ["late-1", "late-2", "late-3"] {
        assert!(key_of(name, first).is_some() && key_of(name, 0) == key_of(name, first), "{name}");
    }
    stage.caught_up().await;
    let again = stage.begin(&replays, spec.clone()).await;
    assert!(matches!(again, Err(ReplayError::Nothing)), "{again:?}");
    let past = ReplaySpec { end: spec.start, start: Timestamp::from_millis(0), ..spec };
    assert!(matches!(stage.begin(&replays, past).await, Err(ReplayError::Nothing)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expired_is_sent_from_its_files_when_the_stream_has_let_it_go() {
    let stage = stage(None).await;
    expire_and_replay(&stage).await;
    assert_eq!(stage.house.expired(&stage.id).len(), 3);
}

/// `TEST_S3_URL` is the address of a server that speaks S3; without it the test passes without looking.
#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_keeps_what_expired() {
    let Some(address) = std::env::var("TEST_S3_URL").ok().filter(|address| !address.is_empty()) else { return };
    let bucket = Bucket {
        name: "primedata-expired".to_owned(),
        region: "us-east-1".to_owned(),
        endpoint: Some(address.clone()),
        key: Some(AccessKey { id: "test".to_owned(), secret: "test".to_owned() }),
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let made = reqwest::Client::new().put(format!("{address}/{}", bucket.name)).send().await;
    made.and_then(reqwest::Response::error_for_status).expect("the S3 server makes a bucket");
    let store = ExpiredStore::new(Location::Bucket { bucket, guard: None }, "late/events");
    assert_eq!(store.to_string(), "s3://primedata-expired/late/events");
    let stage = stage(Some(store.clone())).await;
    expire_and_replay(&stage).await;
    let files = store.files(&stage.id).await.unwrap();
    assert_eq!(files.iter().map(|file| file.events).sum::<u64>(), 3);
    assert!(files[0].path.starts_with(&format!("late/events/{}/", stage.id)), "{}", files[0].path);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_they_cannot_be_kept_they_are_owed_and_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("kept");
    std::fs::write(&place, "in the way").unwrap();
    let (mut house, receiver) = (House::build(), Receiver::open().await);
    house.options.expiry = Duration::from_millis(100);
    house.options.expired = ExpiredStore::new(Location::Folder(place.clone()), "");
    receiver.always(status(503));
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    house.track(&["Late"]).await;
    let told = || service.handle.state(&id).and_then(|state| state.last_error);
    eventually("it is told", || told().is_some_and(|error| error.contains("cannot be kept"))).await;
    assert_eq!((house.counts(&id)[1], house.committed()), (0, Some(0)), "it is still owed");
    std::fs::remove_file(&place).unwrap();
    eventually("it is kept", || house.counts(&id)[1] == 1).await;
    assert_eq!(house.options.expired.files(&id).await.unwrap().len(), 1);
    service.stop().await;
}
