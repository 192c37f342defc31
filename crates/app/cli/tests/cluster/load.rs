//! Senders that send again what was not acknowledged, as SDKs do, and some of what was; and remember what they were
//! promised.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinHandle;

/// What is known of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) is_acknowledged: bool,
    /// Whether it keeps to the contract, and so becomes an event.
    pub(crate) is_good: bool,
}

/// Messages by their id.
pub(crate) type Ledger = Arc<Mutex<HashMap<String, Sent>>>;

pub(crate) struct Load {
    pub(crate) ledger: Ledger,
    stop: Arc<AtomicBool>,
    lanes: Vec<JoinHandle<()>>,
}

/// One after the other, so that the order of each person's messages is the order in which they were sent.
struct Lane {
    name: String,
    url: String,
    write_key: String,
    http: reqwest::Client,
}

const LANES: usize = 3;
/// How often a batch is sent again that is not acknowledged.
const RETRIES: usize = 3;
/// People of one lane; nobody else sends about them.
const PEOPLE: u64 = 7;

impl Load {
    /// Sends to each of the servers, with some senders each. `name` is part of all ids.
    pub(crate) fn start(name: &str, urls: &[&str], write_key: &str) -> Self {
        let (ledger, stop) = (Ledger::default(), Arc::new(AtomicBool::new(false)));
        let mut lanes = Vec::new();
        for (server, url) in urls.iter().enumerate() {
            for lane in 0..LANES {
                let http = reqwest::Client::builder().timeout(Duration::from_secs(5)).build().unwrap();
                let (url, write_key) = (format!("{url}/v1/batch"), write_key.to_owned());
                let lane = Lane { name: format!("{name}-{server}-{lane}"), url, write_key, http };
                lanes.push(tokio::spawn(lane.run(Arc::clone(&ledger), Arc::clone(&stop))));
            }
        }
        Self { ledger, stop, lanes }
    }

    pub(crate) fn acknowledged(&self) -> usize {
        self.ledger.lock().unwrap().values().filter(|sent| sent.is_acknowledged).count()
    }

    pub(crate) async fn stop(self) -> HashMap<String, Sent> {
        self.stop.store(true, Relaxed);
        for lane in self.lanes {
            lane.await.unwrap();
        }
        std::mem::take(&mut *self.ledger.lock().unwrap())
    }
}

impl Lane {
    async fn run(self, ledger: Ledger, stop: Arc<AtomicBool>) {
        let mut number = 0u64;
        while !stop.load(Relaxed) {
            let mut ids = Vec::new();
            let mut messages = Vec::new();
            for _ in 0..4 {
                number += 1;
                let id = format!("{}-{number}", self.name);
                let is_good = !number.is_multiple_of(9);
                let who =
                    if is_good { format!(r#""userId":"{}-u{}","#, self.name, number % PEOPLE) } else { String::new() };
                messages.push(format!(
                    r#"{{"type":"track","event":"Tick","messageId":"{id}",{who}"properties":{{"number":{number}}}}}"#
                ));
                ids.push((id, is_good));
            }
            let body = format!(r#"{{"writeKey":"{}","batch":[{}]}}"#, self.write_key, messages.join(","));
            let mut is_acknowledged = self.send(&body).await;
            for _ in 0..RETRIES {
                if !is_acknowledged && !stop.load(Relaxed) {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    is_acknowledged = self.send(&body).await;
                }
            }
            // Before the next messages of the same people, so that their order stays.
            if is_acknowledged && number.is_multiple_of(5) {
                self.send(&body).await;
            }
            let sent = ids.into_iter().map(|(id, is_good)| (id, Sent { is_acknowledged, is_good }));
            ledger.lock().unwrap().extend(sent);
            tokio::time::sleep(Duration::from_millis(if is_acknowledged { 5 } else { 50 })).await;
        }
    }

    /// Whether it was acknowledged.
    async fn send(&self, body: &str) -> bool {
        let answer = self.http.post(&self.url).body(body.to_owned()).send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    }
}
