use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{self, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode, Uri};
use parking_lot::Mutex;
use prime_profiles::Collection;

use crate::authorization::{Caller, authorize};
use crate::deletion::{self, DELETED};
use crate::error::ApiError;
use crate::freshness::{self, POSITION_HEADER};
use crate::person_token::Resource;
use crate::profile_key::ProfileKey;
use crate::query::Query;
use crate::rate_limit::RateLimit;
use crate::resources::{self, Asked};
use crate::space::{Space, Spaces};

/// What may be set.
#[derive(Clone, Debug)]
pub struct ProfileApiOptions {
    /// Requests of one space in one second; more are answered with 429. Segment's limit is 100.
    pub requests_per_second: u64,
}

impl Default for ProfileApiOptions {
    /// More than one machine serves: the limit is there to be lowered.
    fn default() -> Self {
        Self { requests_per_second: 100_000 }
    }
}

/// The Profile API, below `/v1/spaces`.
pub fn profile_api(spaces: Arc<dyn Spaces>, options: ProfileApiOptions) -> Router {
    let api = Api { spaces, started: Instant::now(), limit: Mutex::new(RateLimit::new(options.requests_per_second)) };
    let spaces = Router::new()
        .route(
            "/{space}/collections/{collection}/profiles/{profile}/{resource}",
            get(read).options(preflight).fallback(method_not_allowed),
        )
        .route(
            "/{space}/collections/{collection}/profiles/{profile}/external_ids/delete",
            post(delete).fallback(method_not_allowed),
        )
        .fallback(no_such_address)
        .layer(DefaultBodyLimit::max(DELETION_BYTES_MAX))
        .layer(axum::middleware::map_response(with_request_id))
        .with_state(Arc::new(api));
    Router::new().nest(BASE, spaces)
}

const BASE: &str = "/v1/spaces";

/// A deletion names one identifier.
const DELETION_BYTES_MAX: usize = 16 << 10;
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

struct Api {
    spaces: Arc<dyn Spaces>,
    started: Instant,
    limit: Mutex<RateLimit>,
}

type PathParts = Result<Path<(String, String, String, String)>, PathRejection>;

impl Api {
    /// The space and who asks. Whether a space exists is told to those who may read it.
    fn enter(&self, space_id: &str, headers: &HeaderMap) -> Result<(Arc<dyn Space>, Caller), ApiError> {
        let space = self.spaces.space(space_id).ok_or(ApiError::Authentication)?;
        let caller = authorize(space_id, &*space, headers, now_ms())?;
        let admitted = self.limit.lock().admit(space_id, self.started.elapsed().as_millis() as u64);
        if admitted { Ok((space, caller)) } else { Err(ApiError::RateLimit) }
    }
}

async fn read(
    State(api): State<Arc<Api>>,
    path: PathParts,
    RawQuery(query): RawQuery,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let asked = match path {
        Ok(Path((space, collection, profile, resource))) => {
            answer(&api, [&space, &collection, &profile, &resource], query.as_deref(), &uri, &headers).await
        }
        Err(_) => Err((
            ApiError::InvalidRequest("The address is not well encoded: it takes UTF-8, percent-encoded.".into()),
            false,
        )),
    };
    match asked {
        Ok((body, position, is_person)) => {
            let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
            let mut response = (json, Body::from(body)).into_response();
            if let Ok(position) = HeaderValue::from_str(&position) {
                response.headers_mut().insert(POSITION_HEADER, position);
            }
            readable_by_pages(response, is_person)
        }
        Err((error, is_person)) => readable_by_pages(error.into_response(), is_person),
    }
}

/// Body, position, and whether a person's token was used.
type Answered = Result<(Vec<u8>, String, bool), (ApiError, bool)>;

async fn answer(api: &Api, parts: [&str; 4], query: Option<&str>, uri: &Uri, headers: &HeaderMap) -> Answered {
    let [space_id, collection, profile, resource] = parts;
    let (space, caller) = api.enter(space_id, headers).map_err(|error| (error, false))?;
    let is_person = matches!(caller, Caller::Person(_));
    let work = async {
        let collection = Collection::parse(collection).ok_or(ApiError::NoSuchAddress)?;
        let resource = Resource::parse(resource).ok_or(ApiError::NoSuchAddress)?;
        allowed(&caller, profile, resource)?;
        let key = ProfileKey::parse(&*space, collection, profile)?;
        freshness::wait(&*space, headers).await?;
        let (query, url) = (Query::parse(query), format!("{BASE}{}", uri.path()));
        let look = move || look(&*space, collection, &key, resource, &query, &url);
        match resource {
            // Some points in memory or in the page cache: handing them to another thread would take longer.
            Resource::Traits | Resource::ExternalIds | Resource::Metadata => look(),
            Resource::Events | Resource::Links => tokio::task::spawn_blocking(look).await.unwrap_or_else(|panic| {
                tracing::error!(%panic, "a read of a profile failed");
                Err(ApiError::Internal)
            }),
        }
    };
    let (body, position) = work.await.map_err(|error| (error, is_person))?;
    Ok((body, position, is_person))
}

fn allowed(caller: &Caller, profile: &str, resource: Resource) -> Result<(), ApiError> {
    let Caller::Person(claims) = caller else { return Ok(()) };
    if claims.profile != profile {
        return Err(ApiError::NotYours("The token is for another profile."));
    }
    if !claims.resources.contains(&resource) {
        return Err(ApiError::NotYours("The token does not allow to read this part of the profile."));
    }
    Ok(())
}

fn look(
    space: &dyn Space,
    collection: Collection,
    key: &ProfileKey,
    resource: Resource,
    query: &Query,
    url: &str,
) -> Result<(Vec<u8>, String), ApiError> {
    // Told before the snapshot is taken: it shows at least this much.
    let position = space.position();
    let reader = space.reader();
    let profile = key.find(space, collection, &reader)?;
    let asked = Asked { space, reader: &reader, collection, profile: &profile, query, url };
    let body = match resource {
        Resource::Traits => resources::traits::traits(&asked),
        Resource::ExternalIds => resources::external_ids::external_ids(&asked),
        Resource::Events => resources::events::events(&asked),
        Resource::Metadata => resources::metadata::metadata(&asked),
        Resource::Links => resources::links::links(&asked),
    };
    Ok((body?, position))
}

async fn delete(
    State(api): State<Arc<Api>>,
    path: Result<Path<(String, String, String)>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let deleted = async {
        let bad = |message| deletion::refused(StatusCode::BAD_REQUEST, "bad_request", message);
        let Path((space_id, collection, profile)) = path.map_err(|_| bad("The address is not well encoded."))?;
        let (space, caller) = api.enter(&space_id, &headers).map_err(|error| match error {
            ApiError::Authentication => {
                let message = "The token is missing or not valid for this space.";
                deletion::refused(StatusCode::UNAUTHORIZED, "unauthorized", message)
            }
            other => other,
        })?;
        if caller != Caller::Server {
            let message = "A token for one person may only read.";
            return Err(deletion::refused(StatusCode::FORBIDDEN, "forbidden", message));
        }
        let body = body.map_err(|_| bad("The body could not be read, or is larger than 16 KiB."))?;
        deletion::delete(space, Collection::parse(&collection), &profile, &body).await
    };
    match deleted.await {
        Ok(()) => ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], DELETED).into_response(),
        Err(error) => error.into_response(),
    }
}

/// Browsers ask before they send a token. What they are told holds nothing; the answer to the request itself can be read
/// by a page only where a person's token was sent.
async fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, x-primedata-position, x-primedata-wait-ms"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

fn readable_by_pages(mut response: Response, is_person: bool) -> Response {
    if is_person {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        let exposed = HeaderValue::from_static("request-id, x-primedata-position, retry-after");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    // A profile is nobody's else to keep.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn no_such_address() -> ApiError {
    ApiError::NoSuchAddress
}

async fn method_not_allowed() -> ApiError {
    ApiError::MethodNotAllowed
}

async fn with_request_id(mut response: Response) -> Response {
    let id = uuid::Uuid::new_v4().to_string();
    let id = HeaderValue::from_str(&id).expect("a UUID is a header's value");
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
