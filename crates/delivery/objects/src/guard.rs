//! object_store's requests, by way of the client that reaches no address it must not.

use std::time::Duration;

use async_trait::async_trait;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use prime_outbound::{GuardedClient, Networks, OutboundOptions};
use thiserror::Error;
use url::Url;

/// Makes clients that may reach these networks only.
#[derive(Debug)]
pub(crate) struct Guard {
    pub(crate) networks: Networks,
    pub(crate) connect_timeout: Duration,
}

#[derive(Debug)]
struct Guarded(GuardedClient);

#[derive(Debug, Error)]
#[error("the address of the endpoint may not be reached; the operator can allow it with deliver.allowed_networks")]
struct NotAllowed;

impl HttpConnector for Guard {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = GuardedClient::new(&OutboundOptions {
            networks: self.networks.clone(),
            lookup_timeout: self.connect_timeout,
            connect_timeout: self.connect_timeout,
            ..OutboundOptions::default()
        });
        let client = client.map_err(|error| object_store::Error::Generic { store: "S3", source: Box::new(error) })?;
        Ok(HttpClient::new(Guarded(client)))
    }
}

#[async_trait]
impl HttpService for Guarded {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let url = Url::parse(&request.uri().to_string());
        match url.ok().as_ref().and_then(|url| self.0.to(url)) {
            Some(client) => HttpService::call(client, request).await,
            None => Err(HttpError::new(HttpErrorKind::Request, NotAllowed)),
        }
    }
}
