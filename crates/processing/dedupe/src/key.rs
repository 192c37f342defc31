use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use siphasher::sip128::{Hasher128, SipHasher24};

/// What stands for a message in the index: a hash of its workspace and its id under a secret.
///
/// Two messages with one key are the same message. Under SipHash-2-4 with 128 bits, nobody who does not know the secret
/// can choose ids whose keys collide or gather in one place, and among 10^15 honest ids two collide with a probability
/// of 10^30 / 2 / 2^128 = 1.5e-9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageKey(pub u128);

/// Makes keys for one store.
#[derive(Clone)]
pub struct KeyMaker {
    hasher: SipHasher24,
}

/// What keys of one store are made under. It never leaves the store's folder, and does not show itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret(pub [u8; 16]);

impl KeyMaker {
    pub fn new(secret: Secret) -> Self {
        Self { hasher: SipHasher24::new_with_key(&secret.0) }
    }

    /// A workspace's name holds no zero byte, so no two pairs are the same text.
    pub fn key(&self, workspace: &str, message_id: &str) -> MessageKey {
        let mut hasher = self.hasher;
        hasher.write(workspace.as_bytes());
        hasher.write(&[0]);
        hasher.write(message_id.as_bytes());
        let hash = hasher.finish128();
        MessageKey(u128::from(hash.h1) << 64 | u128::from(hash.h2))
    }
}

impl MessageKey {
    /// Chooses places: the bucket of the hot table, the bucket of a sealed section.
    pub(crate) fn high(self) -> u64 {
        (self.0 >> 64) as u64
    }

    /// Tells apart what shares a place.
    pub(crate) fn low(self) -> u64 {
        self.0 as u64
    }
}

/// A key is a hash already.
impl Hash for MessageKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.low());
    }
}

/// For maps of what is as good as random already, or of few numbers close together.
pub(crate) type KeyHash = BuildHasherDefault<KeyHasher>;

#[derive(Default)]
pub(crate) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        // A map takes the place from the low bits and compares the highest seven first.
        self.0 ^ self.0.rotate_left(57)
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn write_i32(&mut self, number: i32) {
        self.0 = u64::from(number as u32);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_depends_on_secret_workspace_and_id_and_on_where_one_ends() {
        let maker = KeyMaker::new(Secret([7; 16]));
        let key = maker.key("acme", "m-1");
        assert_eq!(key, maker.key("acme", "m-1"));
        assert_ne!(key, maker.key("acme", "m-2"));
        assert_ne!(key, maker.key("other", "m-1"));
        assert_ne!(key, KeyMaker::new(Secret([8; 16])).key("acme", "m-1"));
        assert_ne!(maker.key("ab", "c"), maker.key("a", "bc"));
    }

    /// Keys are stored, so they may never change. A vector of the reference implementation, for the input 00 01 02.
    #[test]
    fn keys_are_siphash_2_4_with_128_bits() {
        let mut secret = [0; 16];
        secret.iter_mut().zip(0..).for_each(|(byte, value)| *byte = value);
        let mut hasher = SipHasher24::new_with_key(&secret);
        hasher.write(&[0, 1, 2]);
        let expected = 0x9c70_b60c_5267_a94e_5f33_b6b0_2985_ed51_u128;
        assert_eq!(hasher.finish128().as_bytes(), expected.to_be_bytes());
    }

    #[test]
    fn a_secret_never_shows_itself() {
        assert_eq!(format!("{:?}", Secret([1; 16])), "Secret(hidden)");
    }
}
