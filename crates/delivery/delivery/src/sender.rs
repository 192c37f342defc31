//! The one place that touches the network: sends a request and brings back what came of it.

use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use prime_destination::{NoReply, OutboundRequest, Reply, Response};
use reqwest::redirect::Policy;
use tokio::time::timeout_at;

use crate::options::DeliveryOptions;

/// Enough for any error message; the rest of a longer body is not read.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// Connections that nobody used for this long are closed.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// A client with its pool of connections. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sender {
    client: reqwest::Client,
    request_timeout: Duration,
}

/// One exchange.
pub(crate) struct Exchange {
    pub(crate) reply: Reply,
    pub(crate) latency: Duration,
}

impl Sender {
    pub(crate) fn new(options: &DeliveryOptions) -> Result<Self, reqwest::Error> {
        // Another part of the process may have chosen a provider already; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(options.request_timeout)
            .pool_idle_timeout(IDLE_MAX)
            .pool_max_idle_per_host(options.concurrency_max)
            .build()?;
        Ok(Self { client, request_timeout: options.request_timeout })
    }

    /// Sends the request once, unchanged. Ends within the timeout; dropping the future closes the connection.
    ///
    /// The status decides as soon as it is there: a body that does not come in time is cut, as the receiver has spoken.
    pub(crate) async fn send(&self, request: OutboundRequest) -> Exchange {
        let started = Instant::now();
        let deadline = tokio::time::Instant::now() + self.request_timeout;
        let sending =
            self.client.request(request.method, request.url).headers(request.headers).body(request.body).send();
        let reply = match timeout_at(deadline, sending).await {
            Ok(Ok(response)) => Reply::Response(read(response, deadline).await),
            Ok(Err(error)) => Reply::None(classify(&error)),
            Err(_) => Reply::None(NoReply::TimedOut),
        };
        Exchange { reply, latency: started.elapsed() }
    }
}

async fn read(mut response: reqwest::Response, deadline: tokio::time::Instant) -> Response {
    let mut body = BytesMut::new();
    while body.len() < BODY_BYTES_MAX {
        match timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) => body.extend_from_slice(&chunk[..chunk.len().min(BODY_BYTES_MAX - body.len())]),
            Ok(Ok(None) | Err(_)) | Err(_) => break,
        }
    }
    Response { status: response.status(), headers: response.headers().clone(), body: body.freeze() }
}

/// Finds the cause among the sources of the error.
fn classify(error: &reqwest::Error) -> NoReply {
    if error.is_timeout() {
        return NoReply::TimedOut;
    }
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if let Some(known) = name(cause) {
            return known;
        }
        source = inner(cause);
    }
    NoReply::Failed
}

/// What an error is called, if it is one that people know.
fn name(cause: &(dyn Error + 'static)) -> Option<NoReply> {
    if cause.is::<rustls::Error>() {
        return Some(NoReply::TlsFailed);
    }
    if cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message) {
        return Some(NoReply::ConnectionReset);
    }
    // The resolver's error type is private; its text is what tells it apart.
    if cause.to_string().starts_with("dns error") {
        return Some(NoReply::NameNotFound);
    }
    match cause.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::ConnectionRefused => Some(NoReply::ConnectionRefused),
        io::ErrorKind::TimedOut => Some(NoReply::TimedOut),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(NoReply::ConnectionReset),
        _ => None,
    }
}

/// The next error within. The one that an `io::Error` wraps is not among its sources.
fn inner<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => cause.source(),
    }
}
