//! Which path leads where.
//!
//! SDKs append slashes, abbreviate and alias; none of them follows redirects well. So paths are matched here in one
//! place, with trailing slashes cut, and no path is ever redirected.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::Method;
use http::request::Parts;
use prime_event::{Endpoint, MessageType};

use crate::answer::{Accepted, Refused};
use crate::body::Incoming;
use crate::network::Peer;
use crate::{Inner, TrackingApi, bundle, cors, pixel, settings, token};

/// What a path under `/v1/` asks for.
#[derive(Debug, PartialEq, Eq)]
enum Route<'a> {
    Messages(Endpoint),
    /// Statistics that SDKs keep about themselves.
    SdkMetrics,
    Pixel(MessageType),
    Settings {
        write_key: &'a str,
    },
}

/// Routes for a server that asks its router first. [`TrackingApi::answer`] does the same work without one.
pub(crate) fn router(api: TrackingApi) -> Router {
    Router::new()
        .route("/v1/{*path}", any(dispatch))
        .route("/analytics.js/v1/{write_key}/{file}", any(dispatch))
        .route("/analytics-next/bundles/{file}", any(dispatch))
        .route("/token", any(dispatch))
        .route("/token/", any(dispatch))
        .with_state(api)
}

async fn dispatch(State(api): State<TrackingApi>, request: axum::extract::Request) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    api.answer(peer, request).await
}

/// Answers a request, and marks the answer as readable for pages of any origin.
pub(crate) async fn answer(inner: &Inner, peer: Option<Peer>, parts: &Parts, body: impl Incoming) -> Response {
    let asked = cors::Asked::of(parts);
    let mut response = match asked.preflight() {
        Some(preflight) => preflight,
        None => route(inner, peer, parts, body).await,
    };
    asked.allow(&mut response);
    response
}

async fn route(inner: &Inner, peer: Option<Peer>, parts: &Parts, body: impl Incoming) -> Response {
    let path = parts.uri.path();
    if let Some(path) = path.strip_prefix("/v1/") {
        let response = messages(inner, peer, path.trim_matches('/'), parts, body).await;
        inner.counters.answered(response.status().as_u16());
        return response;
    }
    let mut pieces = path.trim_matches('/').split('/');
    match [pieces.next(), pieces.next(), pieces.next(), pieces.next(), pieces.next()] {
        [Some("token"), None, ..] => token::exchange(inner, peer, parts, body).await,
        [Some("analytics.js"), Some("v1"), Some(_), Some(file), None] => bundle::script(&parts.method, file),
        [Some("analytics-next"), Some("bundles"), Some(file), None, None] => bundle::chunk(&parts.method, file),
        _ => Refused::not_found().into_response(),
    }
}

async fn messages(inner: &Inner, peer: Option<Peer>, path: &str, parts: &Parts, body: impl Incoming) -> Response {
    let Some(route) = Route::of(path) else {
        return Refused::not_found().into_response();
    };
    match (route, &parts.method) {
        (Route::Messages(endpoint), &Method::POST) => match inner.take(endpoint, peer, &parts.headers, body).await {
            Ok(accepted) => accepted.into_response(),
            Err(refused) => refused.into_response(),
        },
        (Route::SdkMetrics, &Method::POST) => match inner.receive(&parts.headers, body).await {
            Ok(_) => Accepted::default().into_response(),
            Err(refused) => refused.into_response(),
        },
        (Route::Pixel(kind), &Method::GET | &Method::HEAD) => pixel::take(inner, kind, peer, parts).await,
        (Route::Settings { write_key }, &Method::GET | &Method::HEAD) => {
            settings::answer(inner, write_key, peer, parts)
        }
        (Route::Messages(_) | Route::SdkMetrics, _) => with_allow(Refused::wrong_method("POST"), "POST, OPTIONS"),
        (Route::Pixel(_) | Route::Settings { .. }, _) => with_allow(Refused::wrong_method("GET"), "GET, HEAD, OPTIONS"),
    }
}

fn with_allow(refused: Refused, allowed: &'static str) -> Response {
    ([(http::header::ALLOW, allowed)], refused).into_response()
}

impl<'a> Route<'a> {
    /// `path` is what follows `/v1/`, without slashes at its ends.
    fn of(path: &'a str) -> Option<Self> {
        let single = |kind| Some(Self::Messages(Endpoint::Single { kind: Some(kind), client_side: false }));
        let client = |kind| Some(Self::Messages(Endpoint::Single { kind: Some(kind), client_side: true }));
        match path {
            "batch" | "import" => Some(Self::Messages(Endpoint::Batch { client_side: false })),
            "b" => Some(Self::Messages(Endpoint::Batch { client_side: true })),
            "t" => client(MessageType::Track),
            "i" => client(MessageType::Identify),
            "p" => client(MessageType::Page),
            "s" => client(MessageType::Screen),
            "g" => client(MessageType::Group),
            "a" => client(MessageType::Alias),
            "m" => Some(Self::SdkMetrics),
            path => match path.split_once('/') {
                None => single(MessageType::parse(path)?),
                Some(("pixel", kind)) => MessageType::parse(kind).map(Self::Pixel),
                Some(("projects", rest)) => {
                    let write_key = rest.strip_suffix("/settings")?;
                    (!write_key.contains('/')).then_some(Self::Settings { write_key })
                }
                Some(_) => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_leads_to_its_endpoint() {
        let batch = |client_side| Some(Route::Messages(Endpoint::Batch { client_side }));
        assert_eq!(Route::of("batch"), batch(false));
        assert_eq!(Route::of("import"), batch(false));
        assert_eq!(Route::of("b"), batch(true));
        for kind in MessageType::ALL {
            let single = |client_side| Some(Route::Messages(Endpoint::Single { kind: Some(kind), client_side }));
            assert_eq!(Route::of(kind.as_str()), single(false));
            assert_eq!(Route::of(&kind.as_str()[..1]), single(true));
            assert_eq!(Route::of(&format!("pixel/{}", kind.as_str())), Some(Route::Pixel(kind)));
        }
        assert_eq!(Route::of("projects/k/settings"), Some(Route::Settings { write_key: "k" }));
        for unknown in ["", "x", "pixel", "pixel/x", "projects/k", "projects/a/b/settings", "batch/x"] {
            assert_eq!(Route::of(unknown), None, "{unknown}");
        }
    }
}
