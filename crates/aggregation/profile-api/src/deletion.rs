//! Taking an identifier away from a profile.

use std::sync::Arc;

use http::StatusCode;
use prime_profiles::{Collection, Identifier};
use serde::Deserialize;
use thiserror::Error;

use crate::error::ApiError;
use crate::space::Space;

/// Why an identifier was not deleted.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DeletionError {
    #[error("nobody is known by the identifier that was looked up")]
    ProfileNotFound,
    #[error("the profile does not have the identifier")]
    IdentifierNotFound,
    #[error("it would be the last user_id of the profile")]
    LastUserId,
    /// Already logged where it happened.
    #[error("the identity graph could not be changed")]
    Failed,
}

#[derive(Deserialize)]
struct Body {
    delete_external_ids: Vec<ExternalId>,
}

#[derive(Deserialize)]
struct ExternalId {
    id: String,
    #[serde(rename = "type")]
    kind: String,
}

/// What is answered when it is done.
pub(crate) const DELETED: &str = r#"{"code":"success","message":"External identifier has been deleted."}"#;

pub(crate) async fn delete(
    space: Arc<dyn Space>,
    collection: Option<Collection>,
    profile: &str,
    body: &[u8],
) -> Result<(), ApiError> {
    let (found_by, deleted) = read(collection, profile, body)?;
    space.delete_identifier(&found_by, &deleted).await.map_err(|error| match error {
        DeletionError::ProfileNotFound => refused(StatusCode::NOT_FOUND, "not_found", "Profile was not found."),
        DeletionError::IdentifierNotFound => {
            refused(StatusCode::NOT_FOUND, "eid_not_found", "The profile does not have this external identifier.")
        }
        DeletionError::LastUserId => bad("The last user_id of a profile cannot be deleted."),
        DeletionError::Failed => ApiError::Internal,
    })
}

fn read(collection: Option<Collection>, profile: &str, body: &[u8]) -> Result<(Identifier, Identifier), ApiError> {
    if collection != Some(Collection::Users) {
        return Err(bad("External identifiers are deleted from the collection users only."));
    }
    let user_id = profile.strip_prefix("user_id:").filter(|value| !value.is_empty());
    let user_id = user_id.ok_or(bad("The profile has to be named by user_id:{value}."))?;
    let body: Body = serde_json::from_slice(body)
        .map_err(|_| bad("The body takes {\"delete_external_ids\":[{\"id\":\"...\",\"type\":\"...\"}]}."))?;
    let [ExternalId { id, kind }] = &body.delete_external_ids[..] else {
        return Err(bad("Exactly one external identifier is deleted at a time."));
    };
    if id.is_empty() || kind.is_empty() {
        return Err(bad("The external identifier needs an id and a type."));
    }
    if kind == "group_id" {
        let message = "An external identifier of type group_id cannot be deleted.";
        return Err(refused(StatusCode::BAD_REQUEST, "unsupported_eid_type", message));
    }
    if kind == "user_id" && id == user_id {
        return Err(bad("The identifier that the profile is looked up by cannot be deleted."));
    }
    let user = |kind: &str, value: &str| Identifier::new(Collection::Users, kind, value);
    Ok((user("user_id", user_id), user(kind, id)))
}

fn bad(message: &'static str) -> ApiError {
    refused(StatusCode::BAD_REQUEST, "bad_request", message)
}

pub(crate) fn refused(status: StatusCode, code: &'static str, message: &'static str) -> ApiError {
    ApiError::Deletion { status, code, message }
}
