//! The settings that SDKs ask for when they start.

use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{StatusCode, header};
use serde_json::{Value, json};

use crate::Inner;
use crate::answer::{self, Refused};
use crate::network::Peer;

/// Answers with the settings of a write key, or 404 for one that nobody has.
pub(crate) fn answer(inner: &Inner, write_key: &str, peer: Option<Peer>, parts: &Parts) -> Response {
    if inner.control.definitions().write_key(write_key).is_none() {
        return Refused::unknown_write_key().into_response();
    }
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    let base = inner.options.base_url(peer, &parts.headers, authority);
    let mut response = answer::json(StatusCode::OK, settings(write_key, &base).to_string());
    // A changed setting should reach pages within minutes.
    response.headers_mut().insert(header::CACHE_CONTROL, http::HeaderValue::from_static("public, max-age=120"));
    response
}

/// Mobile SDKs take `apiHost` from here over what they were configured with, so it must be this server.
fn settings(write_key: &str, base: &str) -> Value {
    let (protocol, host) = base.split_once("://").unwrap_or(("https", base));
    let api_host = format!("{host}/v1");
    let all = json!({ "enabled": true, "integrations": {} });
    json!({
        "integrations": {
            "Segment.io": {
                "apiKey": write_key,
                "apiHost": api_host,
                "protocol": protocol,
                "addBundledMetadata": true,
                "unbundledIntegrations": [],
                "retryQueue": true
            }
        },
        "plan": {
            "track": { "__default": all },
            "identify": { "__default": { "enabled": true } },
            "group": { "__default": { "enabled": true } }
        },
        "edgeFunction": {},
        "analyticsNextEnabled": true,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": { "sampleRate": 0, "host": api_host },
        "legacyVideoPluginsEnabled": false,
        "remotePlugins": []
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sdks_are_told_to_send_here() {
        let settings = settings("k1234", "https://data.example.com/cdp");
        let segment = &settings["integrations"]["Segment.io"];
        assert_eq!(segment["apiKey"], "k1234");
        assert_eq!(segment["apiHost"], "data.example.com/cdp/v1");
        assert_eq!(segment["protocol"], "https");
        assert_eq!(settings["metrics"]["sampleRate"], 0);
    }
}
