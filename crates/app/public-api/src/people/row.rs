use prime_profile_api::Space;
use prime_profiles::{MemberRow, Profile, ProfileReader, ProfileRef, StoreError, Traits};
use prime_profiles_service::SpaceProfiles;
use serde::Serialize;
use utoipa::ToSchema;

use super::identifier::IdentifierBody;

/// Identifiers that a row of a list shows.
const SHOWN: usize = 5;

/// A person or an account in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileRow {
    pub(crate) id: String,
    pub(crate) collection: String,
    /// What a person would call them: a name, an email, or an identifier.
    pub(crate) label: String,
    /// At most five, the most telling first.
    pub(crate) identifiers: Vec<IdentifierBody>,
    pub(crate) identifiers_total: usize,
    pub(crate) events: u64,
    pub(crate) first_seen: Option<String>,
    pub(crate) last_seen: Option<String>,
}

impl ProfileRow {
    pub(crate) fn of(space: &SpaceProfiles, reader: &ProfileReader, profile: &ProfileRef) -> Result<Self, StoreError> {
        let rows = reader.rows(profile)?;
        Ok(Self::from_rows(space, profile, &rows, &folded(&rows)?))
    }

    pub(crate) fn from_rows(space: &SpaceProfiles, profile: &ProfileRef, rows: &[MemberRow], folded: &Profile) -> Self {
        let shown = rows.iter().filter(|(member, _)| !member.is_removed);
        let mut identifiers: Vec<IdentifierBody> = shown.map(|(_, row)| (&row.identifier).into()).collect();
        identifiers.sort_by(|one, other| (one.rank(), one).cmp(&(other.rank(), other)));
        let id = space.profile_id(profile.number);
        let label = called(folded.traits()).or_else(|| identifiers.first().map(|first| first.value.clone()));
        Self {
            collection: if id.starts_with("acc") { "accounts" } else { "users" }.to_owned(),
            label: label.unwrap_or_else(|| id.clone()),
            id,
            identifiers_total: identifiers.len(),
            identifiers: {
                identifiers.truncate(SHOWN);
                identifiers
            },
            events: folded.counts().total(),
            first_seen: folded.first().map(|stamp| stamp.timestamp.to_string()),
            last_seen: folded.last().map(|stamp| stamp.timestamp.to_string()),
        }
    }
}

pub(crate) fn folded(rows: &[MemberRow]) -> Result<Profile, StoreError> {
    let fragments = rows.iter().map(|(_, row)| row.fragment()).collect::<Result<Vec<_>, _>>()?;
    Ok(Profile::fold(fragments))
}

/// A name, or what stands for one.
pub(crate) fn called(traits: &Traits) -> Option<String> {
    let text = |name: &str| -> Option<String> {
        let value: String = serde_json::from_str(&traits.get(name)?.value).ok()?;
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    let either = |one: &str, other: &str| text(one).or_else(|| text(other));
    let full = match (either("firstName", "first_name"), either("lastName", "last_name")) {
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
        (first, last) => first.or(last),
    };
    text("name").or(full).or_else(|| text("email")).map(|name| name.chars().take(100).collect())
}

#[cfg(test)]
mod tests {
    use prime_event::{SourceId, Timestamp};
    use prime_profiles::{Stamp, Trait};

    use super::*;

    #[test]
    fn people_are_called_by_their_name_before_anything_else() {
        let traits = |pairs: &[(&str, &str)]| -> Traits {
            let stamp = Stamp::new(Timestamp::from_millis(0), "m", SourceId::new("s"));
            let one = |(name, value): &(&str, &str)| {
                (Box::from(*name), Trait { stamp: stamp.clone(), value: Box::from(*value) })
            };
            pairs.iter().map(one).collect()
        };
        let name = |pairs: &[(&str, &str)]| called(&traits(pairs));
        assert_eq!(name(&[("name", "\" Jane \""), ("email", "\"j@x\"")]).as_deref(), Some("Jane"));
        assert_eq!(name(&[("firstName", "\"Jane\""), ("last_name", "\"Doe\"")]).as_deref(), Some("Jane Doe"));
        assert_eq!(name(&[("name", "null"), ("email", "\"j@x\"")]).as_deref(), Some("j@x"));
        assert_eq!(name(&[("name", "7")]), None);
    }
}
