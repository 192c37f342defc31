//! Reading bodies and queries, with refusals in our own form.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// The largest body that is read: settings and keys are far smaller.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !announces_json(request.headers()) {
            return Err(ApiError::UnsupportedMediaType);
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
            BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => ApiError::TooLarge,
            _ => ApiError::BadRequest("The body did not arrive whole; send the request again.".into()),
        })?;
        read(&bytes).map(Self)
    }
}

/// JSON or one of Segment's own types for it. Asking for it also keeps forms of other sites away from us, since a
/// browser asks before it sends such a type to another origin.
fn announces_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/vnd.segment.") && kind.ends_with("+json"))
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        if !error.is_data() {
            return ApiError::BadRequest(format!(
                "The body is not valid JSON at line {}, column {}; correct it there.",
                error.line(),
                error.column()
            ));
        }
        let text = error.to_string();
        // Serde ends its sentence with the place in the text, which helps nobody who built the JSON by program.
        let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
        ApiError::field(field_of(&path, what), format!("The value cannot be used: {what}."))
    })
}

/// The path of the value, and for a missing or unknown one, its name.
fn field_of(path: &str, what: &str) -> String {
    let parent = if path == "." { "" } else { path };
    let named = ["missing field `", "unknown field `"].iter().find_map(|start| what.strip_prefix(start));
    match named.and_then(|rest| rest.split('`').next()) {
        Some(name) if parent.is_empty() || parent == name || parent.ends_with(&format!(".{name}")) => {
            if parent.is_empty() { name.to_owned() } else { parent.to_owned() }
        }
        Some(name) => format!("{parent}.{name}"),
        None => parent.to_owned(),
    }
}

/// The query of the address.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => {
                let text = rejection.body_text();
                let what = text.rsplit_once("query string: ").map_or(text.as_str(), |(_, what)| what);
                let (field, what) = what.split_once(": ").unwrap_or(("", what));
                Err(ApiError::field(field, format!("The query cannot be used: {what}.")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only read")]
        slug: String,
        #[expect(dead_code, reason = "only read")]
        inner: Option<Inner>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only read")]
        url: String,
    }

    fn field(text: &str) -> String {
        match read::<Outer>(text.as_bytes()) {
            Err(ApiError::Validation(errors)) => errors[0].field.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_refused_value_is_named_by_its_path() {
        assert_eq!(field(r#"{"slug": 5}"#), "slug");
        assert_eq!(field(r#"{}"#), "slug");
        assert_eq!(field(r#"{"slug": "a", "colour": 1}"#), "colour");
        assert_eq!(field(r#"{"slug": "a", "inner": {"url": 7}}"#), "inner.url");
        assert_eq!(field(r#"{"slug": "a", "inner": {}}"#), "inner.url");
        assert_eq!(field(r#"{"slug": "a", "inner": {"url": "", "x": 1}}"#), "inner.x");
    }

    #[test]
    fn text_that_is_no_json_is_a_bad_request_and_not_a_validation_error() {
        assert!(matches!(read::<Outer>(b"{\"slug\": "), Err(ApiError::BadRequest(_))));
        assert!(matches!(read::<Outer>(b""), Err(ApiError::BadRequest(_))));
    }
}
