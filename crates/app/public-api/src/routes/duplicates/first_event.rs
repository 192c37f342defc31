//! Looks for the event that a duplicate repeats.

use std::time::{Duration, Instant};

use prime_event::DuplicateRecord;
use prime_log::{Partition, ReadError};

use crate::stream_search::{oldest_first, place};
use crate::views::{EventBody, EventFilter};

/// A person waits for the answer, and a range as the deduplication names it is read through in a fraction of this.
const TIME_MAX: Duration = Duration::from_secs(2);

pub(super) enum FirstEvent {
    Found(EventBody),
    /// Why it cannot be shown, in a sentence.
    Missing(&'static str),
}

/// The event with the duplicate's messageId among the records of `events` that the duplicate names. Blocking.
pub(super) fn find(events: &[Partition], number: usize, duplicate: &DuplicateRecord) -> Result<FirstEvent, ReadError> {
    let (Some(range), Some(partition)) = (duplicate.first.events.clone(), events.get(number)) else {
        return Ok(FirstEvent::Missing(
            "Only the time at which the first message was received is known any more, not its place in the stream.",
        ));
    };
    let filter = EventFilter {
        workspace: duplicate.workspace.clone(),
        source: None,
        kind: None,
        name: None,
        user: None,
        message: Some(duplicate.message_id.clone()),
    };
    let begun = Instant::now();
    let (mut from, mut is_trimmed) = (range.start, false);
    while from < range.end {
        if begun.elapsed() > TIME_MAX {
            return Ok(FirstEvent::Missing(
                "The first message is one of very many events of that time; look for it by its messageId among the events.",
            ));
        }
        match oldest_first(partition, from, range.end - from) {
            Ok(records) => {
                let Some(last) = records.last() else { break };
                from = last.offset + 1;
                let within = records.iter().filter(|record| record.offset < range.end);
                let keep = |record| filter.keep(record, place(record.offset, number, events.len()));
                if let Some(event) = within.filter_map(keep).next() {
                    return Ok(FirstEvent::Found(event));
                }
            }
            Err(ReadError::Trimmed { start }) => (from, is_trimmed) = (start, true),
            Err(ReadError::Beyond { .. }) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(FirstEvent::Missing(if is_trimmed {
        "The first event is no longer kept in the stream; an archive of its source still has it."
    } else {
        "The first event is not in the stream; it was replaced, or the data folder is another one."
    }))
}

#[cfg(test)]
mod tests {
    use prime_event::{EventRecord, FirstSeen, Origin, SourceId, Timestamp, WorkspaceId};
    use prime_log::{Log, TopicOptions, WhenFull};

    use super::*;

    /// Two partitions of ten events each, with the ids `m0` to `m9`.
    async fn events() -> Vec<Partition> {
        let log = Log::in_memory();
        let options = || TopicOptions { bytes_max: 1 << 30, age_max: None, when_full: WhenFull::TrimOldest };
        let partitions: Vec<_> = (0..2).map(|number| log.partition("events", number, options()).unwrap()).collect();
        for partition in &partitions {
            let event = |number| EventRecord {
                origin: Origin { offset: number, index: 0 },
                received_at: Timestamp::from_millis(0),
                workspace: WorkspaceId::new("w"),
                source: SourceId::new("s"),
                payload: format!("{{\"type\":\"track\",\"messageId\":\"m{number}\"}}").into(),
            };
            partition.append((0..10).map(|number| event(number).encode()).collect()).await.unwrap();
        }
        partitions
    }

    fn duplicate(range: std::ops::Range<u64>) -> DuplicateRecord {
        let received = Timestamp::from_millis(0)..=Timestamp::from_millis(1);
        DuplicateRecord {
            origin: Origin { offset: 9, index: 0 },
            received_at: Timestamp::from_millis(2),
            workspace: WorkspaceId::new("w"),
            source: SourceId::new("s"),
            message_id: "m4".into(),
            first: FirstSeen { received, events: Some(range) },
            original: "{}".into(),
        }
    }

    fn missing(found: FirstEvent) -> &'static str {
        match found {
            FirstEvent::Found(event) => panic!("{event:?}"),
            FirstEvent::Missing(sentence) => sentence,
        }
    }

    #[tokio::test]
    async fn it_is_found_in_the_partition_of_the_same_number_and_nowhere_else() {
        let events = events().await;
        for number in [0, 1] {
            let FirstEvent::Found(event) = find(&events, number, &duplicate(2..6)).unwrap() else { panic!("missing") };
            let shown = serde_json::to_value(event).unwrap();
            assert_eq!((&shown["messageId"], &shown["offset"]), (&"m4".into(), &(4 * 2 + number as u64).into()));
        }
        assert!(missing(find(&events, 2, &duplicate(2..6)).unwrap()).starts_with("Only the time"));
    }

    #[tokio::test]
    async fn one_that_is_no_longer_kept_is_said_to_be() {
        let events = events().await;
        events[0].trim(5).unwrap();
        assert!(missing(find(&events, 0, &duplicate(2..8)).unwrap()).contains("no longer kept"));
        assert!(missing(find(&events, 0, &duplicate(5..8)).unwrap()).contains("is not in the stream"));
    }
}
