#![doc = include_str!("../README.md")]

mod admission;
mod answer;
mod body;
mod bundle;
mod cors;
mod credentials;
mod gate;
mod intake;
mod network;
mod overload;
mod pixel;
mod rate_limit;
mod routes;
mod settings;
mod token;

use std::sync::Arc;
use std::time::Duration;

use axum::body::HttpBody;
use bytes::Bytes;
use http::{Method, Request};
use ipnet::IpNet;
use prime_control::ControlStore;
use prime_log::Partition;
use prime_runtime::Counters;

pub use network::Peer;
pub use rate_limit::RateLimit;

use admission::Admission;
use gate::Gates;

/// What the door may use and what it keeps to.
#[derive(Clone, Debug)]
pub struct TrackingApiOptions {
    /// Largest body, before and after decompression.
    pub request_bytes_max: usize,
    /// Bodies under way, all together.
    pub in_flight_bytes_max: usize,
    /// A body must have arrived within this time.
    pub body_timeout: Duration,
    /// What each source may send.
    pub rate_limit: RateLimit,
    /// While even the luckiest request waits longer than this for the journal, some are refused.
    pub wait_target: Duration,
    /// The address by which SDKs reach this server; empty to take it from each request.
    pub public_url: String,
    /// Whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether an answer names the place in the journal, so that whoever sent may wait until it shows in profiles.
    pub tells_position: bool,
}

/// The tracking API. A cheap handle: clones share everything.
#[derive(Clone)]
pub struct TrackingApi(Arc<Inner>);

struct Inner {
    options: TrackingApiOptions,
    control: ControlStore,
    journal: Partition,
    counters: Arc<Counters>,
    admission: Admission,
    gates: Gates,
}

impl TrackingApi {
    pub fn new(
        options: TrackingApiOptions,
        control: ControlStore,
        journal: Partition,
        counters: Arc<Counters>,
    ) -> Self {
        let admission = Admission::new(options.in_flight_bytes_max);
        let gates = Gates::new(options.rate_limit, options.wait_target, Arc::clone(&counters));
        Self(Arc::new(Inner { options, control, journal, counters, admission, gates }))
    }

    /// Everything SDKs ask for: `/v1/…`, `/analytics.js/…`, `/analytics-next/…` and `/token`.
    ///
    /// Requests must carry a [`Peer`] among their extensions; without it no address is known.
    pub fn router(&self) -> axum::Router {
        routes::router(self.clone())
    }

    /// Whether a request carries messages, so that it should go to [`Self::answer`] by the shortest way.
    pub fn is_for_messages<B>(request: &Request<B>) -> bool {
        request.method() == Method::POST && request.uri().path().starts_with("/v1/")
    }

    /// Answers one request to any of the paths of [`Self::router`].
    pub async fn answer<B>(&self, peer: Option<Peer>, request: Request<B>) -> axum::response::Response
    where
        B: HttpBody<Data = Bytes> + Unpin + Send,
    {
        let (parts, body) = request.into_parts();
        routes::answer(&self.0, peer, &parts, body).await
    }
}
