//! Where an object lies: the layout that readers of Segment's raw archive know.

use prime_destinations::archive::ArchiveSettings;
use prime_event::{DestinationId, SourceId, Timestamp};
use prime_log::Offset;
use prime_objects::Path;

/// The first event of a file. It alone decides the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirstEvent {
    /// Of the partition of `events`; each has offsets of its own.
    pub(crate) partition: u32,
    pub(crate) offset: Offset,
    pub(crate) received_at: Timestamp,
}

/// `[prefix/]segment-logs/{source}/{day}/{received}.{destination}.{offset}.gz`, with `p{partition}-` before the offset in
/// all partitions but the first.
///
/// Received-at comes first so that names sort by time. The destination keeps two archives of one source apart that
/// share a bucket; both parts keep the files of another installation, whose offsets begin at zero too, from being replaced.
pub(crate) fn file(
    settings: &ArchiveSettings,
    source: &SourceId,
    destination: &DestinationId,
    first: FirstEvent,
) -> Path {
    let day = first.received_at.day().as_millis().to_string();
    let partition = match first.partition {
        0 => String::new(),
        number => format!("p{number}-"),
    };
    let name = format!("{}.{destination}.{partition}{:020}.gz", first.received_at.as_millis(), first.offset);
    root(settings).join(source.as_str()).join(day.as_str()).join(name.as_str())
}

/// What a test of the settings writes.
pub(crate) fn dummy(settings: &ArchiveSettings) -> Path {
    root(settings).join("dummy-object.txt")
}

fn root(settings: &ArchiveSettings) -> Path {
    let folders = settings.prefix.split('/').filter(|folder| !folder.is_empty());
    folders.fold(Path::default(), |path, folder| path.join(folder)).join("segment-logs")
}

#[cfg(test)]
mod tests {
    use prime_destinations::archive::Location;

    use super::*;

    fn settings(prefix: &str) -> ArchiveSettings {
        ArchiveSettings { location: Location::Local, prefix: prefix.to_owned() }
    }

    #[test]
    fn a_file_lies_under_its_source_and_the_day_its_events_were_received() {
        let first = FirstEvent { partition: 0, offset: 42, received_at: Timestamp::from_millis(1_449_947_461_152) };
        let (source, destination) = (SourceId::new("src"), DestinationId::new("dst"));
        assert_eq!(
            file(&settings(""), &source, &destination, first).as_ref(),
            "segment-logs/src/1449878400000/1449947461152.dst.00000000000000000042.gz"
        );
        let other = file(&settings(""), &source, &destination, FirstEvent { partition: 7, ..first });
        assert!(other.as_ref().ends_with("/1449947461152.dst.p7-00000000000000000042.gz"), "{other}");
        let nested = file(&settings("exports/events"), &source, &destination, first);
        assert!(nested.as_ref().starts_with("exports/events/segment-logs/src/"), "{nested}");
        assert_eq!(dummy(&settings("a")).as_ref(), "a/segment-logs/dummy-object.txt");
    }
}
