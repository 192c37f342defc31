//! `profiles.read`: traits by external id over HTTP.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use prime_profile_api::{ProfileApiOptions, profile_api};
use tokio::net::TcpListener;

use super::Seen;
use super::house::{House, TOKEN};
use super::people::{People, SPACE, device};
use crate::bar::{MeasureError, Reading};
use crate::load::{Load, Pace, Requests, run};

const CONNECTIONS: usize = 64;
const REQUESTS: usize = 200_000;
const WARM_UP: Duration = Duration::from_secs(3);
const MEASURED: Duration = Duration::from_secs(10);

pub(super) fn measure(house: &mut House) -> Result<Seen, MeasureError> {
    let listener = house.runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    let options = ProfileApiOptions { requests_per_second: u64::MAX };
    let router = profile_api(std::sync::Arc::new(house.handle()), options);
    let server = house.runtime.spawn(async move { axum::serve(listener, router).await });
    let mut people = People::new(house.people.count);
    let bytes = (0..REQUESTS).map(|number| request(number, people.somebody())).collect();
    let requests = Requests { bytes, events_per_request: 1, event_bytes: 0.0, body_bytes_per_event: 0.0 };
    let load = Load { address, connections: CONNECTIONS, pace: Pace::Saturating, warm_up: WARM_UP, measured: MEASURED };
    let report = run(&load, &requests, &mut |_| Ok(()))?;
    server.abort();
    if report.answered == 0 {
        return Err(MeasureError::Wrong("no read was answered".to_owned()));
    }
    let mut settings = house.settings();
    settings["connections"] = CONNECTIONS.into();
    Ok(Seen {
        value: report.answered as f64 / report.window.as_secs_f64(),
        beside: vec![
            Reading {
                name: "p99_ms",
                label: "p99",
                value: report.latency_us.value_at_quantile(0.99) as f64 / 1_000.0,
                unit: "ms",
            },
            Reading {
                name: "generator_us_per_read",
                label: "generator",
                value: report.generator_us_per_request,
                unit: "us/read",
            },
        ],
        settings,
    })
}

/// By each of the three identifiers in turn.
fn request(number: usize, person: u64) -> Box<[u8]> {
    let name = match number % 3 {
        0 => format!("user_id:u{person}"),
        1 => format!("email:p{person}%40example.com"),
        _ => format!("anonymous_id:{}", device(person)),
    };
    get(&format!("users/profiles/{name}/traits?limit=20"))
}

pub(super) fn get(path: &str) -> Box<[u8]> {
    let token = BASE64_STANDARD.encode(format!("{TOKEN}:"));
    format!("GET /v1/spaces/{SPACE}/collections/{path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Basic {token}\r\n\r\n")
        .into_bytes()
        .into()
}
