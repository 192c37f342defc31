//! Sends requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use futures::future::join_all;
use prime_destination::{NoReply, OutboundRequest, Outcome, Reply, Response, judge_by_status};
use prime_event::Timestamp;
use tokio::time::timeout_at;
use url::Url;

use crate::failure;
use crate::guarded::{GuardedClient, StartError};
use crate::options::OutboundOptions;
use crate::resolver::{Resolver, SystemResolver};

/// A client with its pool of connections. Cheap to clone; clones share the pool.
#[derive(Clone)]
pub struct Client {
    client: GuardedClient,
    request_timeout: Duration,
    response_bytes_max: usize,
}

/// One exchange.
#[derive(Debug)]
pub struct Exchange {
    pub reply: Reply,
    /// From the start until the reply was complete.
    pub latency: Duration,
}

impl Client {
    pub fn new(options: OutboundOptions) -> Result<Self, StartError> {
        Self::with_resolver(options, Arc::new(SystemResolver))
    }

    /// A client that takes the addresses of names from elsewhere. They are judged like any other.
    pub fn with_resolver(options: OutboundOptions, resolver: Arc<dyn Resolver>) -> Result<Self, StartError> {
        let client = GuardedClient::with_resolver(&options, resolver)?;
        let (request_timeout, response_bytes_max) = (options.request_timeout, options.response_bytes_max);
        Ok(Self { client, request_timeout, response_bytes_max })
    }

    /// Sends the request once to each of its addresses, unchanged, and returns the reply that counts.
    ///
    /// Ends within the request's timeout, or the client's if it has none; dropping the future closes the connection. The status
    /// decides as soon as it is there: a body that does not come in time is cut, as the far side has spoken.
    pub async fn send(&self, request: OutboundRequest) -> Exchange {
        let started = Instant::now();
        let deadline = tokio::time::Instant::now() + request.timeout.unwrap_or(self.request_timeout);
        let OutboundRequest { method, url, also, headers, body, timeout: _ } = request;
        let send = |url: Url| {
            let client = self.client.to(&url);
            let request = client.map(|client| client.request(method.clone(), url));
            self.exchange(request.map(|request| request.headers(headers.clone()).body(body.clone())), deadline)
        };
        let reply = if also.is_empty() {
            send(url).await
        } else {
            let replies = join_all([url].into_iter().chain(also).map(send)).await;
            // The first of the best.
            replies.into_iter().min_by_key(rank).expect("a request has an address")
        };
        Exchange { reply, latency: started.elapsed() }
    }

    async fn exchange(&self, request: Option<reqwest::RequestBuilder>, deadline: tokio::time::Instant) -> Reply {
        let Some(request) = request else { return Reply::None(NoReply::AddressNotAllowed) };
        match timeout_at(deadline, request.send()).await {
            Ok(Ok(response)) => Reply::Response(self.read(response, deadline).await),
            Ok(Err(error)) => Reply::None(failure::name(&error)),
            Err(_) => Reply::None(NoReply::TimedOut),
        }
    }

    async fn read(&self, mut response: reqwest::Response, deadline: tokio::time::Instant) -> Response {
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let mut body = BytesMut::new();
        while body.len() < self.response_bytes_max {
            match timeout_at(deadline, response.chunk()).await {
                Ok(Ok(Some(chunk))) if body.is_empty() && chunk.len() <= self.response_bytes_max => {
                    body = chunk.try_into_mut().unwrap_or_else(|chunk| BytesMut::from(&chunk[..]));
                }
                Ok(Ok(Some(chunk))) => {
                    body.extend_from_slice(&chunk[..chunk.len().min(self.response_bytes_max - body.len())]);
                }
                Ok(Ok(None) | Err(_)) | Err(_) => break,
            }
        }
        Response { status, headers, body: Bytes::from(body) }
    }
}

/// Success before a failure that may pass, before one that will not.
fn rank(reply: &Reply) -> u8 {
    match judge_by_status(reply, Timestamp::from_millis(0)).outcome {
        Outcome::Delivered => 0,
        outcome if !outcome.is_final() => 1,
        _ => 2,
    }
}
