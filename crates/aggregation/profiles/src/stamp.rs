use std::sync::Arc;

use prime_event::{SourceId, Timestamp};
use xxhash_rust::xxh3::Xxh3Default;

/// Which event something comes from. Ordered as events count: by time, then by `messageId`; the source decides between
/// two that share both, so that no two events are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    pub timestamp: Timestamp,
    pub message_id: Arc<str>,
    pub source: SourceId,
}

impl Stamp {
    pub fn new(timestamp: Timestamp, message_id: &str, source: SourceId) -> Self {
        Self { timestamp, message_id: message_id.into(), source }
    }

    /// Tells events of the same millisecond apart. Two of them with the same one, within one fragment, would count as one:
    /// among a million such pairs the chance of it is one in 10^13.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hash = Xxh3Default::new();
        hash.update(self.source.as_str().as_bytes());
        hash.update(&[0]);
        hash.update(self.message_id.as_bytes());
        hash.digest()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_counts_before_the_message_id_and_the_source_last() {
        let stamp = |millis, id, source| Stamp::new(Timestamp::from_millis(millis), id, SourceId::new(source));
        let ordered = [stamp(1, "z", "z"), stamp(2, "a", "b"), stamp(2, "b", "a"), stamp(2, "b", "b")];
        assert!(ordered.is_sorted());
        let fingerprints: std::collections::HashSet<_> = ordered.iter().map(Stamp::fingerprint).collect();
        assert_eq!(fingerprints.len(), 4);
        assert_ne!(stamp(1, "b", "a").fingerprint(), stamp(1, "", "ab").fingerprint());
    }
}
