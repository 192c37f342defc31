//! `analytics.js` itself, so that the standard snippet needs nothing but our host.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{Method, header};
use rust_embed::RustEmbed;

use crate::answer::Refused;

/// What `packages/analytics-js` builds from the public npm package.
#[derive(RustEmbed)]
#[folder = "../../../packages/analytics-js/dist"]
#[allow_missing = true]
struct Bundle;

/// The script that the snippet loads. The write key in the path is for the script to read, not for us.
pub(crate) fn script(method: &Method, file: &str) -> Response {
    let is_script = matches!(file, "analytics.min.js" | "analytics.js");
    match (is_script, Bundle::get("prefix.js"), Bundle::get("analytics.min.js")) {
        (true, Some(prefix), Some(script)) => {
            let whole = [prefix.data.as_ref(), b"\n", script.data.as_ref()].concat();
            javascript(method, Bytes::from(whole), "public, max-age=120")
        }
        (true, ..) => not_built(),
        (false, ..) => Refused::not_found().into_response(),
    }
}

/// A part that the script loads when it needs it. Names carry a hash of the content, so they may be kept for long.
pub(crate) fn chunk(method: &Method, file: &str) -> Response {
    match Bundle::get(&format!("bundles/{file}")) {
        Some(chunk) => javascript(method, Bytes::from(chunk.data.into_owned()), "public, max-age=86400"),
        None => Refused::not_found().into_response(),
    }
}

fn javascript(method: &Method, content: Bytes, cache_control: &'static str) -> Response {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Refused::wrong_method("GET").into_response();
    }
    let headers =
        [(header::CONTENT_TYPE, "application/javascript; charset=utf-8"), (header::CACHE_CONTROL, cache_control)];
    (headers, content).into_response()
}

fn not_built() -> Response {
    let problem = "This binary was built without analytics.js: run `npm ci && npm run build` before `cargo build`.";
    Refused::not_built(problem).into_response()
}
