use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OriginalEncoding {
    Utf8,
    /// The original is not text.
    Base64,
}

/// What arrived, as text where it is text.
pub(super) fn shown(original: &[u8]) -> (String, OriginalEncoding) {
    match std::str::from_utf8(original) {
        Ok(text) => (text.to_owned(), OriginalEncoding::Utf8),
        Err(_) => (STANDARD.encode(original), OriginalEncoding::Base64),
    }
}
