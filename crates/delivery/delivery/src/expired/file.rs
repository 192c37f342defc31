//! Names of files, and what they say.

use prime_event::{DestinationId, Timestamp};
use prime_log::Offset;
use prime_objects::{Listed, Path};

/// A file of expired events of one destination, all of which were received on one day.
///
/// `[prefix/]{destination}/{day}/{partition}-{offset}.{events}.jsonl.gz`: the UTC day as `2026-01-31`, the place in `events` of the
/// first one, and how many there are. After a crash an event may stand in two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiredFile {
    pub path: String,
    /// When that day began.
    pub day: Timestamp,
    pub events: u64,
    /// Compressed.
    pub bytes: u64,
}

/// What a name is made of.
pub(super) struct First {
    pub(super) partition: u32,
    pub(super) offset: Offset,
    pub(super) received_at: Timestamp,
}

/// Where all files of a destination lie.
pub(super) fn folder(prefix: &str, destination: &DestinationId) -> Path {
    let folders = prefix.split('/').filter(|folder| !folder.is_empty());
    folders.fold(Path::default(), |path, folder| path.join(folder)).join(destination.as_str())
}

pub(super) fn path(prefix: &str, destination: &DestinationId, first: &First, events: usize) -> Path {
    let name = format!("{}-{:020}.{events}.jsonl.gz", first.partition, first.offset);
    folder(prefix, destination).join(day_of(first.received_at)).join(name)
}

pub(super) fn day_of(time: Timestamp) -> String {
    time.to_string().chars().take("2026-01-31".len()).collect()
}

impl ExpiredFile {
    /// None for what was put there by others.
    pub(super) fn read(listed: &Listed) -> Option<Self> {
        let mut parts = listed.path.parts().map(|part| part.as_ref().to_owned()).collect::<Vec<_>>();
        let (name, day) = (parts.pop()?, parts.pop()?);
        let events = name.strip_suffix(".jsonl.gz")?.rsplit_once('.')?.1.parse().ok()?;
        let day = Timestamp::parse(&format!("{day}T00:00:00Z"))?;
        Some(Self { path: listed.path.to_string(), day, events, bytes: listed.bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_the_day_and_how_many_events_there_are() {
        let day = Timestamp::parse("2026-01-31T00:00:00Z").unwrap();
        let first =
            First { partition: 2, offset: 77, received_at: Timestamp::from_millis(day.as_millis() + 86_399_999) };
        let destination = DestinationId::new("dst");
        let path = path("/exports/late/", &destination, &first, 12);
        assert_eq!(path.as_ref(), "exports/late/dst/2026-01-31/2-00000000000000000077.12.jsonl.gz");
        let file = ExpiredFile::read(&Listed { path: path.clone(), bytes: 9 }).unwrap();
        assert_eq!(file, ExpiredFile { path: path.to_string(), day, events: 12, bytes: 9 });
        assert_eq!(folder("", &destination).as_ref(), "dst");
    }

    #[test]
    fn files_of_others_are_left_out() {
        for path in
            ["dst/2026-01-31/notes.txt", "dst/later/1-2.3.jsonl.gz", "1-2.3.jsonl.gz", "dst/2026-01-31/1-2.x.jsonl.gz"]
        {
            assert_eq!(ExpiredFile::read(&Listed { path: Path::from(path), bytes: 1 }), None, "{path}");
        }
    }
}
