//! Whom an address names.

use prime_profile_api::Space;
use prime_profiles::{Collection, Identifier, ProfileReader, ProfileRef};
use prime_profiles_service::SpaceProfiles;

use crate::error::ApiError;

/// The profile of an id, which may be one that was merged away, or of `type:value`.
pub(crate) fn find(
    space: &SpaceProfiles,
    reader: &ProfileReader,
    name: &str,
    collection: Option<Collection>,
) -> Result<ProfileRef, ApiError> {
    let found = match space.profile_number(name) {
        Some(number) => reader.find_profile(number)?,
        None => match name.split_once(':') {
            Some((kind, value)) => {
                let collection =
                    collection.unwrap_or(if kind == "group_id" { Collection::Accounts } else { Collection::Users });
                reader.find(space.first_fragment(&Identifier::new(collection, kind, value)))?
            }
            None => None,
        },
    };
    found.ok_or_else(no_profile)
}

pub(crate) fn no_profile() -> ApiError {
    ApiError::NotFound(
        "Nobody has this id or identifier. Look for them under Profiles, or name one as `user_id:7` or `email:jane@example.com`; \
         values are compared letter by letter."
            .into(),
    )
}

pub(crate) fn collection_of(text: Option<&str>) -> Result<Option<Collection>, ApiError> {
    let known = |text| {
        Collection::parse(text)
            .ok_or_else(|| ApiError::field("collection", "There is no such collection; it is users or accounts."))
    };
    text.map(known).transpose()
}
