use prime_delivery::AttemptOutcome;
use serde_json::json;

use crate::house::{House, eventually};
use crate::receiver::{Answer, Receiver, status};

#[tokio::test(flavor = "multi_thread")]
async fn a_test_sends_one_sample_and_shows_the_exchange_without_secrets() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    receiver.script([Answer { body: "who are you".into(), ..status(401) }]);
    let headers = json!({"Authorization": "Bearer hunter2"});
    let id = house.webhook(json!({"url": receiver.url(), "sharedSecret": "hunter2", "headers": headers}));
    house.switch(&id, false);
    let service = house.start().await;
    let destination = house.streams.control.definitions().destination(&id).unwrap().clone();

    let refused = service.handle.test(&destination, None).await;
    assert_eq!((refused.outcome, refused.status, refused.code.as_str()), (AttemptOutcome::Failed, Some(401), "401"));
    assert_eq!(refused.response.as_ref().unwrap().body, "who are you");
    assert!(refused.reason.contains("credentials"), "{}", refused.reason);
    let shown = serde_json::to_string(&refused).unwrap();
    assert!(!shown.contains("hunter2") && shown.contains("********"), "{shown}");

    let taken = service.handle.test(&destination, Some(&json!({"type": "identify", "userId": "u"}))).await;
    assert_eq!((taken.outcome, taken.status), (AttemptOutcome::Delivered, Some(200)));
    assert_eq!(receiver.got()[0].event(), "Test Event");
    assert_eq!(receiver.got()[1].body, r#"{"type":"identify","userId":"u"}"#);
    assert_eq!(house.counts(&id), [0, 0, 0, 0]);
    assert!(service.handle.attempts(&id).is_empty());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_of_an_archive_writes_an_object_and_says_where() {
    let house = House::build();
    let service = house.start().await;
    let definitions = house.streams.control.definitions();
    let archive = definitions.destinations_of(&house.source.id).next().unwrap();
    let report = service.handle.test(archive, None).await;
    assert_eq!(report.outcome, AttemptOutcome::Delivered, "{}", report.reason);
    assert!(report.reason.contains("segment-logs/dummy-object.txt"), "{}", report.reason);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_do_not_work_fail_each_event_with_the_field_in_words() {
    let house = House::build();
    let id = house.webhook(json!({"url": "nonsense"}));
    let service = house.start().await;
    house.track(&["A"]).await;
    eventually("the event has failed", || house.counts(&id) == [0, 1, 0, 0]).await;
    let attempt = service.handle.attempts(&id).remove(0);
    assert_eq!(attempt.code, "INVALID_SETTINGS");
    assert!(attempt.reason.contains("URL"), "{}", attempt.reason);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_says_how_far_behind_a_destination_is_and_why() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    receiver.always(status(503));
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    house.track(&["A", "B", "C"]).await;
    eventually("all were tried", || house.counts(&id)[3] >= 3).await;
    eventually("they wait", || service.handle.state(&id).unwrap().waiting).await;
    let state = service.handle.state(&id).unwrap();
    assert_eq!((state.position, state.behind), (0, 3));
    assert!(state.last_error.unwrap().contains("503"));
    receiver.always(status(200));
    eventually("it catches up", || service.handle.state(&id).unwrap().behind == 0).await;
    service.stop().await;
}
