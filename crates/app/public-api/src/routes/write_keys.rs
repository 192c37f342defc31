use axum::extract::{Path, State};
use prime_control::Scope;
use prime_event::SourceId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::sources::{SourceBody, SourceData, WriteKeyBody, find};
use crate::body::Body;
use crate::caller::Caller;
use crate::envelope::{Data, Deleted};
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedWriteKey {
    write_key: WriteKeyBody,
    source: SourceBody,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateWriteKey {
    enabled: bool,
}

/// Gives a source one more write key, switched on. To rotate: add one, move the senders, delete the old one.
#[utoipa::path(
    post,
    path = "/sources/{sourceId}/writekey",
    tag = "Write keys",
    params(("sourceId" = String, Path)),
    responses((status = 200, body = Data<CreatedWriteKey>), Refusal)
)]
pub(super) async fn create_write_key(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<CreatedWriteKey>, ApiError> {
    caller.require(Scope::SourcesWrite)?;
    let (workspace, author, source) = (caller.workspace().clone(), caller.author(), SourceId::new(&id));
    let key = api.control(move |control| control.add_write_key(&workspace, &source, &author)).await?;
    let source = find(&api, &caller, &id)?;
    Ok(Data::of(CreatedWriteKey { write_key: WriteKeyBody::from(&key), source: SourceBody::from(&*source) }))
}

/// Switches one write key on or off. Messages under a key that is off are rejected.
#[utoipa::path(
    patch,
    path = "/sources/{sourceId}/writekey/{writeKey}",
    tag = "Write keys",
    params(("sourceId" = String, Path), ("writeKey" = String, Path)),
    request_body = UpdateWriteKey,
    responses((status = 200, body = Data<SourceData>), Refusal)
)]
pub(super) async fn update_write_key(
    State(api): State<Api>,
    caller: Caller,
    Path((id, key)): Path<(String, String)>,
    Body(update): Body<UpdateWriteKey>,
) -> Result<Data<SourceData>, ApiError> {
    caller.require(Scope::SourcesWrite)?;
    let (workspace, author, id) = (caller.workspace().clone(), caller.author(), SourceId::from(id));
    let set = move |control: &prime_control::ControlStore| {
        control.set_write_key_enabled(&workspace, &id, &key, update.enabled, &author)
    };
    Ok(SourceData::answer(&*api.control(set).await?))
}

/// Deletes one write key. Senders that still use it are answered as before, and what they send is dropped.
#[utoipa::path(
    delete,
    path = "/sources/{sourceId}/writekey/{writeKey}",
    tag = "Write keys",
    params(("sourceId" = String, Path), ("writeKey" = String, Path)),
    responses((status = 200, body = Data<Deleted>), Refusal)
)]
pub(super) async fn delete_write_key(
    State(api): State<Api>,
    caller: Caller,
    Path((id, key)): Path<(String, String)>,
) -> Result<Data<Deleted>, ApiError> {
    caller.require(Scope::SourcesWrite)?;
    let (workspace, author, id) = (caller.workspace().clone(), caller.author(), SourceId::from(id));
    api.control(move |control| control.delete_write_key(&workspace, &id, &key, &author)).await?;
    Ok(Deleted::answer())
}
