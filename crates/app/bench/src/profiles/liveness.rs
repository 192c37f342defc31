//! `profiles.liveness`: from an event in `events` to readers of profiles, under a steady stream.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use prime_profile_api::Space;
use prime_profiles_service::Position;

use super::Seen;
use super::house::House;
use crate::bar::{MeasureError, Reading};

const PER_SECOND: u64 = 10_000;
const TICK: Duration = Duration::from_millis(5);
const SECONDS: u64 = 20;
const PATIENCE: Duration = Duration::from_secs(30);
const LATENCY_US_MAX: u64 = 60_000_000;

pub(super) fn measure(house: &mut House) -> Result<Seen, MeasureError> {
    let space = house.space().expect("the space is open");
    let per_tick = PER_SECOND * TICK.as_millis() as u64 / 1_000;
    let ticks = SECONDS * 1_000 / TICK.as_millis() as u64;
    let (waits, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let (events, runtime) = (house.events.clone(), house.runtime.handle().clone());
    let latency_us = runtime.block_on(async {
        let mut latency_us = Histogram::<u64>::new_with_bounds(1, LATENCY_US_MAX, 3)
            .map_err(|error| MeasureError::Wrong(format!("{error:?}")))?;
        let mut clock = tokio::time::interval(TICK);
        clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        for _ in 0..ticks {
            clock.tick().await;
            let records = (0..per_tick).map(|_| house.people.act()).collect();
            let (events, space, waits) = (events.clone(), space.clone(), waits.clone());
            // Counts from when the event is durable in the stream: that is when it is a processed event.
            tokio::spawn(async move {
                let end = match events.append(records).await {
                    Ok(offsets) => offsets.end,
                    Err(_) => return,
                };
                let started = Instant::now();
                if space.reach(&Position::Events(end).to_string(), PATIENCE).await.is_ok() {
                    let _ = waits.send(started.elapsed());
                }
            });
        }
        drop(waits);
        while let Some(wait) = seen.recv().await {
            latency_us.saturating_record(wait.as_micros() as u64);
        }
        Ok::<_, MeasureError>(latency_us)
    })?;
    if latency_us.len() < ticks {
        return Err(MeasureError::Wrong("some events were never readable".to_owned()));
    }
    let ms = |quantile| latency_us.value_at_quantile(quantile) as f64 / 1_000.0;
    let mut settings = house.settings();
    settings["events_per_s"] = PER_SECOND.into();
    Ok(Seen {
        value: ms(0.5),
        beside: vec![
            Reading { name: "p99_ms", label: "p99", value: ms(0.99), unit: "ms" },
            Reading { name: "max_ms", label: "most", value: ms(1.0), unit: "ms" },
        ],
        settings,
    })
}
