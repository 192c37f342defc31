//! The guard at the door: a client that reaches no address it must not.

use std::sync::Arc;

use reqwest::redirect::Policy;
use thiserror::Error;
use url::{Host, Url};

use crate::networks::Networks;
use crate::options::OutboundOptions;
use crate::resolver::{GuardedResolver, Resolver, SystemResolver};

/// An HTTP client for those who speak a protocol of their own over it. Cheap to clone; clones share the connections.
///
/// Follows no redirect and uses no proxy. It has no timeout of its own but for looking up and connecting.
#[derive(Clone, Debug)]
pub struct GuardedClient {
    client: reqwest::Client,
    networks: Arc<Networks>,
}

/// Why there can be no client: the TLS library found nothing to trust, for example.
#[derive(Debug, Error)]
#[error("the HTTP client cannot be made")]
pub struct StartError(#[source] reqwest::Error);

impl GuardedClient {
    pub fn new(options: &OutboundOptions) -> Result<Self, StartError> {
        Self::with_resolver(options, Arc::new(SystemResolver))
    }

    pub(crate) fn with_resolver(options: &OutboundOptions, resolver: Arc<dyn Resolver>) -> Result<Self, StartError> {
        // Another part of the process may have chosen a provider already; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let networks = Arc::new(options.networks.clone());
        let resolver =
            GuardedResolver { resolver, networks: Arc::clone(&networks), lookup_timeout: options.lookup_timeout };
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(resolver)
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(options.idle_max)
            .pool_max_idle_per_host(options.idle_per_host_max)
            .build()
            .map_err(StartError)?;
        Ok(Self { client, networks })
    }

    /// The client for a request to this URL; none if it must not be reached. An address that stands in the URL itself is not
    /// looked up, so it is judged here. Names are judged when connecting.
    pub fn to(&self, url: &Url) -> Option<&reqwest::Client> {
        let may_reach = match url.host() {
            Some(Host::Ipv4(address)) => self.networks.permits(address.into()),
            Some(Host::Ipv6(address)) => self.networks.permits(address.into()),
            Some(Host::Domain(_)) => true,
            None => false,
        };
        may_reach.then_some(&self.client)
    }
}
