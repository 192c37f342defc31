use prime_event::Timestamp;

use crate::stamp::Stamp;

/// Where an event stands in every history that it is part of: by time, and within a millisecond by a fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub timestamp: Timestamp,
    pub fingerprint: u64,
}

/// Bytes of a place in a key.
pub(crate) const PLACE_BYTES: usize = 16;

impl Place {
    pub(crate) const FIRST: Self = Self { timestamp: Timestamp::EARLIEST, fingerprint: 0 };
    pub(crate) const LAST: Self = Self { timestamp: Timestamp::LATEST, fingerprint: u64::MAX };

    pub fn of(stamp: &Stamp) -> Self {
        Self { timestamp: stamp.timestamp, fingerprint: stamp.fingerprint() }
    }

    /// The first place of a millisecond.
    pub fn at(timestamp: Timestamp) -> Self {
        Self { timestamp, fingerprint: 0 }
    }

    /// Ordered as places are.
    pub(crate) fn to_bytes(self) -> [u8; PLACE_BYTES] {
        let mut bytes = [0; PLACE_BYTES];
        // With the sign turned over, times before 1970 come first.
        bytes[..8].copy_from_slice(&(self.timestamp.as_millis() ^ i64::MIN).to_be_bytes());
        bytes[8..].copy_from_slice(&self.fingerprint.to_be_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (millis, fingerprint) = bytes.split_first_chunk::<8>()?;
        let fingerprint = fingerprint.try_into().ok()?;
        Some(Self {
            timestamp: Timestamp::from_millis(i64::from_be_bytes(*millis) ^ i64::MIN),
            fingerprint: u64::from_be_bytes(fingerprint),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_ordered_as_places_are() {
        let place = |millis, fingerprint| Place { timestamp: Timestamp::from_millis(millis), fingerprint };
        let places =
            [place(i64::MIN, 5), place(-1, u64::MAX), place(0, 0), place(0, 1), place(7, 0), place(i64::MAX, 0)];
        assert!(places.is_sorted());
        assert!(places.map(Place::to_bytes).is_sorted());
        for place in places {
            assert_eq!(Place::from_bytes(&place.to_bytes()), Some(place));
        }
        assert_eq!(Place::from_bytes(&[0; 15]), None);
    }
}
