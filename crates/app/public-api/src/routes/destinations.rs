mod deliveries;
mod preview;

use std::sync::Arc;

use axum::extract::{Path, State};
use prime_control::{DeliveryRules, Destination, DestinationPatch, NewDestination, Scope, Settings};
use prime_destination::Settings as CheckedSettings;
use prime_event::DestinationId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use super::catalog::DestinationMetadata;
use super::sources;
use crate::body::{Body, Params};
use crate::caller::Caller;
use crate::envelope::{Data, Deleted};
use crate::error::{ApiError, FieldError};
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};
use crate::secrets::{kept_from_ledger, masked, unmasked};
use crate::state::Api;

/// One connected tool that receives the events of one source.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Destination)]
pub(crate) struct DestinationBody {
    id: String,
    name: String,
    enabled: bool,
    source_id: String,
    /// As `metadata.options` declares them; secret ones, and headers that hold credentials, come back as `********`.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    settings: Settings,
    delivery: DeliveryRulesBody,
    metadata: DestinationMetadata,
    created_at: String,
}

/// How a destination is sent to, whatever tool it is. Says nothing to an archive.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(as = DeliveryRules)]
pub(crate) struct DeliveryRulesBody {
    /// The events of one person (`userId`, else `anonymousId`) arrive in their order: one that fails holds back that person's later
    /// ones until it has ended, and nobody else's.
    in_order: bool,
    /// Events a second at most; null for as many as it takes. What the destination stands is learned besides.
    #[schema(minimum = 1)]
    events_per_second_max: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DestinationData {
    destination: DestinationBody,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Destinations {
    destinations: Vec<DestinationBody>,
    pagination: PageInfo,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DestinationFilter {
    /// Only those of this source.
    source_id: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreateDestination {
    source_id: String,
    /// An id of the destination catalogue.
    metadata_id: String,
    /// The catalogue's name of it when absent.
    name: Option<String>,
    #[serde(default = "yes")]
    #[schema(default = true)]
    enabled: bool,
    /// As `metadata.options` declares them.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    settings: Settings,
    #[serde(default)]
    delivery: DeliveryRulesBody,
}

/// What changes; an absent value stays as it is. `settings` replaces all settings, and a secret that is sent as
/// `********` keeps its value. `delivery` replaces all of its members.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateDestination {
    name: Option<String>,
    enabled: Option<bool>,
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    settings: Option<Settings>,
    delivery: Option<DeliveryRulesBody>,
}

fn yes() -> bool {
    true
}

pub(super) fn delivery_routes() -> OpenApiRouter<Api> {
    deliveries::routes().merge(preview::routes())
}

/// The destinations of the workspace, oldest first.
#[utoipa::path(
    get,
    path = "/destinations",
    tag = "Destinations",
    params(DestinationFilter, PageQuery),
    responses((status = 200, body = Data<Destinations>), Refusal)
)]
pub(super) async fn list_destinations(
    State(api): State<Api>,
    caller: Caller,
    Params(filter): Params<DestinationFilter>,
    Params(query): Params<PageQuery>,
) -> Result<Data<Destinations>, ApiError> {
    caller.require(Scope::DestinationsRead)?;
    let definitions = api.control.definitions();
    let of_source = |destination: &Destination| {
        filter.source_id.as_deref().is_none_or(|source| destination.source.as_str() == source)
    };
    let wanted = definitions
        .destinations
        .values()
        .filter(|destination| destination.workspace == *caller.workspace() && of_source(destination));
    DestinationBody::page(wanted, &query)
}

/// Connects a destination to a source. It receives what arrives from then on.
#[utoipa::path(
    post,
    path = "/destinations",
    tag = "Destinations",
    request_body = CreateDestination,
    responses((status = 200, body = Data<DestinationData>), Refusal)
)]
pub(super) async fn create_destination(
    State(api): State<Api>,
    caller: Caller,
    Body(request): Body<CreateDestination>,
) -> Result<Data<DestinationData>, ApiError> {
    caller.require(Scope::DestinationsWrite)?;
    let source = sources::find(&api, &caller, &request.source_id)
        .map_err(|_| ApiError::field("sourceId", "There is no source with this id; GET /sources lists them."))?;
    let kind = prime_destinations::find(&request.metadata_id).ok_or_else(|| {
        ApiError::field("metadataId", "There is no such kind of destination; GET /catalog/destinations lists them.")
    })?;
    check_settings(&request.metadata_id, &request.settings)?;
    let secret_settings = kept_from_ledger(&request.metadata_id, &request.settings);
    let new = NewDestination {
        name: request.name.unwrap_or_else(|| kind.metadata().name.to_owned()),
        enabled: request.enabled,
        metadata_id: request.metadata_id,
        settings: request.settings,
        delivery: request.delivery.into(),
        secret_settings,
    };
    let (workspace, author, source) = (caller.workspace().clone(), caller.author(), source.id.clone());
    let created = api.control(move |control| control.create_destination(&workspace, &source, new, &author)).await?;
    Ok(DestinationData::answer(&created))
}

/// One destination.
#[utoipa::path(
    get,
    path = "/destinations/{destinationId}",
    tag = "Destinations",
    params(("destinationId" = String, Path)),
    responses((status = 200, body = Data<DestinationData>), Refusal)
)]
pub(super) async fn get_destination(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<DestinationData>, ApiError> {
    caller.require(Scope::DestinationsRead)?;
    let destination = find(&api, &caller, &id)?;
    Ok(DestinationData::answer(&destination))
}

/// Changes a destination.
#[utoipa::path(
    patch,
    path = "/destinations/{destinationId}",
    tag = "Destinations",
    params(("destinationId" = String, Path)),
    request_body = UpdateDestination,
    responses((status = 200, body = Data<DestinationData>), Refusal)
)]
pub(super) async fn update_destination(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Body(update): Body<UpdateDestination>,
) -> Result<Data<DestinationData>, ApiError> {
    caller.require(Scope::DestinationsWrite)?;
    let stored = find(&api, &caller, &id)?;
    let settings = update.settings.map(|settings| unmasked(&stored, settings));
    if let Some(settings) = &settings {
        check_settings(&stored.metadata_id, settings)?;
    }
    let secret_settings =
        settings.as_ref().map(|settings| kept_from_ledger(&stored.metadata_id, settings)).unwrap_or_default();
    let delivery = update.delivery.map(DeliveryRules::from);
    let patch = DestinationPatch { name: update.name, enabled: update.enabled, settings, delivery, secret_settings };
    let (workspace, author, id) = (caller.workspace().clone(), caller.author(), DestinationId::from(id));
    let updated = api.control(move |control| control.update_destination(&workspace, &id, patch, &author)).await?;
    Ok(DestinationData::answer(&updated))
}

/// Deletes a destination. Where it stood in the events is forgotten.
#[utoipa::path(
    delete,
    path = "/destinations/{destinationId}",
    tag = "Destinations",
    params(("destinationId" = String, Path)),
    responses((status = 200, body = Data<Deleted>), Refusal)
)]
pub(super) async fn delete_destination(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<Deleted>, ApiError> {
    caller.require(Scope::DestinationsWrite)?;
    let (workspace, author, id) = (caller.workspace().clone(), caller.author(), DestinationId::from(id));
    api.control(move |control| control.delete_destination(&workspace, &id, &author)).await?;
    Ok(Deleted::answer())
}

/// A destination of the caller's workspace.
pub(crate) fn find(api: &Api, caller: &Caller, id: &str) -> Result<Arc<Destination>, ApiError> {
    let definitions = api.control.definitions();
    let found = definitions.destination(&DestinationId::new(id));
    let own = found.filter(|destination| destination.workspace == *caller.workspace());
    own.cloned().ok_or_else(|| ApiError::missing("destination"))
}

fn check_settings(metadata_id: &str, settings: &Settings) -> Result<(), ApiError> {
    let Some(kind) = prime_destinations::find(metadata_id) else { return Ok(()) };
    let problems = kind.problems(CheckedSettings::new(kind.metadata(), settings));
    if problems.is_empty() {
        return Ok(());
    }
    let errors = problems
        .into_iter()
        .map(|problem| FieldError { field: format!("settings.{}", problem.name), message: problem.sentence });
    Err(ApiError::Validation(errors.collect()))
}

impl DestinationData {
    fn answer(destination: &Destination) -> Data<Self> {
        Data::of(Self { destination: DestinationBody::from(destination) })
    }
}

impl DestinationBody {
    /// One page of destinations, oldest first.
    pub(crate) fn page<'a>(
        destinations: impl Iterator<Item = &'a Arc<Destination>>,
        query: &PageQuery,
    ) -> Result<Data<Destinations>, ApiError> {
        let key = |destination: &&Arc<Destination>| (destination.created_at.as_millis(), destination.id.to_string());
        let (page, pagination) = query.page(destinations.collect(), key)?;
        let destinations = page.into_iter().map(|destination| Self::from(&**destination)).collect();
        Ok(Data::of(Destinations { destinations, pagination }))
    }
}

impl From<DeliveryRulesBody> for DeliveryRules {
    fn from(DeliveryRulesBody { in_order, events_per_second_max }: DeliveryRulesBody) -> Self {
        Self { in_order, events_per_second_max }
    }
}

impl From<DeliveryRules> for DeliveryRulesBody {
    fn from(DeliveryRules { in_order, events_per_second_max }: DeliveryRules) -> Self {
        Self { in_order, events_per_second_max }
    }
}

impl From<&Destination> for DestinationBody {
    fn from(destination: &Destination) -> Self {
        Self {
            id: destination.id.to_string(),
            name: destination.name.clone(),
            enabled: destination.enabled,
            source_id: destination.source.to_string(),
            settings: masked(destination),
            delivery: destination.delivery.into(),
            metadata: DestinationMetadata::of_stored(&destination.metadata_id),
            created_at: destination.created_at.to_string(),
        }
    }
}
