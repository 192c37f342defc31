use axum::extract::Path;
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};

/// A kind of source.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceMetadata {
    id: String,
    name: String,
    slug: String,
    description: String,
    logos: Logos,
    options: Vec<SourceOption>,
    categories: Vec<String>,
    is_cloud_event_source: bool,
    /// `PUBLIC` for every kind that can be created.
    status: String,
}

/// Addresses of pictures, where there are any.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(crate) struct Logos {
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<String>,
}

/// One setting of a kind of source.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceOption {
    name: String,
    label: String,
    #[serde(rename = "type")]
    kind: String,
    required: bool,
    description: String,
    default_value: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceCatalog {
    sources_catalog: Vec<SourceMetadata>,
    pagination: PageInfo,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceCatalogEntry {
    source_metadata: SourceMetadata,
}

/// Id, name, category, and for whom it is.
const KINDS: &[(&str, &str, &str, &str)] = &[
    ("javascript", "JavaScript", "Website", "Web pages, with the analytics.js snippet or the npm package."),
    ("node", "Node.js", "Server", "Servers and scripts in JavaScript or TypeScript."),
    ("python", "Python", "Server", "Servers, scripts and notebooks in Python."),
    ("go", "Go", "Server", "Servers in Go."),
    ("java", "Java", "Server", "Servers in Java and other languages of the JVM."),
    ("ruby", "Ruby", "Server", "Servers in Ruby."),
    ("php", "PHP", "Server", "Servers in PHP."),
    ("net", ".NET", "Server", "Servers and desktop programs in .NET."),
    ("swift", "Swift", "Mobile", "Apps for iOS and the other systems of Apple."),
    ("kotlin", "Kotlin", "Mobile", "Apps for Android."),
    ("react-native", "React Native", "Mobile", "Apps made with React Native."),
    ("http-api", "HTTP API", "Server", "Anything that can send an HTTP request."),
];

/// The kinds of sources.
#[utoipa::path(
    get,
    path = "/catalog/sources",
    tag = "Catalog",
    params(PageQuery),
    responses((status = 200, body = Data<SourceCatalog>), Refusal)
)]
pub(crate) async fn list_source_catalog(
    _caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Data<SourceCatalog>, ApiError> {
    let (sources_catalog, pagination) = query.page(all(), place)?;
    Ok(Data::of(SourceCatalog { sources_catalog, pagination }))
}

/// One kind of source.
#[utoipa::path(
    get,
    path = "/catalog/sources/{sourceMetadataId}",
    tag = "Catalog",
    params(("sourceMetadataId" = String, Path)),
    responses((status = 200, body = Data<SourceCatalogEntry>), Refusal)
)]
pub(crate) async fn get_source_catalog_entry(
    _caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<SourceCatalogEntry>, ApiError> {
    let source_metadata = source_metadata(&id).ok_or_else(|| ApiError::missing("kind of source"))?;
    Ok(Data::of(SourceCatalogEntry { source_metadata }))
}

pub(crate) fn source_metadata(id: &str) -> Option<SourceMetadata> {
    all().into_iter().find(|metadata| metadata.id == id)
}

fn all() -> Vec<SourceMetadata> {
    KINDS.iter().map(|(id, name, category, description)| SourceMetadata::new(id, name, category, description)).collect()
}

/// The catalogue is shown in the order that it is written in.
fn place(metadata: &SourceMetadata) -> (i64, String) {
    let place = KINDS.iter().position(|(id, ..)| *id == metadata.id).unwrap_or(KINDS.len());
    (place as i64, metadata.id.clone())
}

impl SourceMetadata {
    /// The entry of a kind; for a kind that is no longer in the catalogue, what its id says.
    pub(crate) fn of_kind(id: &str) -> Self {
        source_metadata(id).unwrap_or_else(|| Self {
            status: "UNAVAILABLE".into(),
            ..Self::new(id, id, "Server", "This kind of source is no longer in the catalogue.")
        })
    }

    fn new(id: &str, name: &str, category: &str, description: &str) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            slug: id.into(),
            description: description.into(),
            logos: Logos::default(),
            options: vec![SourceOption {
                name: "oauthRequired".into(),
                label: "Ask for OAuth".into(),
                kind: "boolean".into(),
                required: false,
                description: "Takes only messages that bring an OAuth access token beside their write key.".into(),
                default_value: false,
            }],
            categories: vec![category.into()],
            is_cloud_event_source: false,
            status: "PUBLIC".into(),
        }
    }
}
