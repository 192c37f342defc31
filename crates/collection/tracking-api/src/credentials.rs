//! Who sends: the write key, wherever an SDK puts it, and the access token.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::{HeaderMap, header};

/// Standard base64 with or without padding, as SDKs send it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What the request's `Authorization` header holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Credentials {
    /// The user name of HTTP Basic.
    pub(crate) write_key: Option<String>,
    pub(crate) bearer: Option<String>,
}

impl Credentials {
    /// A header that cannot be read counts as absent: the key may stand in the body.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let Some((scheme, value)) = headers
            .get(header::AUTHORIZATION)
            .and_then(|header| header.to_str().ok())
            .and_then(|header| header.trim().split_once(' '))
        else {
            return Self::default();
        };
        let value = value.trim();
        if scheme.eq_ignore_ascii_case("basic") {
            Self { write_key: user_name(value), bearer: None }
        } else if scheme.eq_ignore_ascii_case("bearer") {
            Self { write_key: None, bearer: Some(value.to_owned()) }
        } else {
            Self::default()
        }
    }
}

/// The user name, with the colon that should follow it or without.
fn user_name(encoded: &str) -> Option<String> {
    let decoded = String::from_utf8(BASE64.decode(encoded).ok()?).ok()?;
    let name = decoded.split_once(':').map_or(decoded.as_str(), |(name, _)| name);
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Credentials {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        Credentials::read(&headers)
    }

    #[test]
    fn basic_names_the_write_key_with_or_without_colon_and_padding() {
        for value in ["Basic YWJjMTIzOg==", "basic YWJjMTIzOg", "Basic YWJjMTIz", "Basic  YWJjMTIzOg== "] {
            assert_eq!(read(value).write_key.as_deref(), Some("abc123"), "{value}");
        }
    }

    #[test]
    fn a_header_that_names_nobody_counts_as_absent() {
        for value in ["Basic ", "Basic Og==", "Basic !!!", "Digest abc", "Basic"] {
            assert_eq!(read(value), Credentials::default(), "{value}");
        }
        assert_eq!(read("Bearer token").bearer.as_deref(), Some("token"));
    }
}
