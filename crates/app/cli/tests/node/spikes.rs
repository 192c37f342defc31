//! Three and five times the usual load for some seconds: refused is what cannot be taken, lost is nothing, and a second
//! later all is as before.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use prime_testkit::{Server, ServerOptions};
use tokio::task::JoinSet;

use crate::senders::{Answer, Connection, Waits, address, event, long_or, stop_and_count};

const CONNECTIONS: u64 = 384;
const RECOVERED_WITHIN: Duration = Duration::from_secs(1);
/// Of the usual load, once a spike is over; generous, as tests share their machine with others.
const USUAL_P99_MAX: Duration = Duration::from_millis(700);
const EVENT_BYTES: usize = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn spikes_lose_nothing_acknowledged_and_are_over_when_they_are_over() {
    let spike = Duration::from_secs(long_or(10, 2));
    // So that a machine of any speed can be asked for more than it takes in time.
    let options = ServerOptions::new(env!("CARGO_BIN_EXE_primedata")).set("PRIMEDATA_COLLECT__WAIT_TARGET_MS", 50);
    let mut server = options.start().await;
    let most = as_many_as_it_takes(&server).await;
    let usual = most / 3.0;
    let mut acknowledged = Vec::new();
    let mut refused = 0;
    for times in [3.0, 5.0] {
        let during = send(&server, &format!("spike-{times}"), usual * times, spike).await;
        tokio::time::sleep(RECOVERED_WITHIN).await;
        let after = send(&server, &format!("after-{times}"), usual, Duration::from_secs(1)).await;
        println!(
            "{times} x {usual:.0}/s: {} acknowledged, {} refused; then p99 {:?}, {} refused",
            during.acknowledged.len(),
            during.refused,
            after.waits.quantile(0.99),
            after.refused,
        );
        assert_eq!(after.refused, 0, "a second after a spike the usual load is taken");
        assert!(after.waits.quantile(0.99) < USUAL_P99_MAX, "{:?}", after.waits.quantile(0.99));
        refused += during.refused;
        acknowledged.extend(during.acknowledged.into_iter().chain(after.acknowledged));
    }
    println!("{refused} refused in all");
    let kept = stop_and_count(&mut server, acknowledged.len()).await.message_ids();
    let lost: HashSet<_> = acknowledged.iter().filter(|id| !kept.contains(*id)).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged were lost", lost.len(), acknowledged.len());
}

/// Requests a second when every connection sends again once it was answered.
async fn as_many_as_it_takes(server: &Server) -> f64 {
    let seconds = 1.0;
    let sent = send(server, "most", f64::INFINITY, Duration::from_secs_f64(seconds)).await;
    sent.acknowledged.len() as f64 / seconds
}

struct Sent {
    acknowledged: Vec<String>,
    refused: u64,
    waits: Waits,
}

/// Sends so many requests a second, whatever is answered, as far as the connections reach.
async fn send(server: &Server, name: &str, requests_per_s: f64, during: Duration) -> Sent {
    let next = Arc::new(AtomicU64::new(0));
    let mut senders = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (next, name) = (Arc::clone(&next), name.to_owned());
        let (address, write_key) = (address(server), server.write_key().to_owned());
        senders.spawn(async move {
            let mut connection = Connection::open_at(&address).await.expect("the server takes connections");
            let begun = Instant::now();
            let (mut acknowledged, mut waits, mut refused) = (Vec::new(), Vec::new(), 0);
            while begun.elapsed() < during {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let due = begun + Duration::from_secs_f64(number as f64 / requests_per_s);
                if due > begun + during {
                    break;
                }
                tokio::time::sleep_until(due.into()).await;
                let message_id = format!("{name}-{number}");
                let body = event(&write_key, &message_id, EVENT_BYTES);
                let answer = connection.post("/v1/track", &body).await.expect("every request is answered");
                match answer {
                    answer if answer.is_success() => {
                        waits.push(due.elapsed());
                        acknowledged.push(message_id);
                    }
                    answer => {
                        assert_refused(&answer);
                        refused += 1;
                    }
                }
            }
            (acknowledged, waits, refused)
        });
    }
    let (mut acknowledged, mut waits, mut refused) = (Vec::new(), Vec::new(), 0);
    for one in senders.join_all().await {
        acknowledged.extend(one.0);
        waits.extend(one.1);
        refused += one.2;
    }
    Sent { acknowledged, refused, waits: Waits::new(waits) }
}

fn assert_refused(answer: &Answer) {
    assert_eq!(answer.status, 429, "{answer:?}");
    assert!(answer.retry_after.is_some_and(|seconds| seconds > 0), "{answer:?}");
}
