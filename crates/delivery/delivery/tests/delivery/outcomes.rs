use std::time::{Duration, Instant};

use prime_delivery::{AttemptOutcome, DestinationState};
use serde_json::json;

use crate::house::{House, a_moment, eventually, track};
use crate::receiver::{Answer, Receiver, status};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_arrives_whole_and_signed_with_the_headers_of_the_settings() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    let headers = json!({"X-Team": "growth"});
    let id = house.webhook(json!({"url": receiver.url(), "method": "PUT", "sharedSecret": "key", "headers": headers}));
    let service = house.start().await;
    house.track(&["Signup"]).await;
    eventually("the event is delivered", || house.counts(&id) == [1, 0, 0, 1]).await;
    let got = receiver.got().remove(0);
    assert_eq!(got.body, track("Signup").to_string());
    assert_eq!((got.method.as_str(), got.uri.path()), ("PUT", "/in"));
    assert_eq!(
        (&got.headers["content-type"], &got.headers["x-team"]),
        (&"application/json".parse().unwrap(), &"growth".parse().unwrap())
    );
    // printf '%s' BODY | openssl dgst -sha1 -hmac key
    assert_eq!(got.headers["x-signature"], "4c68859d09e886819a10bf4a0894c78725c59f6d");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_fails_twice_is_delivered_once_with_three_attempts() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    receiver.script([status(500), status(500)]);
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    house.track(&["Signup"]).await;
    eventually("the event is delivered", || house.counts(&id) == [1, 0, 0, 3]).await;
    let attempts = service.handle.attempts(&id);
    let outcomes: Vec<_> = attempts.iter().map(|attempt| (attempt.attempt, attempt.outcome, attempt.status)).collect();
    use AttemptOutcome::*;
    assert_eq!(outcomes, [(3, Delivered, Some(200)), (2, Retrying, Some(500)), (1, Retrying, Some(500))]);
    assert!(receiver.got().iter().all(|got| got.body == receiver.got()[0].body));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_event_is_final_and_the_next_one_goes_on() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    receiver.script([Answer { body: "no such plan".into(), ..status(400) }]);
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    house.track(&["Refused"]).await;
    eventually("the event has failed", || house.counts(&id) == [0, 1, 0, 1]).await;
    house.track(&["Taken"]).await;
    eventually("the next is delivered", || house.counts(&id) == [1, 1, 0, 2]).await;
    let refused = service.handle.attempts(&id).remove(1);
    assert_eq!((refused.outcome, refused.code.as_str()), (AttemptOutcome::Failed, "400"));
    assert_eq!(refused.response.unwrap().body, "no such plan");
    eventually("the position is past both", || house.committed() == Some(2)).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_asks_for_a_pause_is_left_alone_for_that_long() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    receiver.script([Answer { headers: vec![("retry-after", "1".into())], ..status(429) }]);
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    house.track(&["First"]).await;
    eventually("the pause began", || receiver.count() == 1).await;
    a_moment().await;
    house.track(&["Second", "Third"]).await;
    eventually("all are delivered", || house.counts(&id)[0] == 3).await;
    let got = receiver.got();
    assert!(got[1].at - got[0].at >= Duration::from_millis(950), "{:?}", got[1].at - got[0].at);
    assert_eq!(got.len(), 4);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_does_not_answer_in_time_is_tried_again() {
    let (mut house, receiver) = (House::build(), Receiver::open().await);
    house.options.request_timeout = Duration::from_millis(200);
    receiver.script([Answer { delay: Duration::from_secs(30), ..Answer::default() }]);
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    let started = Instant::now();
    house.track(&["Signup"]).await;
    eventually("the event is delivered", || house.counts(&id) == [1, 0, 0, 2]).await;
    assert!(started.elapsed() < Duration::from_secs(5));
    let timed_out = service.handle.attempts(&id).remove(1);
    assert_eq!((timed_out.code.as_str(), timed_out.status), ("ETIMEDOUT", None));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn network_failures_have_names_and_are_tried_again_until_it_works() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    let refused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, codes) in [
        (format!("http://{refused}/"), ["ECONNREFUSED"; 2]),
        // Without name servers nobody can tell that there is no such name.
        ("http://no-such-host.invalid/".to_owned(), ["ENOTFOUND", "EAI_AGAIN"]),
        (receiver.url().replace("http://", "https://"), ["ECONNABORTED"; 2]),
    ] {
        let id = house.webhook(json!({"url": url}));
        let service = house.start().await;
        house.track(&["Signup"]).await;
        let failed =
            || service.handle.attempts(&id).first().is_some_and(|attempt| codes.contains(&attempt.code.as_str()));
        eventually(codes[0], failed).await;
        eventually("it waits", || service.handle.state(&id).is_some_and(|state| state.waiting)).await;
        house.set(&id, json!({"url": receiver.url()}));
        eventually("repaired settings are used for what waits", || house.counts(&id)[0] == 1).await;
        let is_well = |state: DestinationState| !state.waiting && state.last_error.is_none();
        eventually("it is well", || service.handle.state(&id).is_some_and(is_well)).await;
        service.stop().await;
        house.delete(&id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed() {
    let (house, receiver, elsewhere) = (House::build(), Receiver::open().await, Receiver::open().await);
    receiver.always(Answer { headers: vec![("location", elsewhere.url())], ..status(307) });
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    house.track(&["Signup"]).await;
    eventually("the event has failed", || house.counts(&id) == [0, 1, 0, 1]).await;
    assert_eq!(elsewhere.count(), 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_answer_is_cut_and_its_status_counts() {
    let (mut house, receiver) = (House::build(), Receiver::open().await);
    house.options.request_timeout = Duration::from_secs(1);
    receiver.always(Answer { body: "x".repeat(20_000_000), ..status(200) });
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    house.track(&["Signup"]).await;
    eventually("the event is delivered", || house.counts(&id) == [1, 0, 0, 1]).await;
    assert!(service.handle.attempts(&id)[0].response.as_ref().unwrap().body.len() < 4_096);
    service.stop().await;
}
