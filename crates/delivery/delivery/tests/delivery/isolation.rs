use std::time::Duration;

use serde_json::json;

use crate::house::{House, eventually};
use crate::receiver::{Answer, Receiver, status};

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_or_failing_destination_does_not_delay_another() {
    let (house, slow, failing, quick) =
        (House::build(), Receiver::open().await, Receiver::open().await, Receiver::open().await);
    slow.always(Answer { delay: Duration::from_secs(60), ..Answer::default() });
    failing.always(status(500));
    for receiver in [&slow, &failing, &quick] {
        house.webhook(json!({"url": receiver.url()}));
    }
    let service = house.start().await;
    let names: Vec<String> = (0..200).map(|number| format!("E{number}")).collect();
    house.track(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    eventually("the quick one has all", || quick.count() == 200).await;
    assert!(slow.count() <= house.options.concurrency_max);
    assert!(failing.count() > 1);
    service.stop().await;
}
