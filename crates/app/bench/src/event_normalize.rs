//! `event.normalize`: what it costs to bring the messages of a batch into their final form.

use std::hint::black_box;
use std::time::{Duration, Instant};

use prime_event::{Arrival, Endpoint, RequestBody, RequestId, SourceId, Timestamp, normalize};
use serde_json::{Value, json};

use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured};
use crate::rounds::medians;

const BATCH_EVENTS: usize = 100;
const ROUNDS: usize = 21;
const ROUND: Duration = Duration::from_millis(150);

/// 2023-11-14T22:13:20Z, an arbitrary moment.
const RECEIVED_AT_MS: i64 = 1_700_000_000_000;

const ENDPOINT: Endpoint = Endpoint::Batch { client_side: false };

pub(crate) const BAR: Bar = Bar {
    name: "event.normalize",
    unit: "us/event",
    // Guards what is reached, 11 to 14, with room for the moods of a busy machine.
    demands: &[Demand { of: Figure::FloorRatio, bound: Bound::AtMost(20.0) }],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let body = serde_json::to_vec(&batch()).map_err(std::io::Error::from)?;
    let source = SourceId::new("source");
    let normalized = normalize_all(&body, &source);
    if normalized != BATCH_EVENTS {
        return Err(MeasureError::Wrong(format!("{normalized} of {BATCH_EVENTS} good messages were taken")));
    }
    let (value, floor) = medians(
        ROUNDS,
        || Ok(micros_per_event(|| normalize_all(black_box(&body), &source))),
        || Ok(micros_per_event(|| sonic_rs::from_slice::<sonic_rs::Value>(black_box(&body)))),
    )?;
    let settings = json!({
        "batch_events": BATCH_EVENTS,
        "event_bytes": body.len() / BATCH_EVENTS,
        "rounds": ROUNDS,
        "round_ms": ROUND.as_millis() as u64,
    });
    Ok(Measured::against(floor, value, settings))
}

fn micros_per_event<T>(batch: impl Fn() -> T) -> f64 {
    let started = Instant::now();
    let mut batches = 0;
    while started.elapsed() < ROUND {
        black_box(batch());
        batches += 1;
    }
    started.elapsed().as_secs_f64() * 1e6 / (batches * BATCH_EVENTS) as f64
}

/// How many messages of a body come out in final form.
fn normalize_all(body: &[u8], source: &SourceId) -> usize {
    let Ok(request) = RequestBody::parse(body, ENDPOINT) else { return 0 };
    let outcomes = request.messages().zip(0..).map(|(message, index)| {
        let arrival = Arrival {
            request: RequestId([7; 16]),
            index,
            received_at: Timestamp::from_millis(RECEIVED_AT_MS),
            endpoint: ENDPOINT,
            client: None,
            source,
        };
        message.value.and_then(|value| normalize(value, &message.envelope, &arrival))
    });
    outcomes.filter(|outcome| black_box(outcome).is_ok()).count()
}

/// What the shop of a retailer sends through a server library.
fn batch() -> Value {
    let messages: Vec<_> = (0..BATCH_EVENTS).map(message).collect();
    json!({
        "batch": messages,
        "context": {"library": {"name": "analytics-node", "version": "2.1.0"}},
        "sentAt": "2023-11-14T22:13:19.500Z",
    })
}

fn message(number: usize) -> Value {
    let mut message = json!({
        "messageId": format!("node-next-1700000000000-5c7b8f1e-{number:012}"),
        "timestamp": format!("2023-11-14T22:13:{:02}.{number:03}Z", number % 19),
        "anonymousId": format!("a3f5c1d2-7b64-4c1e-9d2f-{number:012}"),
        "userId": format!("user-{}", number * 7919),
        "context": {
            "ip": format!("203.0.113.{}", number % 250),
            "locale": "de-DE",
            "timezone": "Europe/Berlin",
            "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)",
            "page": {
                "path": format!("/shoes/trail/{number}"),
                "referrer": "https://search.example/?q=trail+shoes",
                "title": "Trail shoes – light and waterproof",
                "url": format!("https://shop.example/shoes/trail/{number}?utm_source=newsletter&utm_campaign=autumn"),
            },
            "campaign": {"source": "newsletter", "name": "autumn", "medium": "email"},
        },
        "integrations": {"All": true, "Webhook": false},
    });
    match number % 4 {
        0 => add(&mut message, json!({"type": "page", "name": "Product", "properties": {"category": "shoes"}})),
        1 => add(
            &mut message,
            json!({"type": "identify", "traits": {
                "email": format!("customer{number}@example.com"), "plan": "gold", "visits": number, "newsletter": true,
            }}),
        ),
        _ => add(
            &mut message,
            json!({"type": "track", "event": "Order Completed", "properties": {
                "order_id": format!("ord-{number:08}"), "total": 129.9, "currency": "EUR", "coupon": null,
                "products": [
                    {"product_id": "p-1", "name": "Trail shoe", "price": 99.95, "quantity": 1},
                    {"product_id": "p-2", "name": "Socks, wool", "price": 14.975, "quantity": 2},
                ],
            }}),
        ),
    }
    message
}

fn add(message: &mut Value, more: Value) {
    if let (Value::Object(message), Value::Object(more)) = (message, more) {
        message.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_of_the_batch_is_taken_and_has_a_believable_size() {
        let body = serde_json::to_vec(&batch()).unwrap();
        assert_eq!(normalize_all(&body, &SourceId::new("source")), BATCH_EVENTS);
        let event_bytes = body.len() / BATCH_EVENTS;
        assert!((800..1300).contains(&event_bytes), "{event_bytes} bytes per event");
    }
}
