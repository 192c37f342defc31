//! The web console, carried in the binary.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use rust_embed::{EmbeddedFile, RustEmbed};

/// What `npm run build` leaves in `console/dist`.
#[derive(RustEmbed)]
#[folder = "../../../console/dist"]
#[allow_missing = true]
struct Console;

/// The console speaks to its own server alone; a setup link must not leak to others through `Referer`.
const SECURITY: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; \
         frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Answers every path that nobody else took: a file of the console, or its first page, which knows the rest.
pub(crate) async fn serve(method: Method, uri: Uri) -> Response {
    if !matches!(method, Method::GET | Method::HEAD) {
        return (StatusCode::NOT_FOUND, "There is nothing at this path that takes this method.\n").into_response();
    }
    let path = uri.path().trim_start_matches('/');
    match Console::get(path) {
        Some(file) => page(path, file),
        None if path.starts_with("assets/") => StatusCode::NOT_FOUND.into_response(),
        None => match Console::get("index.html") {
            Some(file) => page("index.html", file),
            None => (StatusCode::NOT_FOUND, NOT_BUILT).into_response(),
        },
    }
}

const NOT_BUILT: &str =
    "This binary was built without the console: run `npm ci && npm run build` before `cargo build`, or `make run`.\n";

fn page(path: &str, file: EmbeddedFile) -> Response {
    // Names in assets/ carry a hash of the content; everything else may change with the next version.
    let cache_control = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let content_type = HeaderValue::from_str(file.metadata.mimetype());
    let mut response = file.data.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache_control));
    for (name, value) in SECURITY {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
