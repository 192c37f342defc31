use std::collections::HashSet;

use prime_log::{Partition, ReadLimit, TopicOptions, WhenFull};
use prime_receipts::{Receipt, ReceiptRecord, Sampling, StateKind};
use serde_json::json;

use crate::house::{House, a_moment, eventually, track};
use crate::receiver::{Answer, Receiver, status};

fn keeping_all() -> Sampling {
    Sampling { rate: 1.0, per_second_min: 0 }
}

/// With a stream for receipts.
fn house(sampling: Sampling) -> (House, Partition) {
    let mut house = House::build();
    let options = TopicOptions { bytes_max: 1 << 26, age_max: None, when_full: WhenFull::TrimOldest };
    let partition = house.streams.log.partition("receipts", 0, options).unwrap();
    house.receipts = Some(prime_delivery::ReceiptStream { partition: partition.clone(), sampling });
    (house, partition)
}

fn records(partition: &Partition) -> Vec<ReceiptRecord> {
    let all = ReadLimit { bytes_max: 1 << 26, records_max: 10_000 };
    let records = partition.read(0, all).unwrap();
    records.iter().map(|record| ReceiptRecord::decode(&record.value).unwrap()).collect()
}

fn receipts(partition: &Partition) -> Vec<Receipt> {
    let receipt = |record| match record {
        ReceiptRecord::Receipt(receipt) => Some(*receipt),
        ReceiptRecord::Counted(_) => None,
    };
    records(partition).into_iter().filter_map(receipt).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_of_an_event_leaves_a_receipt_with_what_was_sent_and_what_came_back() {
    let ((house, stream), receiver) = (house(keeping_all()), Receiver::open().await);
    let headers = vec![("x-request-id", "r-1".to_owned()), ("set-cookie", "secret".to_owned())];
    receiver.script([Answer { body: "busy".into(), headers, ..status(503) }]);
    let id = house.webhook(json!({"url": receiver.url(), "headers": {"Authorization": "secret"}}));
    let service = house.start().await;
    let mut event = track("Signup");
    event["anonymousId"] = "a".into();
    event["context"] = json!({"app": {"version": "2.1"}});
    house.append(&house.source, std::slice::from_ref(&event)).await;
    eventually("both steps are written", || receipts(&stream).len() == 2).await;
    let [retrying, delivered] = <[Receipt; 2]>::try_from(receipts(&stream)).unwrap();
    assert_eq!((retrying.state.kind(), retrying.state.code()), (StateKind::Retrying, "503"));
    assert_eq!((delivered.state.kind(), delivered.retries), (StateKind::Delivered, 1));
    assert_eq!((&delivered.lane.source, &delivered.lane.destination), (&house.source.id, &id));
    assert_eq!((retrying.event, retrying.message_id.as_str()), (delivered.event, "id-Signup"));
    assert_eq!((delivered.app_version.as_str(), delivered.event_name.as_str()), ("2.1", "Signup"));
    assert_eq!((delivered.user_id.as_deref(), delivered.anonymous_id.as_deref()), (Some("u"), Some("a")));
    let attempt = &retrying.attempts[0];
    assert_eq!((attempt.number, attempt.status), (1, Some(503)));
    let request = attempt.request.as_ref().unwrap();
    assert_eq!(request.body, event.to_string());
    assert!(!format!("{:?}", request.headers).contains("secret"), "{:?}", request.headers);
    let response = attempt.response.as_ref().unwrap();
    assert_eq!(response.body, "busy");
    assert!(response.headers.contains(&("x-request-id".to_owned(), "r-1".to_owned())), "{:?}", response.headers);
    assert!(response.headers.contains(&("set-cookie".to_owned(), "********".to_owned())), "{:?}", response.headers);
    assert_eq!(delivered.attempts[0].number, 2);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_there_before_the_position_has_passed_its_event() {
    let ((house, stream), receiver) = (house(Sampling { rate: 0.0, per_second_min: 0 }), Receiver::open().await);
    receiver.script([status(400)]);
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    let mut filtered = track("Filtered");
    filtered["integrations"] = json!({"All": false});
    house.append(&house.source, &[track("Refused")]).await;
    eventually("it is refused", || house.counts(&id)[1] == 1).await;
    let delivered: Vec<_> = (0..40).map(|number| track(&format!("Taken {number}"))).collect();
    house.append(&house.source, &[delivered, vec![filtered]].concat()).await;
    let told = |stream: &Partition| {
        let of = |record: &ReceiptRecord| match record {
            ReceiptRecord::Receipt(_) => 1,
            ReceiptRecord::Counted(counted) => counted.groups.iter().map(|group| group.units.len()).sum(),
        };
        records(stream).iter().map(of).sum::<usize>() as u64
    };
    while house.committed() != Some(42) {
        let committed = house.committed().unwrap();
        assert!(told(&stream) >= committed, "{committed}");
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    assert_eq!(told(&stream), 42);
    let kinds: Vec<_> = receipts(&stream).iter().map(|receipt| receipt.state.kind()).collect();
    assert_eq!(kinds, [StateKind::Failed, StateKind::Filtered], "successes are counted only");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_waited_when_its_destination_was_switched_off_has_failed_also_after_a_restart() {
    let ((house, stream), receiver) = (house(keeping_all()), Receiver::open().await);
    receiver.always(status(503));
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    let events: Vec<_> = (0..3_000).map(|number| track(&format!("E{number}"))).collect();
    house.append(&house.source, &events).await;
    let mut filtered = track("Filtered");
    filtered["integrations"] = json!({"All": false});
    house.append(&house.source, &[filtered]).await;
    eventually("its circuit is open", || receiver.count() >= 10).await;
    house.switch(&id, false);
    let given_up = |stream: &Partition| {
        let receipts = receipts(stream);
        let ended = receipts.iter().filter(|receipt| receipt.state.code() == "DESTINATION_DISABLED");
        ended.map(|receipt| receipt.message_id.clone()).collect::<HashSet<_>>().len()
    };
    eventually("some are given up", || given_up(&stream) > 0).await;
    service.stop().await;
    let service = house.start().await;
    eventually("all are", || given_up(&stream) == 3_000).await;
    let tried = receipts(&stream).iter().filter(|receipt| receipt.state.kind() == StateKind::Retrying).count();
    assert!(tried < 1_000, "most were never tried: {tried}");
    eventually("the position passes them", || house.committed() == Some(3_001)).await;
    assert!(receipts(&stream).iter().any(|receipt| receipt.state.kind() == StateKind::Filtered));
    receiver.always(status(200));
    house.switch(&id, true);
    house.track(&["After"]).await;
    eventually("what comes after is delivered", || house.counts(&id)[0] == 1).await;
    assert_eq!(receiver.events().last().unwrap(), "After");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_switched_on_late_gets_what_was_not_given_up_yet_and_nothing_else() {
    const EVENTS: usize = 3_000;
    let ((house, stream), receiver) = (house(keeping_all()), Receiver::open().await);
    receiver.always(status(503));
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    let events: Vec<_> = (0..EVENTS).map(|number| track(&format!("E{number}"))).collect();
    house.append(&house.source, &events).await;
    eventually("its circuit is open", || receiver.count() >= 10).await;
    house.switch(&id, false);
    let ended = |stream: &Partition| {
        let receipts = receipts(stream);
        let with = |is: &dyn Fn(&Receipt) -> bool| -> HashSet<u64> {
            receipts.iter().filter(|receipt| is(receipt)).map(|receipt| receipt.event.offset).collect()
        };
        let given_up = with(&|receipt| receipt.state.code() == "DESTINATION_DISABLED");
        (given_up, with(&|receipt| receipt.state.kind() == StateKind::Delivered))
    };
    eventually("some are given up", || stream.bounds().end > 1_000).await;
    receiver.always(status(200));
    house.switch(&id, true);
    eventually("all have ended", || {
        let (given_up, delivered) = ended(&stream);
        given_up.len() + delivered.len() >= EVENTS
    })
    .await;
    let (given_up, delivered) = ended(&stream);
    assert!(given_up.is_disjoint(&delivered), "nothing is sent that has failed");
    assert_eq!(given_up.len() + delivered.len(), EVENTS);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_waited_when_its_destination_was_switched_off_has_failed() {
    let ((house, stream), receiver) = (house(keeping_all()), Receiver::open().await);
    receiver.always(status(503));
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    house.track(&["A"]).await;
    eventually("it was tried", || house.counts(&id)[3] >= 1).await;
    house.switch(&id, false);
    eventually("its end is told", || {
        receipts(&stream).last().is_some_and(|receipt| receipt.state.code() == "DESTINATION_DISABLED")
    })
    .await;
    a_moment().await;
    service.stop().await;
}
