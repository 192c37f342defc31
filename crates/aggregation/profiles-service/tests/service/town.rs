//! Random people with several devices, some of them shared, some with junk for an id.

use bytes::Bytes;
use prime_event::{EventRecord, Origin, SourceId, Timestamp, WorkspaceId};
use prime_state::conformance::Random;

pub(crate) const SPACE: &str = "space";
const START_MS: i64 = 1_700_000_000_000;

/// Events of a town in some order, each with a journal request of its own.
pub(crate) fn events(random: &mut Random, count: u64) -> Vec<String> {
    (0..count).map(|number| event(random, number)).collect()
}

fn event(random: &mut Random, number: u64) -> String {
    let person = random.below(6);
    // Clocks go differently, and a kiosk is everybody's.
    let time = Timestamp::from_millis(START_MS + (number as i64) * 60_000 + random.below(600_000) as i64 - 300_000);
    let received = Timestamp::from_millis(START_MS + (number as i64) * 60_000 + 400_000);
    let device = if random.below(6) == 0 { "kiosk".to_owned() } else { format!("device-{person}-{}", random.below(2)) };
    let mut ids = vec![format!(r#""anonymousId":"{device}""#)];
    match random.below(10) {
        0 => ids.push(r#""userId":"0000-0000""#.to_owned()),
        1 => ids.push(r#""userId":"null""#.to_owned()),
        2..=5 => ids.push(format!(r#""userId":"u{person}""#)),
        _ => {}
    }
    let group = if random.below(5) == 0 { format!(r#","groupId":"g{}""#, person % 2) } else { String::new() };
    let context = match random.below(4) {
        0 => format!(
            r#"{{"externalIds":[{{"id":"c{person}","type":"card","collection":"users","encoding":"none"}}]{group}}}"#
        ),
        _ => format!(r#"{{"locale":"de"{group}}}"#),
    };
    let call = match random.below(4) {
        0 => format!(
            r#""type":"identify","traits":{{"email":"p{}@x.com","n":{number},"plan":{}}}"#,
            if random.below(8) == 0 { random.below(6) } else { person },
            ["null", "\"pro\"", "\"2024-01-01T10:00:00\""][random.below(3) as usize]
        ),
        1 => format!(r#""type":"group","groupId":"g{}","traits":{{"size":{number}}}"#, person % 2),
        _ => format!(r#""type":"track","event":"E{}","properties":{{"n":{number}.50}}"#, random.below(3)),
    };
    format!(
        r#"{{{call},{},"messageId":"m{number}","context":{context},"timestamp":"{time}","receivedAt":"{received}"}}"#,
        ids.join(",")
    )
}

/// As the processor writes it.
pub(crate) fn record(payload: &str, journal: u64) -> Bytes {
    let record = EventRecord {
        origin: Origin { offset: journal, index: 0 },
        received_at: Timestamp::from_millis(START_MS),
        workspace: WorkspaceId::new(SPACE),
        source: SourceId::new("web"),
        payload: Bytes::copy_from_slice(payload.as_bytes()),
    };
    record.encode()
}

pub(crate) fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for place in (1..items.len()).rev() {
        items.swap(place, random.below(place as u64 + 1) as usize);
    }
}
