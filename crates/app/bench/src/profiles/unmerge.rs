//! `identity.unmerge`: parting a person with very many events, and reading both halves.

use std::time::Instant;

use prime_identity::{Cause, Identifier};
use prime_profile_api::Space;
use prime_profiles::{Collection, Identifier as ProfileIdentifier};

use super::Seen;
use super::house::House;
use crate::bar::{MeasureError, Reading};
use crate::progress::progress;
use crate::rounds::median;

const EVENTS: usize = 100_000;
const ROUNDS: usize = 9;

pub(super) fn measure(house: &mut House) -> Result<Seen, MeasureError> {
    // Two devices of one user; their events before and after they met.
    for device in 0..2 {
        let (alone, known) = (
            format!(r#""anonymousId":"unmerge-{device}","#),
            format!(r#""anonymousId":"unmerge-{device}","userId":"unmerge","#),
        );
        for _ in 0..EVENTS / 20_000 {
            let ids = (0..10_000).map(|number| if number % 10 == 0 { &known } else { &alone });
            let records = ids.map(|ids| house.people.track(1, ids)).collect();
            house.append(records)?;
        }
    }
    house.settle()?;
    progress(&format!("a person has {EVENTS} events"));
    let space = house.space().expect("the space is open");
    let entered = house.runtime.enter();
    let cause = || Cause { at_ms: 1_800_000_000_000, by: "bench".to_owned(), reason: String::new() };
    let events = |device: &str| -> Result<u64, MeasureError> {
        let wrong = |error: prime_profiles::StoreError| MeasureError::Wrong(error.to_string());
        let reader = space.reader();
        let identifier = ProfileIdentifier::new(Collection::Users, "anonymous_id", device);
        let Some(profile) = reader.find(space.first_fragment(&identifier)).map_err(wrong)? else { return Ok(0) };
        Ok(reader.profile(&profile).map_err(wrong)?.counts().total())
    };
    let (mut parted, mut joined) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let whole = events("unmerge-1")?;
        let started = Instant::now();
        let record = space.operate(cause(), |graph| {
            graph
                .plan_apart(&[Identifier::user("user_id", "unmerge")], &[Identifier::user("anonymous_id", "unmerge-1")])
        });
        let record = record.map_err(|error| MeasureError::Wrong(error.to_string()))?;
        let half = events("unmerge-1")?;
        parted.push(started.elapsed().as_secs_f64() * 1_000.0);
        let started = Instant::now();
        let undone = space.operate(cause(), |graph| graph.plan_undo(record.number));
        undone.map_err(|error| MeasureError::Wrong(error.to_string()))?;
        joined.push(started.elapsed().as_secs_f64() * 1_000.0);
        if whole != EVENTS as u64 || half == 0 || half >= whole || events("unmerge-1")? != whole {
            return Err(MeasureError::Wrong(format!("of {whole} events, {half} were parted")));
        }
    }
    drop(entered);
    let mut settings = house.settings();
    settings["events"] = EVENTS.into();
    let most = parted.iter().copied().fold(0.0, f64::max);
    Ok(Seen {
        value: most,
        beside: vec![
            Reading { name: "median_ms", label: "median", value: median(parted), unit: "ms" },
            Reading { name: "undo_median_ms", label: "undo", value: median(joined), unit: "ms" },
        ],
        settings,
    })
}
