#![doc = include_str!("../README.md")]

mod admission;
mod answer;
mod body;
mod bundle;
mod cors;
mod credentials;
mod intake;
mod network;
mod pixel;
mod routes;
mod settings;
mod token;

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use prime_control::ControlStore;
use prime_log::Partition;
use prime_runtime::Counters;

pub use network::Peer;

use admission::Admission;

/// What the door may use and what it keeps to.
#[derive(Clone, Debug)]
pub struct TrackingApiOptions {
    /// Largest body, before and after decompression.
    pub request_bytes_max: usize,
    /// Bodies under way, all together.
    pub in_flight_bytes_max: usize,
    /// A body must have arrived within this time.
    pub body_timeout: Duration,
    /// The address by which SDKs reach this server; empty to take it from each request.
    pub public_url: String,
    /// Whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
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
}

impl TrackingApi {
    pub fn new(
        options: TrackingApiOptions,
        control: ControlStore,
        journal: Partition,
        counters: Arc<Counters>,
    ) -> Self {
        let admission = Admission::new(options.in_flight_bytes_max);
        Self(Arc::new(Inner { options, control, journal, counters, admission }))
    }

    /// Everything SDKs ask for: `/v1/…`, `/analytics.js/…`, `/analytics-next/…` and `/token`.
    ///
    /// Requests must carry a [`Peer`] among their extensions; without it no address is known.
    pub fn router(&self) -> axum::Router {
        routes::router(self.clone())
    }
}
