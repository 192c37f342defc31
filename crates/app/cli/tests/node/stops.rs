//! A stop drains: nothing accepted waits for the next start.

use std::time::Duration;

use prime_demo::{DemoOptions, Expected};
use prime_event::WriteKey;
use prime_testkit::{ServerOptions, read_duplicates, read_events, read_rejected};

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_under_load_loses_nothing_and_leaves_nothing_to_do() {
    let mut server = ServerOptions::new(env!("CARGO_BIN_EXE_primedata")).start().await;
    let options = DemoOptions {
        rate: f64::INFINITY,
        connections: 8,
        duration: Some(Duration::from_secs(2)),
        ..DemoOptions::new(server.url(), WriteKey::new(server.write_key()))
    };
    let mut acknowledged = (0, 0);
    let sending = prime_demo::run(options, |progress| {
        for message in progress.acknowledged() {
            match message.expected {
                Expected::Accepted => acknowledged.0 += 1,
                Expected::Rejected(_) => acknowledged.1 += 1,
            }
        }
    });
    let stopping = async {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        server.stop().await
    };
    // The demo goes on trying for a while after the server has gone; what it was told before is what counts.
    let (status, _) = tokio::join!(stopping, tokio::time::timeout(Duration::from_secs(6), sending));
    assert!(status.success());
    let (events, rejected) = (read_events(server.data_dir()).await, read_rejected(server.data_dir()).await);
    let refusals = rejected.iter().filter(|record| record.code == "bad_request" && !record.detail.is_empty()).count();
    let duplicates = read_duplicates(server.data_dir()).await.len();
    println!(
        "{acknowledged:?} acknowledged, {} events, {duplicates} duplicates, {} rejected",
        events.len(),
        rejected.len()
    );
    assert!(acknowledged.0 > 500, "the load was too small to prove anything");
    assert!(events.len() + duplicates >= acknowledged.0);
    assert!(rejected.len() >= acknowledged.1 && rejected.len() - refusals <= acknowledged.1 + 8 * 20);
    assert!(!server.data_dir().join("node.json").exists(), "a stopped node announces nothing");
}

#[tokio::test]
async fn a_live_stream_does_not_hold_up_a_stop() {
    let mut server = ServerOptions::new(env!("CARGO_BIN_EXE_primedata")).start().await;
    let http = reqwest::Client::new();
    let stream =
        http.get(format!("{}/api/v1/events/stream", server.url())).bearer_auth(&server.node.token).send().await;
    let stream = stream.expect("the stream opens");
    let begun = std::time::Instant::now();
    assert!(server.stop().await.success());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    drop(stream);
}
