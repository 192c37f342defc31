//! Identifiers as the graph and its neighbours name them: 16 bytes.

use std::fmt;
use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::identifier::{Collection, Identifier};

/// One identifier in one of its lives, in 16 bytes: what data about people is kept under.
///
/// It is a keyed hash of the identifier, so that no sender can make two identifiers meet. An identifier that was removed
/// from a profile leaves its fragment there and gets a new one when it is seen again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fragment(u128);

/// Makes fragments. The same key gives the same fragments, for good; another key gives entirely others.
#[derive(Clone)]
pub struct FragmentKey {
    key: [u8; 16],
    hasher: SipHasher13,
}

/// The lowest bit tells the collections apart, so that a fragment alone says whether it is a user's.
const ACCOUNTS: u128 = 1;

impl FragmentKey {
    pub fn new(key: [u8; 16]) -> Self {
        Self { hasher: SipHasher13::new_with_key(&key), key }
    }

    pub fn as_bytes(&self) -> [u8; 16] {
        self.key
    }

    /// The first life of an identifier.
    pub fn fragment(&self, identifier: &Identifier<'_>) -> Fragment {
        let hash = self.hash(&identifier.kind, &identifier.value, 0) & !ACCOUNTS;
        Fragment(hash | u128::from(identifier.collection == Collection::Accounts))
    }

    /// The life that began with the removal of this number.
    pub(crate) fn later_life(&self, first: Fragment, removal: u64) -> Fragment {
        let mut hasher = self.hasher;
        hasher.write(&first.0.to_le_bytes());
        hasher.write(&removal.to_le_bytes());
        Fragment((hasher.finish128().as_u128() & !ACCOUNTS) | (first.0 & ACCOUNTS))
    }

    #[inline]
    fn hash(&self, kind: &str, value: &str, salt: u8) -> u128 {
        let mut hasher = self.hasher;
        hasher.write(kind.as_bytes());
        // No type holds this byte, so that no two identifiers give the same bytes.
        hasher.write(&[0xFF, salt]);
        hasher.write(value.as_bytes());
        hasher.finish128().as_u128()
    }
}

impl Fragment {
    pub fn collection(self) -> Collection {
        if self.0 & ACCOUNTS == 0 { Collection::Users } else { Collection::Accounts }
    }

    pub fn as_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    #[inline]
    pub(crate) fn as_u128(self) -> u128 {
        self.0
    }

    pub(crate) fn from_u128(number: u128) -> Self {
        Self(number)
    }
}

impl fmt::Debug for Fragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// A set of identifiers that were seen together on an event, whatever their order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SetKey(pub(crate) u128);

impl SetKey {
    /// `fragments` are distinct.
    #[inline]
    pub(crate) fn of(fragments: impl Iterator<Item = Fragment>) -> Self {
        let mut sum = 0u128;
        for fragment in fragments {
            // Multiplied, so that the bit of the collection is not the lowest of the sum.
            sum = sum.wrapping_add(fragment.0.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
        }
        Self(sum)
    }

    pub(crate) fn as_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl fmt::Debug for SetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "set {:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collections_types_and_values_are_told_apart() {
        let key = FragmentKey::new([7; 16]);
        let all = [
            Identifier::user("a", "bc"),
            Identifier::user("ab", "c"),
            Identifier::account("a", "bc"),
            Identifier::user("a", "BC"),
        ]
        .map(|identifier| key.fragment(&identifier));
        for (at, one) in all.iter().enumerate() {
            assert!(all[..at].iter().all(|other| other != one));
        }
        assert_eq!(all[2].collection(), Collection::Accounts);
        assert_eq!(all[0].collection(), Collection::Users);
        assert_ne!(FragmentKey::new([8; 16]).fragment(&Identifier::user("a", "bc")), all[0]);
    }

    #[test]
    fn every_life_of_an_identifier_has_a_fragment_of_its_own() {
        let key = FragmentKey::new([7; 16]);
        let first = key.fragment(&Identifier::account("group_id", "g"));
        let (second, third) = (key.later_life(first, 1), key.later_life(first, 2));
        assert!(first != second && second != third && first != third);
        assert_eq!(third.collection(), Collection::Accounts);
        assert_eq!(Fragment::from_bytes(third.as_bytes()), third);
    }

    #[test]
    fn the_order_of_identifiers_does_not_matter_to_their_set() {
        let [a, b, c] = [5u128, 77, 1 << 90].map(Fragment::from_u128);
        assert_eq!(SetKey::of([a, b, c].into_iter()), SetKey::of([c, a, b].into_iter()));
        assert_ne!(SetKey::of([a, b].into_iter()), SetKey::of([a, c].into_iter()));
    }
}
