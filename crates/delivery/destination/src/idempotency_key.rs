//! The name under which a far side can recognise an event that it was sent before.

use std::fmt;

use prime_event::DestinationId;
use sha2::{Digest, Sha256};

/// Names the delivery of one message to one destination under one version of its mapping.
///
/// Equal for every attempt, after a crash, after a change of settings and in a replay; different for any other message,
/// destination or mapping version. It tells nothing of what it was made from. Prints as 32 lowercase hexadecimal digits, which
/// every far side known to us takes as a key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdempotencyKey([u8; 16]);

/// Which version of a destination's mapping an event was mapped by. It rises when the same event would make another request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MappingVersion(pub u32);

impl MappingVersion {
    /// The mapping of a destination whose requests follow from its settings alone.
    pub const FIRST: Self = Self(1);
}

impl IdempotencyKey {
    /// The first 16 bytes of SHA-256 over: the length of the message id in bytes (4 bytes, big endian), the message id,
    /// the length of the destination id (4 bytes, big endian), the destination id, the mapping version (4 bytes, big endian).
    ///
    /// This never changes: far sides remember keys longer than a version of this program lasts.
    pub fn new(message_id: &str, destination: &DestinationId, mapping: MappingVersion) -> Self {
        let mut hash = Sha256::new();
        for text in [message_id, destination.as_str()] {
            hash.update((text.len() as u32).to_be_bytes());
            hash.update(text);
        }
        hash.update(mapping.0.to_be_bytes());
        Self::of_digest(hash)
    }

    /// The key of a request that carries several events: the first 16 bytes of SHA-256 over their keys, in order. That of
    /// one event is its own.
    ///
    /// A batch that is formed anew has another key, as it is another request; a batch that is sent again has the same.
    pub fn of_batch(keys: impl IntoIterator<Item = Self>) -> Self {
        let mut keys = keys.into_iter();
        let (Some(first), second) = (keys.next(), keys.next()) else { return Self::of_digest(Sha256::new()) };
        let Some(second) = second else { return first };
        let mut hash = Sha256::new();
        for key in [first, second].into_iter().chain(keys) {
            hash.update(key.0);
        }
        Self::of_digest(hash)
    }

    fn of_digest(hash: Sha256) -> Self {
        let digest = hash.finalize();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        Self(key)
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdempotencyKey({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(message_id: &str, destination: &str, mapping: u32) -> IdempotencyKey {
        IdempotencyKey::new(message_id, &DestinationId::new(destination), MappingVersion(mapping))
    }

    /// Computed with another implementation:
    /// `printf '\0\0\0\003m-1\0\0\0\004dest\0\0\0\001' | openssl dgst -sha256`, the first 32 digits.
    #[test]
    fn the_key_is_the_documented_function_for_good() {
        assert_eq!(key("m-1", "dest", 1).to_string(), "c7f94f6c5bb1bd1f01e9af1fb0681907");
    }

    #[test]
    fn everything_that_names_a_delivery_counts() {
        let one = key("m-1", "dest", 1);
        assert_eq!(one, key("m-1", "dest", 1));
        for other in [key("m-2", "dest", 1), key("m-1", "tsed", 1), key("m-1", "dest", 2), key("m-1d", "est", 1)] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_batch_of_one_has_the_key_of_its_event_and_any_other_one_of_its_own() {
        let (one, two) = (key("m-1", "dest", 1), key("m-2", "dest", 1));
        assert_eq!(IdempotencyKey::of_batch([one]), one);
        let both = IdempotencyKey::of_batch([one, two]);
        assert_eq!(both, IdempotencyKey::of_batch([one, two]));
        assert!(both != one && both != two && both != IdempotencyKey::of_batch([two, one]));
    }
}
