//! What becomes of an event before it is sent, and how many of these may share a request.

use std::sync::Arc;

use bytes::Bytes;

use crate::idempotency_key::IdempotencyKey;

/// An event made ready for its destination: all that a request needs of it. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub group: Group,
    pub idempotency_key: IdempotencyKey,
    /// What the event contributes to a request's body.
    pub body: Bytes,
}

/// Items of equal groups may share a request; others never do. Means something to the connection that made it, and
/// to nobody else. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Group(Option<Arc<str>>);

impl Group {
    /// For a connection whose items may all share requests.
    pub const ONE: Self = Self(None);

    pub fn new(name: &str) -> Self {
        Self(Some(name.into()))
    }

    /// The name it was made from; empty for [`Group::ONE`].
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

/// How much may go into one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchLimits {
    /// At least 1; with 1 every event is a request of its own.
    pub items_max: usize,
    /// Bytes of all bodies together, each counted with one byte for what stands between them. An item that is larger
    /// goes alone.
    pub bytes_max: usize,
}

impl BatchLimits {
    /// Every event is a request of its own.
    pub const SINGLE: Self = Self { items_max: 1, bytes_max: usize::MAX };

    /// How many of the items at the front of the list make the next request: as many as share the first one's group and
    /// fit. None only if the list is empty.
    pub fn take<'a>(&self, items: impl IntoIterator<Item = &'a Item>) -> usize {
        let mut items = items.into_iter();
        let Some(first) = items.next() else { return 0 };
        let mut bytes = first.body.len().saturating_add(1);
        let more = items.take(self.items_max.saturating_sub(1)).take_while(|item| {
            bytes = bytes.saturating_add(item.body.len()).saturating_add(1);
            item.group == first.group && bytes <= self.bytes_max
        });
        1 + more.count()
    }
}

#[cfg(test)]
mod tests {
    use prime_event::DestinationId;

    use super::*;
    use crate::idempotency_key::MappingVersion;

    fn item(group: &str, bytes: usize) -> Item {
        Item {
            group: Group::new(group),
            idempotency_key: IdempotencyKey::new("m", &DestinationId::new("d"), MappingVersion::FIRST),
            body: vec![b'x'; bytes].into(),
        }
    }

    #[test]
    fn a_request_holds_what_fits_of_one_group_and_at_least_one_item() {
        let limits = BatchLimits { items_max: 3, bytes_max: 20 };
        let take = |items: &[Item]| limits.take(items);
        assert_eq!(take(&[]), 0);
        assert_eq!(take(&[item("a", 100)]), 1);
        assert_eq!(take(&[item("a", 100), item("a", 1)]), 1);
        assert_eq!(take(&[item("a", 1), item("a", 1), item("a", 1), item("a", 1)]), 3);
        assert_eq!(take(&[item("a", 9), item("a", 9), item("a", 0)]), 2);
        assert_eq!(take(&[item("a", 1), item("b", 1), item("a", 1)]), 1);
        assert_eq!(BatchLimits::SINGLE.take(&[item("a", 1), item("a", 1)]), 1);
    }
}
