//! Events on their way into files: one gzip stream per day received.

use std::collections::BTreeMap;
use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use prime_event::{EventRecord, Timestamp};
use prime_log::Offset;

use crate::layout::FirstEvent;

/// Events arrive in the order they were received, give or take seconds around midnight. More days than this in one pass
/// is a stream of old events caught up with in long steps; each open day costs about 300 KB.
const DAYS_MAX: usize = 8;

/// The files of one pass while they are written, in memory.
pub(crate) struct DayFiles {
    partition: u32,
    days: BTreeMap<Timestamp, OpenFile>,
    bytes_max: u64,
}

struct OpenFile {
    first: FirstEvent,
    events: u64,
    gzip: GzEncoder<Vec<u8>>,
}

/// A complete file that is not stored yet.
pub(crate) struct File {
    pub(crate) first: FirstEvent,
    pub(crate) events: u64,
    pub(crate) content: Bytes,
}

impl DayFiles {
    /// For events of this partition of the stream.
    pub(crate) fn new(partition: u32, bytes_max: u64) -> Self {
        Self { partition, days: BTreeMap::new(), bytes_max }
    }

    /// Adds an event. Equal events in equal order give equal bytes.
    pub(crate) fn push(&mut self, offset: Offset, event: &EventRecord) {
        let first = FirstEvent { partition: self.partition, offset, received_at: event.received_at };
        let file = self.days.entry(event.received_at.day()).or_insert_with(|| OpenFile {
            first,
            events: 0,
            gzip: GzEncoder::new(Vec::new(), Compression::default()),
        });
        file.events += 1;
        for part in [&event.payload[..], b"\n"] {
            file.gzip.write_all(part).expect("writing to memory does not fail");
        }
    }

    /// Whether the pass should end here. Decided by the events alone, so that a repeat ends at the same place or later.
    pub(crate) fn is_full(&self) -> bool {
        let bytes: usize = self.days.values().map(|file| file.gzip.get_ref().len()).sum();
        bytes as u64 >= self.bytes_max || self.days.len() > DAYS_MAX
    }

    /// The files, oldest day first.
    pub(crate) fn finish(self) -> Vec<File> {
        let close = |file: OpenFile| File {
            first: file.first,
            events: file.events,
            content: file.gzip.finish().expect("writing to memory does not fail").into(),
        };
        self.days.into_values().map(close).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use prime_event::{Origin, SourceId, WorkspaceId};

    use super::*;

    const MIDNIGHT: i64 = 1_449_878_400_000;

    fn event(received_ms: i64, payload: &str) -> EventRecord {
        EventRecord {
            origin: Origin { offset: 0, index: 0 },
            received_at: Timestamp::from_millis(received_ms),
            workspace: WorkspaceId::new("ws"),
            source: SourceId::new("src"),
            payload: Bytes::copy_from_slice(payload.as_bytes()),
        }
    }

    fn text(file: &File) -> String {
        let mut text = String::new();
        GzDecoder::new(&file.content[..]).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn events_around_midnight_go_to_the_day_they_were_received() {
        let mut files = DayFiles::new(0, u64::MAX);
        files.push(5, &event(MIDNIGHT - 1, "1"));
        files.push(6, &event(MIDNIGHT, "2"));
        files.push(9, &event(MIDNIGHT - 1, "3"));
        let files = files.finish();
        assert_eq!(files.iter().map(text).collect::<Vec<_>>(), ["1\n3\n", "2\n"]);
        assert_eq!(files.iter().map(|file| (file.first.offset, file.events)).collect::<Vec<_>>(), [(5, 2), (6, 1)]);
    }

    #[test]
    fn a_pass_ends_soon_after_its_bound_and_the_same_way_each_time() {
        let run = || {
            let mut files = DayFiles::new(0, 100_000);
            let mut state = 1_u64;
            let mut pushed = 0;
            while !files.is_full() {
                let mut payload = String::new();
                for _ in 0..64 {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    payload.push_str(&state.to_string());
                }
                files.push(pushed, &event(MIDNIGHT, &payload));
                pushed += 1;
            }
            (pushed, files.finish().remove(0).content)
        };
        let (pushed, content) = run();
        assert!((100_000..200_000).contains(&content.len()), "{} bytes", content.len());
        assert_eq!((pushed, content), run());
    }

    #[test]
    fn many_days_do_not_pile_up_in_memory() {
        let mut files = DayFiles::new(0, u64::MAX);
        let day = |number: i64| MIDNIGHT + number * 86_400_000;
        let pushed = (0..100).take_while(|&number| {
            files.push(number as u64, &event(day(number), "{}"));
            !files.is_full()
        });
        assert_eq!(pushed.count(), DAYS_MAX);
    }
}
