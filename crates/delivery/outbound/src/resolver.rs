//! From a host name to the addresses that may be reached.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;
use tokio::time::timeout;

use crate::networks::Networks;

/// The addresses of a name, or why there are none.
pub type Lookup = BoxFuture<'static, io::Result<Vec<IpAddr>>>;

/// Knows the addresses of host names.
pub trait Resolver: Send + Sync + 'static {
    /// All addresses, in the order in which they are to be tried. An error of kind `NotFound`, or none at all, if the name has
    /// none; any other error if they cannot be told now.
    fn lookup(&self, name: &str) -> Lookup;
}

/// Asks the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn lookup(&self, name: &str) -> Lookup {
        let name = name.to_owned();
        Box::pin(async move {
            match tokio::net::lookup_host((name, 0)).await {
                Ok(found) => Ok(found.map(|address| address.ip()).collect()),
                Err(error) if says_try_again(&error) => Err(error),
                Err(error) => Err(io::Error::new(io::ErrorKind::NotFound, error)),
            }
        })
    }
}

/// The standard library passes on the system's words without its code. EAI_AGAIN reads so in glibc and in musl.
fn says_try_again(error: &io::Error) -> bool {
    let words = error.to_string();
    words.contains("Temporary failure in name resolution") || words.contains("Try again")
}

/// Why a name leads nowhere.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum LookupError {
    #[error("the name has no address")]
    NotFound,
    #[error("names cannot be looked up now")]
    Unavailable,
    #[error("the name has no address that may be reached")]
    NotAllowed,
}

/// Gives the connector only addresses that may be reached. They are the ones it connects to, so nothing is looked up twice.
pub(crate) struct GuardedResolver {
    pub(crate) resolver: Arc<dyn Resolver>,
    pub(crate) networks: Arc<Networks>,
    pub(crate) lookup_timeout: Duration,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = timeout(self.lookup_timeout, self.resolver.lookup(name.as_str()));
        let networks = Arc::clone(&self.networks);
        Box::pin(async move {
            let found = match lookup.await {
                Ok(Ok(found)) => found,
                Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
                Ok(Err(_)) | Err(_) => return Err(LookupError::Unavailable.into()),
            };
            if found.is_empty() {
                return Err(LookupError::NotFound.into());
            }
            let permitted: Vec<_> = found.into_iter().filter(|address| networks.permits(*address)).collect();
            if permitted.is_empty() {
                return Err(LookupError::NotAllowed.into());
            }
            // The connector puts the port of the URL in place of 0.
            Ok(Box::new(permitted.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}
