use crate::fragment::FragmentId;

/// A profile, by the identifier that founded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileNumber(FragmentId);

impl ProfileNumber {
    pub fn founded_by(founder: FragmentId) -> Self {
        Self(founder)
    }

    pub fn founder(self) -> FragmentId {
        self.0
    }
}
