//! The OpenAPI document, put together from the handlers.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, LicenseBuilder, OpenApi, Ref, RefOr, ResponseBuilder, Schema,
    ServerBuilder,
};
use utoipa::{IntoResponses, ToSchema};

use crate::caller::SESSION_COOKIE;
use crate::error::Errors;
use crate::routes::{OverviewTick, Skipped, documented};

/// The OpenAPI document of the public API.
pub fn openapi() -> OpenApi {
    let mut document = documented().into_openapi();
    document.info = InfoBuilder::new()
        .title("PrimeData public API")
        .version("1")
        .description(Some(
            "Success is `{\"data\": …}`, a refusal `{\"errors\": […]}`. Send `Authorization: Bearer <token>`; pages of the \
             console send their session cookie and, with every change, the header `X-PrimeData-Csrf: 1`.",
        ))
        .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").build()))
        .build();
    document.servers = Some(vec![ServerBuilder::new().url("/api/v1").build()]);
    document.security = Some(vec![
        SecurityRequirement::new::<_, [&str; 0], &str>("token", []),
        SecurityRequirement::new::<_, [&str; 0], &str>("session", []),
    ]);
    let components = document.components.get_or_insert_with(|| ComponentsBuilder::new().build());
    components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let cookie = ApiKey::Cookie(ApiKeyValue::new(SESSION_COOKIE));
    components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    components.schemas.extend(with_parts::<Errors>());
    // What the live streams send: a body of `text/event-stream` has no schema of its own.
    components.schemas.extend(with_parts::<Skipped>());
    components.schemas.extend(with_parts::<OverviewTick>());
    document
}

/// The schema of a type under its name, with all that it refers to.
fn with_parts<T: ToSchema>() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    schemas
}

/// The document as it is kept in `api/openapi.json`.
pub(crate) fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let mut text = openapi().to_pretty_json().expect("the document is plain data and writes as JSON");
        text.push('\n');
        text
    });
    &TEXT
}

pub(crate) async fn serve() -> Response {
    ([(CONTENT_TYPE, "application/json")], text()).into_response()
}

/// Every answer that is not a success.
pub(crate) struct Refusal;

impl IntoResponses for Refusal {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let body = Content::new(Some(Ref::from_schema_name(Errors::name())));
        let response = ResponseBuilder::new()
            .description("Refused; each error says what to do.")
            .content("application/json", body)
            .build();
        BTreeMap::from([("default".to_owned(), RefOr::T(response))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_in_the_repository_is_the_one_that_the_code_describes() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../api/openapi.json");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../api")).unwrap();
            std::fs::write(path, text()).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == text(), "api/openapi.json is out of date: run `UPDATE=1 cargo test -p prime-public-api`");
    }
}
