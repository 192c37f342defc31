//! The words of identity in those of profiles: both speak of the same 16 bytes.

use prime_identity::{Fragment, ProfileId};
use prime_profiles::{Collection, FragmentId, Identifier, ProfileNumber};

pub fn fragment_id(fragment: Fragment) -> FragmentId {
    FragmentId::from_bytes(fragment.as_bytes())
}

pub fn profile_number(profile: ProfileId) -> ProfileNumber {
    ProfileNumber::founded_by(fragment_id(profile.founder()))
}

pub(crate) fn profile_identifier(identifier: &prime_identity::Identifier<'_>) -> Identifier {
    let collection = match identifier.collection {
        prime_identity::Collection::Users => Collection::Users,
        prime_identity::Collection::Accounts => Collection::Accounts,
    };
    Identifier::new(collection, &identifier.kind, &identifier.value)
}

pub(crate) fn identity_identifier(identifier: &Identifier) -> prime_identity::Identifier<'_> {
    match identifier.collection {
        Collection::Users => prime_identity::Identifier::user(&*identifier.kind, &*identifier.value),
        Collection::Accounts => prime_identity::Identifier::account(&*identifier.kind, &*identifier.value),
    }
}
