//! Carries events to the server as an engine would.

use std::net::SocketAddr;

use bytes::Bytes;
use prime_destination::{
    Connection, Destination, Event, IdempotencyKey, Item, MappingVersion, Next, OutboundRequest, Outcome,
    RequestDestination, Settings, Verdict,
};
use prime_destinations::mixpanel::Mixpanel;
use prime_event::{DestinationId, SourceId, Timestamp};
use prime_outbound::{Client, Networks, OutboundOptions};
use serde_json::Value;

use crate::documented::NOW_MS;

pub(crate) fn connect(settings: Value) -> Box<dyn Connection> {
    let settings = settings.as_object().unwrap();
    Mixpanel.connect(Settings::new(Mixpanel.metadata(), settings)).unwrap_or_else(|problems| panic!("{problems:?}"))
}

pub(crate) fn event(message_id: &str, payload: Value) -> Event {
    Event {
        source: SourceId::new("source"),
        received_at: Timestamp::from_millis(NOW_MS),
        idempotency_key: IdempotencyKey::new(message_id, &DestinationId::new("destination"), MappingVersion::FIRST),
        payload: Bytes::from(payload.to_string()),
    }
}

pub(crate) fn client() -> Client {
    let networks = Networks { allow_private: true, ..Networks::public() };
    Client::new(OutboundOptions { networks, ..OutboundOptions::default() }).unwrap()
}

/// The request as it would go to Mixpanel, but to this machine.
pub(crate) fn redirected(mut request: OutboundRequest, server: SocketAddr) -> OutboundRequest {
    request.url.set_scheme("http").unwrap();
    request.url.set_host(Some("127.0.0.1")).unwrap();
    request.url.set_port(Some(server.port())).unwrap();
    request
}

/// Sends the items as one request; the halves of a batch that was refused as a whole each as one. The last verdict of each.
pub(crate) async fn send(connection: &dyn Connection, server: SocketAddr, items: &[Item]) -> Vec<Verdict> {
    let client = client();
    let mut verdicts: Vec<Option<Verdict>> = vec![None; items.len()];
    let mut batches = vec![(0, items.len())];
    while let Some((from, to)) = batches.pop() {
        let batch = &items[from..to];
        let exchange = client.send(redirected(connection.request(batch), server)).await;
        match connection.judge(batch, &exchange.reply, Timestamp::from_millis(NOW_MS)).next(batch.len()) {
            Next::Verdicts(all) => {
                all.into_iter().enumerate().for_each(|(place, one)| verdicts[from + place] = Some(one))
            }
            Next::Halve(_) => batches.extend([(from, from + batch.len() / 2), (from + batch.len() / 2, to)]),
        }
    }
    verdicts.into_iter().flatten().collect()
}

pub(crate) fn outcomes(verdicts: &[Verdict]) -> Vec<Outcome> {
    verdicts.iter().map(|verdict| verdict.outcome).collect()
}
