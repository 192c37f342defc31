use crate::error::StateError;

/// A handle to one ordered set of keys. It belongs to the state that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Family(u16);

/// What a family is called and how it is used.
#[derive(Clone, Copy, Debug)]
pub struct FamilyOptions {
    /// Stable: the name is on disk. 1 to 64 of `a-z`, `0-9` and `-`.
    pub name: &'static str,
    pub access: Access,
}

/// How keys of a family are mostly read. It changes cost, never meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// One by one, and mostly there.
    Points,
    /// Many neighbours at once: stored in larger blocks that are compressed together.
    Scans,
}

impl Family {
    /// For those who provide a state: the family by the order in which it was asked for.
    pub fn numbered(number: u16) -> Self {
        Self(number)
    }

    pub fn number(self) -> usize {
        usize::from(self.0)
    }
}

impl FamilyOptions {
    pub(crate) fn check(&self) -> Result<(), StateError> {
        let named = (1..=64).contains(&self.name.len())
            && self.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if named { Ok(()) } else { Err(StateError::Name(self.name.to_owned())) }
    }
}
