//! `profiles.history`: a thousand events of one person over HTTP.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use hdrhistogram::Histogram;
use prime_profile_api::{ProfileApiOptions, profile_api};
use tokio::net::TcpListener;

use super::Seen;
use super::house::House;
use super::people::known;
use super::read::get;
use crate::bar::{MeasureError, Reading};
use crate::progress::progress;

const EVENTS: usize = 1_000;
/// Different people, so that not one of them is in every cache.
const PEOPLE: u64 = 20;
const READS: usize = 600;
const LATENCY_US_MAX: u64 = 60_000_000;

pub(super) fn measure(house: &mut House) -> Result<Seen, MeasureError> {
    let chosen: Vec<u64> = (0..PEOPLE).map(|number| house.people.count / 2 + number * 17).collect();
    // Others in between, as in life.
    for _ in 0..EVENTS / 100 {
        let events = (0..100).flat_map(|_| chosen.clone());
        let records = events.map(|person| house.people.track(person, &known(person))).collect();
        house.append(records)?;
    }
    house.settle()?;
    progress(&format!("{} people have {EVENTS} events each", chosen.len()));
    let listener = house.runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    let router = profile_api(Arc::new(house.handle()), ProfileApiOptions { requests_per_second: u64::MAX });
    let server = house.runtime.spawn(async move { axum::serve(listener, router).await });
    let mut connection = TcpStream::connect(address)?;
    let mut latency_us = Histogram::<u64>::new_with_bounds(1, LATENCY_US_MAX, 3)
        .map_err(|error| MeasureError::Wrong(format!("{error:?}")))?;
    let mut bytes = 0;
    for read in 0..READS {
        let person = chosen[read % chosen.len()];
        let request = get(&format!("users/profiles/user_id:u{person}/events?limit={EVENTS}"));
        let started = Instant::now();
        connection.write_all(&request)?;
        let body = answer(&mut connection)?;
        latency_us.saturating_record(started.elapsed().as_micros() as u64);
        bytes = body.len();
        let events = body.windows(13).filter(|window| *window == br#""message_id":"#).count();
        if events != EVENTS {
            return Err(MeasureError::Wrong(format!("a history has {events} events")));
        }
    }
    server.abort();
    let ms = |quantile| latency_us.value_at_quantile(quantile) as f64 / 1_000.0;
    let mut settings = house.settings();
    settings["events"] = EVENTS.into();
    Ok(Seen {
        value: ms(0.99),
        beside: vec![
            Reading { name: "p50_ms", label: "p50", value: ms(0.5), unit: "ms" },
            Reading { name: "answer_kb", label: "answer", value: bytes as f64 / 1_000.0, unit: "KB" },
        ],
        settings,
    })
}

/// The body of the next answer, which has a length.
fn answer(connection: &mut TcpStream) -> Result<Vec<u8>, MeasureError> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = connection.read(&mut buffer)?;
        bytes.extend_from_slice(&buffer[..read]);
        let wrong = || MeasureError::Wrong("the history was not answered".to_owned());
        if read == 0 {
            return Err(wrong());
        }
        let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
        if !text.starts_with("http/1.1 200") {
            return Err(wrong());
        }
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
        let length: usize = length.ok_or_else(wrong)?;
        if bytes.len() >= head + 4 + length {
            return Ok(bytes.split_off(head + 4));
        }
    }
}
