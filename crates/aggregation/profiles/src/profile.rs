use crate::counts::Counts;
use crate::fragment::Fragment;
use crate::stamp::Stamp;
use crate::traits::Traits;

/// One person or account: the sum of the fragments of its identifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile(Fragment);

impl Profile {
    /// In any order.
    pub fn fold(fragments: impl IntoIterator<Item = Fragment>) -> Self {
        let mut sum = Fragment::default();
        for fragment in fragments {
            sum.merge(fragment);
        }
        Self(sum)
    }

    pub fn traits(&self) -> &Traits {
        &self.0.traits
    }

    pub fn counts(&self) -> Counts {
        self.0.counts
    }

    /// The first event of the profile, or the first that named it where it owns none.
    pub fn first(&self) -> Option<&Stamp> {
        self.0.first.as_ref().or(self.0.introduced.as_ref())
    }

    /// The last event of the profile, or the first that named it where it owns none.
    pub fn last(&self) -> Option<&Stamp> {
        self.0.last.as_ref().or(self.0.introduced.as_ref())
    }
}
