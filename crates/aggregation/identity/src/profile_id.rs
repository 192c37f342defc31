//! The names of profiles.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::fragment::Fragment;
use crate::identifier::Collection;

/// A profile: the person or company around the identifier that founded it, as `use_` or `acc_` and 27 letters and digits.
///
/// It is made from its founder's fragment, so replaying events gives the same ids in any order of arrival, and an id that
/// was given out once can always be looked up: it means the profile that holds its founder now.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileId(Fragment);

/// The text is not the id of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a profile's id is `use_` or `acc_` and 27 letters and digits")]
pub struct NoProfileId;

/// As many as encode 20 bytes, the length of the ids that people know from elsewhere: 4 of a check and 16 of the fragment.
const DIGITS: usize = 27;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Odd, with bits all over; the check only has to catch slips of a pen.
const CHECK_FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

impl ProfileId {
    /// The profile that the identifier with this fragment founded, if it founded one.
    pub fn of_founder(founder: Fragment) -> Self {
        Self(founder)
    }

    /// The fragment of the identifier that founded the profile.
    pub fn founder(self) -> Fragment {
        self.0
    }

    pub fn collection(self) -> Collection {
        self.0.collection()
    }
}

fn prefix(collection: Collection) -> &'static str {
    match collection {
        Collection::Users => "use_",
        Collection::Accounts => "acc_",
    }
}

/// Below 2^31, so that the whole number has at most 27 digits.
fn check(number: u128) -> u32 {
    let folded = (number as u64) ^ ((number >> 64) as u64).rotate_left(29);
    (folded.wrapping_mul(CHECK_FACTOR) >> 33) as u32
}

/// 160 bits, the highest first.
struct Wide([u32; 5]);

impl Wide {
    fn new(check: u32, number: u128) -> Self {
        Self([check, (number >> 96) as u32, (number >> 64) as u32, (number >> 32) as u32, number as u32])
    }

    /// Divides and gives the remainder.
    fn divide(&mut self, by: u64) -> u64 {
        self.0.iter_mut().fold(0, |rest, word| {
            let dividend = (rest << 32) | u64::from(*word);
            *word = (dividend / by) as u32;
            dividend % by
        })
    }

    /// None where the result has more than 160 bits.
    fn multiply_and_add(&mut self, by: u64, add: u64) -> Option<()> {
        let carry = self.0.iter_mut().rev().fold(add, |carry, word| {
            let product = u64::from(*word) * by + carry;
            *word = product as u32;
            product >> 32
        });
        (carry == 0).then_some(())
    }
}

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0.as_u128();
        let mut wide = Wide::new(check(number), number);
        let mut text = [0; DIGITS];
        for digit in text.iter_mut().rev() {
            *digit = ALPHABET[wide.divide(62) as usize];
        }
        f.write_str(prefix(self.collection()))?;
        f.write_str(std::str::from_utf8(&text).expect("the alphabet is ASCII"))
    }
}

impl fmt::Debug for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for ProfileId {
    type Err = NoProfileId;

    fn from_str(text: &str) -> Result<Self, NoProfileId> {
        let (start, digits) = text.split_at_checked(4).ok_or(NoProfileId)?;
        if digits.len() != DIGITS {
            return Err(NoProfileId);
        }
        let mut wide = Wide([0; 5]);
        for digit in digits.bytes() {
            let value = ALPHABET.iter().position(|known| *known == digit).ok_or(NoProfileId)?;
            wide.multiply_and_add(62, value as u64).ok_or(NoProfileId)?;
        }
        let number = wide.0[1..].iter().fold(0u128, |number, word| (number << 32) | u128::from(*word));
        let id = Self(Fragment::from_u128(number));
        if wide.0[0] != check(number) || start != prefix(id.collection()) {
            return Err(NoProfileId);
        }
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        for number in [0, 1, u128::MAX, u128::MAX - 1, 0x0123_4567_89AB_CDEF_0011_2233_4455_6677, 1 << 127] {
            let id = ProfileId(Fragment::from_u128(number));
            let text = id.to_string();
            assert_eq!(text.len(), 4 + DIGITS);
            assert_eq!(text.parse(), Ok(id), "{text}");
            assert_eq!(text.starts_with("use_"), number % 2 == 0);
        }
    }

    #[test]
    fn what_was_mistyped_is_no_id() {
        let good = ProfileId(Fragment::from_u128(0xFEED_BEEF << 40)).to_string();
        for at in 0..good.len() {
            let mut bad = good.clone().into_bytes();
            bad[at] = if bad[at] == b'q' { b'r' } else { b'q' };
            let bad = String::from_utf8(bad).unwrap();
            assert_eq!(bad.parse::<ProfileId>(), Err(NoProfileId), "{bad}");
        }
        let too_large = format!("use_{}", "z".repeat(27));
        for bad in ["", "use_", "é", &good[1..], &format!("{good}0"), &too_large] {
            assert_eq!(bad.parse::<ProfileId>(), Err(NoProfileId), "{bad}");
        }
    }
}
