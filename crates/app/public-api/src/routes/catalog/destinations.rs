use axum::extract::Path;
use prime_destination::{
    DestinationMetadata as Declared, Hosts, SupportedFeatures as Features, SupportedMethods as Methods,
    SupportedPlatforms as Platforms,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};

/// A tool that events can be sent to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = DestinationMetadataShape)]
pub(crate) struct DestinationMetadata(&'static Declared);

/// A tool that events can be sent to.
#[derive(ToSchema)]
#[schema(as = DestinationMetadata, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what the catalogue's own type writes")]
pub(crate) struct DestinationMetadataShape {
    id: String,
    /// The name by which a message's `integrations` object switches the destination on or off.
    name: String,
    slug: String,
    description: String,
    website: String,
    options: Vec<DestinationOption>,
    categories: Vec<String>,
    status: String,
    previous_names: Vec<String>,
    components: Vec<Component>,
    supported_features: SupportedFeatures,
    supported_methods: SupportedMethods,
    supported_platforms: SupportedPlatforms,
}

/// One setting of a destination.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what the catalogue's own type writes")]
pub(crate) struct DestinationOption {
    /// The key in the settings object.
    name: String,
    label: String,
    #[schema(rename = "type")]
    kind: OptionType,
    required: bool,
    description: String,
    /// Whether the value comes back as `********`.
    secret: bool,
    #[schema(required = false)]
    default_value: Option<String>,
    /// The values of a `select`.
    choices: Vec<OptionChoice>,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes what the catalogue's own type writes")]
pub(crate) enum OptionType {
    String,
    Password,
    Select,
    Map,
    Number,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the catalogue's own type writes")]
pub(crate) struct OptionChoice {
    value: String,
    label: String,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the catalogue's own type writes")]
pub(crate) struct Component {
    #[schema(rename = "type")]
    kind: String,
    code: String,
}

#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what the catalogue's own type writes")]
pub(crate) struct SupportedFeatures {
    cloud_mode_instances: String,
    device_mode_instances: String,
    replay: bool,
    browser_unbundling: bool,
    browser_unbundling_public: bool,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the catalogue's own type writes")]
pub(crate) struct SupportedMethods {
    pageview: bool,
    identify: bool,
    alias: bool,
    track: bool,
    group: bool,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the catalogue's own type writes")]
pub(crate) struct SupportedPlatforms {
    browser: bool,
    server: bool,
    mobile: bool,
    warehouse: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DestinationCatalog {
    destinations_catalog: Vec<DestinationMetadata>,
    pagination: PageInfo,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DestinationCatalogEntry {
    destination_metadata: DestinationMetadata,
}

/// The tools that events can be sent to.
#[utoipa::path(
    get,
    path = "/catalog/destinations",
    tag = "Catalog",
    params(PageQuery),
    responses((status = 200, body = Data<DestinationCatalog>), Refusal)
)]
pub(crate) async fn list_destination_catalog(
    _caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Data<DestinationCatalog>, ApiError> {
    let all = prime_destinations::catalog().iter().map(|destination| destination.metadata());
    let numbered: Vec<(i64, &'static Declared)> = (0..).zip(all).collect();
    let (page, pagination) = query.page(numbered, |(place, metadata)| (*place, metadata.id.to_owned()))?;
    let destinations_catalog = page.into_iter().map(|(_, metadata)| DestinationMetadata(metadata)).collect();
    Ok(Data::of(DestinationCatalog { destinations_catalog, pagination }))
}

/// One tool that events can be sent to.
#[utoipa::path(
    get,
    path = "/catalog/destinations/{destinationMetadataId}",
    tag = "Catalog",
    params(("destinationMetadataId" = String, Path)),
    responses((status = 200, body = Data<DestinationCatalogEntry>), Refusal)
)]
pub(crate) async fn get_destination_catalog_entry(
    _caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<DestinationCatalogEntry>, ApiError> {
    let destination_metadata =
        DestinationMetadata::of_kind(&id).ok_or_else(|| ApiError::missing("kind of destination"))?;
    Ok(Data::of(DestinationCatalogEntry { destination_metadata }))
}

impl DestinationMetadata {
    fn of_kind(id: &str) -> Option<Self> {
        prime_destinations::find(id).map(|destination| Self(destination.metadata()))
    }

    /// The entry of a destination that is stored; one that says so when this version lacks it.
    pub(crate) fn of_stored(id: &str) -> Self {
        Self::of_kind(id).unwrap_or(Self(&UNAVAILABLE))
    }
}

/// Stands for a kind that a newer version of the program has stored and this one does not know.
static UNAVAILABLE: Declared = Declared {
    id: "unavailable",
    name: "Unavailable",
    slug: "unavailable",
    description: "This version of the program does not have this kind of destination.",
    website: "",
    options: &[],
    categories: &[],
    status: "UNAVAILABLE",
    previous_names: &[],
    components: &[],
    supported_features: Features::CLOUD_MODE,
    supported_methods: Methods::ALL,
    supported_platforms: Platforms::EVERY_SDK,
    hosts: Hosts::None,
};
