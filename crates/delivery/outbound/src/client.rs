//! Sends requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use prime_destination::{NoReply, OutboundRequest, Outcome, Reply, Response, judge_by_status};
use prime_event::Timestamp;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout_at;
use url::Url;

use crate::failure;
use crate::guarded::{GuardedClient, StartError};
use crate::options::OutboundOptions;
use crate::resolver::{Resolver, SystemResolver};

/// So many requests may go on after another of their addresses has answered; with more, all answers are waited for.
const LEFT_BEHIND_MAX: usize = 256;

/// A client with its pool of connections. Cheap to clone; clones share the pool.
#[derive(Clone)]
pub struct Client {
    client: GuardedClient,
    request_timeout: Duration,
    response_bytes_max: usize,
    /// Requests of which another address has taken what they carry.
    left_behind: Arc<Semaphore>,
}

/// One exchange.
#[derive(Debug)]
pub struct Exchange {
    pub reply: Reply,
    /// Where the reply is from, if it is another than the first of the request's addresses.
    pub from: Option<Url>,
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
        let left_behind = Arc::new(Semaphore::new(LEFT_BEHIND_MAX));
        Ok(Self { client, request_timeout, response_bytes_max, left_behind })
    }

    /// Sends the request once to each of its addresses, unchanged, and returns the reply that counts: the first success, without
    /// waiting for the others, or else, when all have ended, the first of those that may pass.
    ///
    /// Ends within the request's timeout, or the client's if it has none; dropping the future closes the connection. The status
    /// decides as soon as it is there: a body that does not come in time is cut, as the far side has spoken.
    pub async fn send(&self, request: OutboundRequest) -> Exchange {
        let started = Instant::now();
        let deadline = tokio::time::Instant::now() + request.timeout.unwrap_or(self.request_timeout);
        let (reply, from) = if request.also.is_empty() {
            let url = request.url.clone();
            (self.send_to(&request, url, deadline).await, None)
        } else {
            self.send_to_all(request, deadline).await
        };
        Exchange { reply, from, latency: started.elapsed() }
    }

    async fn send_to(&self, request: &OutboundRequest, url: Url, deadline: tokio::time::Instant) -> Reply {
        let client = self.client.to(&url).map(|client| client.request(request.method.clone(), url));
        let built = client.map(|client| client.headers(request.headers.clone()).body(request.body.clone()));
        self.exchange(built, deadline).await
    }

    /// Returns with the first success; what is still under way then ends by itself.
    async fn send_to_all(&self, request: OutboundRequest, deadline: tokio::time::Instant) -> (Reply, Option<Url>) {
        let request = Arc::new(request);
        let mut sending = JoinSet::new();
        for (place, url) in [&request.url].into_iter().chain(&request.also).cloned().enumerate() {
            let (client, request) = (self.clone(), Arc::clone(&request));
            sending.spawn(async move { (place, client.send_to(&request, url, deadline).await) });
        }
        let mut replies = Vec::new();
        while let Some(sent) = sending.join_next().await {
            let Ok((place, reply)) = sent else { continue };
            let rank = rank(&reply);
            replies.push(((rank, place), reply));
            if rank == TAKEN
                && let Ok(left_behind) = Arc::clone(&self.left_behind).try_acquire_owned()
            {
                tokio::spawn(async move {
                    while sending.join_next().await.is_some() {}
                    drop(left_behind);
                });
                break;
            }
        }
        let best = replies.into_iter().min_by_key(|(rank, _)| *rank);
        let Some(((_, place), reply)) = best else { return (Reply::None(NoReply::ConnectionReset), None) };
        (reply, place.checked_sub(1).map(|place| request.also[place].clone()))
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

const TAKEN: u8 = 0;

/// Success before a failure that may pass, before one that will not.
fn rank(reply: &Reply) -> u8 {
    match judge_by_status(reply, Timestamp::from_millis(0)).outcome {
        Outcome::Delivered => TAKEN,
        outcome if !outcome.is_final() => 1,
        _ => 2,
    }
}
