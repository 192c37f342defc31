//! One file per resource; this one says which address leads to which.

mod audit_events;
mod catalog;
mod configuration;
mod deduplication;
mod delivery;
mod destinations;
mod duplicates;
mod echo;
mod events;
mod identity;
mod invites;
mod ledger;
mod oauth_apps;
mod overview;
mod person_tokens;
mod profile_tokens;
mod profiles;
mod rejected;
mod replays;
mod session;
mod setup;
mod sources;
mod streams;
mod tokens;
mod users;
mod workspace;
mod write_keys;

pub(crate) use overview::OverviewTick;
pub(crate) use streams::Skipped;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::map_response;
use axum::response::Response;
use http::Uri;
use http::header::{CACHE_CONTROL, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::BODY_BYTES_MAX;
use crate::error::ApiError;
use crate::state::{Api, PublicApi};

/// The public API, to be nested under `/api/v1`.
///
/// Serve it with `ConnectInfo<SocketAddr>` in the extensions of each request: sign-in is limited per address.
pub fn router(handles: PublicApi) -> Router {
    let (router, _) = documented().split_for_parts();
    router
        .fallback(unknown)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(map_response(kept_by_nobody))
        .with_state(Api::new(handles))
}

pub(crate) fn documented() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(workspace::get_workspace))
        .routes(routes!(workspace::update_workspace))
        .routes(routes!(setup::check_setup, setup::complete_setup))
        .routes(routes!(session::get_session, session::sign_in, session::sign_out))
        .routes(routes!(session::update_own_account))
        .routes(routes!(sources::list_sources, sources::create_source))
        .routes(routes!(sources::get_source, sources::update_source, sources::delete_source))
        .routes(routes!(sources::list_connected_destinations))
        .routes(routes!(write_keys::create_write_key))
        .routes(routes!(write_keys::update_write_key, write_keys::delete_write_key))
        .routes(routes!(destinations::list_destinations, destinations::create_destination))
        .routes(routes!(
            destinations::get_destination,
            destinations::update_destination,
            destinations::delete_destination
        ))
        .merge(destinations::delivery_routes())
        .merge(delivery::delivery_routes())
        .merge(replays::replay_routes())
        .routes(routes!(catalog::list_source_catalog))
        .routes(routes!(catalog::get_source_catalog_entry))
        .routes(routes!(catalog::list_destination_catalog))
        .routes(routes!(catalog::get_destination_catalog_entry))
        .routes(routes!(events::list_events))
        .routes(routes!(streams::stream_events))
        .routes(routes!(rejected::list_rejected))
        .routes(routes!(duplicates::list_duplicates))
        .routes(routes!(duplicates::get_duplicate))
        .routes(routes!(ledger::get_ledger))
        .routes(routes!(deduplication::get_deduplication))
        .routes(routes!(profiles::list_profiles))
        .routes(routes!(profiles::get_profile))
        .routes(routes!(profiles::list_profile_events))
        .routes(routes!(profiles::list_profile_links))
        .routes(routes!(profiles::get_profile_graph))
        .routes(routes!(profiles::explain_profile))
        .merge(identity::identity_routes())
        .routes(routes!(profile_tokens::list_profile_tokens, profile_tokens::create_profile_token))
        .routes(routes!(profile_tokens::delete_profile_token))
        .routes(routes!(person_tokens::list_person_token_secrets, person_tokens::create_person_token_secret))
        .routes(routes!(person_tokens::delete_person_token_secret))
        .routes(routes!(person_tokens::create_person_token))
        .routes(routes!(overview::get_overview))
        .routes(routes!(overview::stream_overview))
        .routes(routes!(overview::get_overview_series))
        .routes(routes!(tokens::list_tokens, tokens::create_token))
        .routes(routes!(tokens::delete_token))
        .routes(routes!(users::list_users))
        .routes(routes!(users::delete_user))
        .routes(routes!(invites::list_invites, invites::create_invite))
        .routes(routes!(invites::delete_invite))
        .routes(routes!(oauth_apps::list_oauth_apps, oauth_apps::create_oauth_app))
        .routes(routes!(oauth_apps::delete_oauth_app))
        .routes(routes!(oauth_apps::create_oauth_key))
        .routes(routes!(oauth_apps::delete_oauth_key))
        .routes(routes!(oauth_apps::list_oauth_tokens))
        .routes(routes!(oauth_apps::revoke_oauth_token))
        .routes(routes!(audit_events::list_audit_events))
        .routes(routes!(configuration::get_configuration))
        .routes(routes!(echo::echo))
        .route("/openapi.json", axum::routing::get(crate::openapi::serve))
}

/// Answers hold personal data and, once each, credentials: no browser and no proxy is to keep them.
async fn kept_by_nobody(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn unknown(uri: Uri) -> ApiError {
    ApiError::NotFound(format!("There is nothing at /api/v1{}; /api/v1/openapi.json lists what there is.", uri.path()))
}
