use std::sync::Arc;

use axum::extract::{Path, State};
use prime_control::{Label, NewSource, Scope, Settings, Source, SourcePatch};
use prime_event::SourceId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::catalog::{SourceMetadata, source_metadata};
use super::destinations::{DestinationBody, Destinations};
use crate::body::{Body, Params};
use crate::caller::Caller;
use crate::envelope::{Data, Deleted};
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};
use crate::state::Api;

/// One site, app or server that sends messages.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Source)]
pub(crate) struct SourceBody {
    id: String,
    slug: String,
    name: String,
    workspace_id: String,
    enabled: bool,
    /// The keys alone, oldest first.
    write_keys: Vec<String>,
    /// The keys with their state, oldest first.
    keys: Vec<WriteKeyBody>,
    metadata: SourceMetadata,
    #[schema(value_type = SourceSettings)]
    settings: Settings,
    labels: Vec<LabelBody>,
    created_at: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WriteKey)]
pub(crate) struct WriteKeyBody {
    key: String,
    enabled: bool,
    created_at: String,
}

/// The settings of a source.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes settings, which are kept as the object that was sent")]
pub(crate) struct SourceSettings {
    /// Whether a message needs an OAuth access token beside its write key.
    #[serde(default)]
    oauth_required: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Label)]
pub(crate) struct LabelBody {
    key: String,
    value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceData {
    source: SourceBody,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sources {
    sources: Vec<SourceBody>,
    pagination: PageInfo,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreateSource {
    /// Unique in the workspace: 1 to 100 of a-z, 0-9, `_` and `-`.
    slug: String,
    /// The slug when absent.
    name: Option<String>,
    #[serde(default = "yes")]
    #[schema(default = true)]
    enabled: bool,
    /// An id of the source catalogue.
    metadata_id: String,
    #[serde(default)]
    #[schema(value_type = SourceSettings)]
    settings: Settings,
    /// Leaves out the archive on local disk that a source otherwise starts with.
    #[serde(default)]
    disconnect_archive: bool,
}

/// What changes; an absent value stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UpdateSource {
    slug: Option<String>,
    name: Option<String>,
    enabled: Option<bool>,
    #[schema(value_type = Option<SourceSettings>)]
    settings: Option<Settings>,
    labels: Option<Vec<LabelBody>>,
}

fn yes() -> bool {
    true
}

/// The sources of the workspace, oldest first.
#[utoipa::path(
    get,
    path = "/sources",
    tag = "Sources",
    params(PageQuery),
    responses((status = 200, body = Data<Sources>), Refusal)
)]
pub(super) async fn list_sources(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Data<Sources>, ApiError> {
    caller.require(Scope::SourcesRead)?;
    let definitions = api.control.definitions();
    let sources: Vec<_> =
        definitions.sources.values().filter(|source| source.workspace == *caller.workspace()).collect();
    let key = |source: &&Arc<Source>| (source.created_at.as_millis(), source.id.to_string());
    let (page, pagination) = query.page(sources, key)?;
    Ok(Data::of(Sources { sources: page.into_iter().map(|source| SourceBody::from(&**source)).collect(), pagination }))
}

/// Creates a source with one write key and, unless told otherwise, an archive on local disk.
#[utoipa::path(
    post,
    path = "/sources",
    tag = "Sources",
    request_body = CreateSource,
    responses((status = 200, body = Data<SourceData>), Refusal)
)]
pub(super) async fn create_source(
    State(api): State<Api>,
    caller: Caller,
    Body(request): Body<CreateSource>,
) -> Result<Data<SourceData>, ApiError> {
    caller.require(Scope::SourcesWrite)?;
    if source_metadata(&request.metadata_id).is_none() {
        return Err(ApiError::field("metadataId", "There is no such kind of source; GET /catalog/sources lists them."));
    }
    check_settings(&request.settings)?;
    let new = NewSource {
        slug: request.slug,
        name: request.name,
        enabled: request.enabled,
        metadata_id: request.metadata_id,
        settings: request.settings,
        disconnect_archive: request.disconnect_archive,
    };
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    let source = api.control(move |control| control.create_source(&workspace, new, &author)).await?;
    Ok(SourceData::answer(&source))
}

/// One source.
#[utoipa::path(
    get,
    path = "/sources/{sourceId}",
    tag = "Sources",
    params(("sourceId" = String, Path)),
    responses((status = 200, body = Data<SourceData>), Refusal)
)]
pub(super) async fn get_source(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<SourceData>, ApiError> {
    caller.require(Scope::SourcesRead)?;
    let source = find(&api, &caller, &id)?;
    Ok(SourceData::answer(&source))
}

/// Changes a source.
#[utoipa::path(
    patch,
    path = "/sources/{sourceId}",
    tag = "Sources",
    params(("sourceId" = String, Path)),
    request_body = UpdateSource,
    responses((status = 200, body = Data<SourceData>), Refusal)
)]
pub(super) async fn update_source(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Body(update): Body<UpdateSource>,
) -> Result<Data<SourceData>, ApiError> {
    caller.require(Scope::SourcesWrite)?;
    if let Some(settings) = &update.settings {
        check_settings(settings)?;
    }
    let patch = SourcePatch {
        slug: update.slug,
        name: update.name,
        enabled: update.enabled,
        settings: update.settings,
        labels: update.labels.map(|labels| labels.into_iter().map(Label::from).collect()),
    };
    let (workspace, author, id) = (caller.workspace().clone(), caller.author(), SourceId::from(id));
    let source = api.control(move |control| control.update_source(&workspace, &id, patch, &author)).await?;
    Ok(SourceData::answer(&source))
}

/// Deletes a source with its write keys and destinations.
#[utoipa::path(
    delete,
    path = "/sources/{sourceId}",
    tag = "Sources",
    params(("sourceId" = String, Path)),
    responses((status = 200, body = Data<Deleted>), Refusal)
)]
pub(super) async fn delete_source(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<Deleted>, ApiError> {
    caller.require(Scope::SourcesWrite)?;
    let (workspace, author, id) = (caller.workspace().clone(), caller.author(), SourceId::from(id));
    api.control(move |control| control.delete_source(&workspace, &id, &author)).await?;
    Ok(Deleted::answer())
}

/// The destinations that receive the events of a source, oldest first.
#[utoipa::path(
    get,
    path = "/sources/{sourceId}/connected-destinations",
    tag = "Sources",
    params(("sourceId" = String, Path), PageQuery),
    responses((status = 200, body = Data<Destinations>), Refusal)
)]
pub(super) async fn list_connected_destinations(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Params(query): Params<PageQuery>,
) -> Result<Data<Destinations>, ApiError> {
    caller.require(Scope::SourcesRead)?;
    caller.require(Scope::DestinationsRead)?;
    let source = find(&api, &caller, &id)?;
    let definitions = api.control.definitions();
    DestinationBody::page(definitions.destinations_of(&source.id), &query)
}

/// A source of the caller's workspace.
pub(crate) fn find(api: &Api, caller: &Caller, id: &str) -> Result<Arc<Source>, ApiError> {
    let definitions = api.control.definitions();
    let source = definitions.source(&SourceId::new(id)).filter(|source| source.workspace == *caller.workspace());
    source.cloned().ok_or_else(|| ApiError::missing("source"))
}

fn check_settings(settings: &Settings) -> Result<(), ApiError> {
    for (name, value) in settings {
        let field = format!("settings.{name}");
        match (name.as_str(), value) {
            ("oauthRequired", Value::Bool(_)) => {}
            ("oauthRequired", _) => return Err(ApiError::field(field, "This has to be true or false.")),
            _ => return Err(ApiError::field(field, "A source has no such setting; the one it has is oauthRequired.")),
        }
    }
    Ok(())
}

impl SourceData {
    pub(crate) fn answer(source: &Source) -> Data<Self> {
        Data::of(Self { source: SourceBody::from(source) })
    }
}

impl From<&Source> for SourceBody {
    fn from(source: &Source) -> Self {
        let keys: Vec<WriteKeyBody> = source.write_keys.iter().map(WriteKeyBody::from).collect();
        Self {
            id: source.id.to_string(),
            slug: source.slug.clone(),
            name: source.name.clone(),
            workspace_id: source.workspace.to_string(),
            enabled: source.enabled,
            write_keys: keys.iter().map(|key| key.key.clone()).collect(),
            keys,
            metadata: SourceMetadata::of_kind(&source.metadata_id),
            settings: source.settings.clone(),
            labels: source.labels.iter().cloned().map(LabelBody::from).collect(),
            created_at: source.created_at.to_string(),
        }
    }
}

impl From<&prime_control::WriteKeyDefinition> for WriteKeyBody {
    fn from(definition: &prime_control::WriteKeyDefinition) -> Self {
        Self {
            key: definition.key.as_str().to_owned(),
            enabled: definition.enabled,
            created_at: definition.created_at.to_string(),
        }
    }
}

impl From<LabelBody> for Label {
    fn from(LabelBody { key, value, description }: LabelBody) -> Self {
        Self { key, value, description }
    }
}

impl From<Label> for LabelBody {
    fn from(Label { key, value, description }: Label) -> Self {
        Self { key, value, description }
    }
}
