//! Names of files, and what they say.

use prime_event::{DestinationId, Timestamp};
use prime_log::Offset;
use prime_objects::{Listed, Path};
use xxhash_rust::xxh3::xxh3_64;

/// A file of expired events of one destination, all of which were received on one day.
///
/// `[prefix/]{destination}/{day}/{partition}-{offset}-{members}.{events}.jsonl.gz`: the UTC day as `2026-01-31`, the place in `events`
/// of the first one, a hash of the offsets of all, and how many there are. So other events lie in another file, and the same ones, put
/// there once more, in the same. An event may stand in several files, after a crash or after a replay in which it expired again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiredFile {
    pub path: String,
    /// When that day began.
    pub day: Timestamp,
    pub events: u64,
    /// Compressed.
    pub bytes: u64,
}

/// Where all files of a destination lie.
pub(super) fn folder(prefix: &str, destination: &DestinationId) -> Path {
    let folders = prefix.split('/').filter(|folder| !folder.is_empty());
    folders.fold(Path::default(), |path, folder| path.join(folder)).join(destination.as_str())
}

/// Of a file with events that were received on one day, at these offsets of a partition, in their order.
pub(super) fn path(
    prefix: &str,
    destination: &DestinationId,
    received_at: Timestamp,
    partition: u32,
    offsets: &[Offset],
) -> Path {
    let bytes: Vec<u8> = offsets.iter().flat_map(|offset| offset.to_be_bytes()).collect();
    let (first, members) = (offsets.first().copied().unwrap_or_default(), xxh3_64(&bytes));
    let name = format!("{partition}-{first:020}-{members:016x}.{}.jsonl.gz", offsets.len());
    folder(prefix, destination).join(day_of(received_at)).join(name)
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
        let received_at = Timestamp::from_millis(day.as_millis() + 86_399_999);
        let destination = DestinationId::new("dst");
        let path = path("/exports/late/", &destination, received_at, 2, &[77, 78, 90]);
        let (before, after) = path.as_ref().split_at("exports/late/dst/2026-01-31/2-00000000000000000077-".len());
        assert_eq!(before, "exports/late/dst/2026-01-31/2-00000000000000000077-");
        assert_eq!(after.len(), "0123456789abcdef.3.jsonl.gz".len(), "{after}");
        let file = ExpiredFile::read(&Listed { path: path.clone(), bytes: 9 }).unwrap();
        assert_eq!(file, ExpiredFile { path: path.to_string(), day, events: 3, bytes: 9 });
        assert_eq!(folder("", &destination).as_ref(), "dst");
    }

    #[test]
    fn a_name_without_its_members_is_read_as_well() {
        let path = Path::from("dst/2026-01-31/2-00000000000000000077.12.jsonl.gz");
        assert_eq!(ExpiredFile::read(&Listed { path, bytes: 9 }).unwrap().events, 12);
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
