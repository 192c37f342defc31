//! What can be read of a profile, one file each.

pub(crate) mod events;
pub(crate) mod external_ids;
pub(crate) mod links;
pub(crate) mod metadata;
pub(crate) mod traits;

use prime_profiles::{Collection, MemberRow, ProfileReader, ProfileRef};

use crate::error::ApiError;
use crate::json::put_member;
use crate::query::Query;
use crate::space::Space;

/// One request for one profile.
pub(crate) struct Asked<'a> {
    pub(crate) space: &'a dyn Space,
    pub(crate) reader: &'a ProfileReader,
    pub(crate) collection: Collection,
    pub(crate) profile: &'a ProfileRef,
    pub(crate) query: &'a Query,
    /// The path of the request, for the cursor.
    pub(crate) url: &'a str,
}

/// A body, or a refusal.
pub(crate) type Answer = Result<Vec<u8>, ApiError>;

/// Identifiers that a profile is found by, in order of type and value.
pub(crate) fn identifiers(rows: &[MemberRow]) -> Vec<&MemberRow> {
    let mut rows: Vec<_> = rows.iter().filter(|(member, _)| !member.is_removed).collect();
    rows.sort_by_key(|(_, row)| &row.identifier);
    rows
}

/// The members that describe an identifier with its first event.
pub(crate) fn put_identifier(out: &mut Vec<u8>, (_, row): &MemberRow, with_first_message: bool) {
    out.push(b'{');
    if let Some(introduced) = &row.introduced {
        put_member(out, "source_id", introduced.source.as_str());
    }
    put_member(out, "collection", row.identifier.collection.as_str());
    put_member(out, "id", &row.identifier.value);
    put_member(out, "type", &row.identifier.kind);
    if let Some(introduced) = &row.introduced {
        put_member(out, "created_at", &introduced.timestamp.to_string());
    }
    put_member(out, "encoding", "none");
    if let Some(introduced) = row.introduced.as_ref().filter(|_| with_first_message) {
        put_member(out, "first_message_id", &introduced.message_id);
    }
    out.push(b'}');
}
