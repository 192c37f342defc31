use prime_profiles::{Collection, Identifier, ProfileNumber, ProfileReader, ProfileRef};

use crate::error::ApiError;
use crate::space::Space;

/// How an address names a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProfileKey {
    /// `email:jane@example.com`
    Identifier(Identifier),
    /// `use_…`
    Id(ProfileNumber),
}

impl ProfileKey {
    /// `text` is the segment of the address, decoded.
    pub(crate) fn parse(space: &dyn Space, collection: Collection, text: &str) -> Result<Self, ApiError> {
        if let Some((kind, value)) = text.split_once(':') {
            if kind.is_empty() || value.is_empty() {
                return Err(ApiError::InvalidRequest(
                    "A profile is named as {type}:{value}, neither of them empty.".into(),
                ));
            }
            return Ok(Self::Identifier(Identifier::new(collection, kind, value)));
        }
        space
            .profile_number(text)
            .map(Self::Id)
            .ok_or_else(|| ApiError::InvalidRequest("A profile is named as {type}:{value}, or by its own id.".into()))
    }

    pub(crate) fn find(
        &self,
        space: &dyn Space,
        collection: Collection,
        reader: &ProfileReader,
    ) -> Result<ProfileRef, ApiError> {
        let number = match self {
            // Identifiers of users are in profiles of users only, and those of accounts in those of accounts.
            Self::Identifier(identifier) => {
                return reader.find(space.first_fragment(identifier))?.ok_or(ApiError::ProfileNotFound);
            }
            Self::Id(number) => *number,
        };
        let profile = reader.find_profile(number)?.ok_or(ApiError::ProfileNotFound)?;
        // An id may be one of the other collection.
        let founder = reader.row(profile.number.founder())?;
        match founder {
            Some(row) if row.identifier.collection != collection => Err(ApiError::ProfileNotFound),
            _ => Ok(profile),
        }
    }
}
