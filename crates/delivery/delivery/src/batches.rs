//! Events of one destination that share requests.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use prime_destination::{BatchLimits, Connection, Event, Group, Item, Next, Reply, RequestReport, ResponseReport};
use prime_event::Timestamp;
use prime_outbound::Client;
use tokio::sync::{Notify, oneshot};
use tokio::time::sleep;

use crate::exchange::{Attempted, attempt, connected};
use crate::wiring::Wiring;

/// Events that are under way at most where they share requests; more than one full batch, and little memory.
const UNDER_WAY_MAX: usize = 2_000;

/// Batches that are being filled. The event that opens one sends it, once it is full or has waited for long enough; the
/// others wait for what it was answered. What is tried again goes into a new batch.
#[derive(Default)]
pub(crate) struct Batches {
    open: Mutex<HashMap<Group, Arc<Batch>>>,
}

struct Batch {
    wiring: Arc<Wiring>,
    entries: Mutex<Vec<Entry>>,
    full: Notify,
}

/// One event of a batch, and who waits for its result.
struct Entry {
    item: Item,
    told: oneshot::Sender<Attempted>,
}

/// How many events of a destination may be under way at a time.
pub(crate) fn under_way_max(wiring: &Wiring, concurrency_max: usize) -> usize {
    let items_max = wiring.connection.as_ref().map_or(1, |connection| connection.terms().batch.items_max);
    match items_max {
        0 | 1 => concurrency_max,
        items_max => items_max.saturating_mul(2).clamp(concurrency_max, UNDER_WAY_MAX.max(concurrency_max)),
    }
}

impl Batches {
    /// Tries once to carry an event to a destination, together with others where the destination takes that.
    pub(crate) async fn attempt(&self, sender: &Client, wiring: &Arc<Wiring>, event: &Event) -> Attempted {
        let terms = wiring.connection.as_ref().ok().map(|connection| connection.terms());
        let Some(terms) = terms.filter(|terms| terms.batch.items_max > 1) else {
            return attempt(sender, wiring, event).await;
        };
        let item = match connected(wiring).and_then(|connection| prepared(connection, wiring, event)) {
            Ok(item) => item,
            Err(attempted) => return *attempted,
        };
        let (told, result) = oneshot::channel();
        if let Some(batch) = self.put(wiring, &terms.batch, Entry { item, told }) {
            self.fill(&batch, terms.linger_max).await;
            send(sender, &batch).await;
        }
        // Whoever was to send it may have been stopped: then it is as if nothing had been sent.
        result.await.unwrap_or_else(|_| Attempted::interrupted())
    }

    /// Returns the batch if this entry opened it.
    fn put(&self, wiring: &Arc<Wiring>, limits: &BatchLimits, entry: Entry) -> Option<Arc<Batch>> {
        let mut open = self.open.lock();
        let group = entry.item.group.clone();
        if let Some(batch) = open.get(&group) {
            let mut entries = batch.entries.lock();
            let fits = {
                let items = entries.iter().map(|entry| &entry.item).chain([&entry.item]);
                Arc::ptr_eq(&batch.wiring, wiring) && limits.take(items) > entries.len()
            };
            if fits {
                entries.push(entry);
                let is_full = entries.len() >= limits.items_max;
                drop(entries);
                if is_full {
                    let full = open.remove(&group);
                    full.inspect(|batch| batch.full.notify_one());
                }
                return None;
            }
            batch.full.notify_one();
        }
        let batch =
            Arc::new(Batch { wiring: Arc::clone(wiring), entries: Mutex::new(vec![entry]), full: Notify::new() });
        open.insert(group, Arc::clone(&batch));
        Some(batch)
    }

    /// Waits until nothing more comes into this batch.
    async fn fill(&self, batch: &Arc<Batch>, linger_max: Duration) {
        tokio::select! {
            () = batch.full.notified() => {}
            () = sleep(linger_max) => {}
        }
        self.open.lock().retain(|_, open| !Arc::ptr_eq(open, batch));
    }
}

fn prepared(connection: &dyn Connection, wiring: &Wiring, event: &Event) -> Result<Item, Box<Attempted>> {
    connection.prepare(event).map_err(|error| Box::new(Attempted::unsent(error.verdict(wiring.name))))
}

/// Sends what is in a batch. A refusal because of one event that is not named halves it, until that event is alone.
async fn send(sender: &Client, batch: &Batch) {
    let Ok(connection) = connected(&batch.wiring) else { return };
    let mut parts = vec![std::mem::take(&mut *batch.entries.lock())];
    while let Some(mut part) = parts.pop() {
        let items: Vec<Item> = part.iter().map(|entry| entry.item.clone()).collect();
        let request = connection.request(&items);
        let shown = RequestReport::from(&request);
        let exchange = sender.send(request).await;
        match connection.judge(&items, &exchange.reply, Timestamp::now()).next(items.len()) {
            Next::Halve(_) => {
                let second = part.split_off(part.len() / 2);
                parts.extend([second, part]);
            }
            Next::Verdicts(verdicts) => {
                let response = match &exchange.reply {
                    Reply::Response(response) => Some(ResponseReport::from(response)),
                    Reply::None(_) => None,
                };
                for (entry, verdict) in part.into_iter().zip(verdicts) {
                    let (request, response, latency) = (Some(shown.clone()), response.clone(), exchange.latency);
                    // Nobody listens any more when a stop was asked for.
                    let _ = entry.told.send(Attempted { verdict, latency, request, response });
                }
            }
        }
    }
}
