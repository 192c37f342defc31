//! One listener for everything.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ConnectInfo;
use axum::response::Response;
use http::{HeaderValue, Request, Version, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use prime_runtime::{HttpConfig, ShutdownSignal};
use prime_tracking_api::{Peer, TrackingApi};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// How long to leave alone a system that hands out no more connections.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long clients that keep their connection are told with each answer that it ends. Longer where another process
/// takes over, as nobody notices that.
const FAREWELL: Duration = Duration::from_millis(200);
const FAREWELL_HANDED_OVER: Duration = Duration::from_secs(1);
const FAREWELL_CHECKED: Duration = Duration::from_millis(5);
/// More than browsers and SDKs use, fewer than would let one connection crowd out the rest.
const STREAMS_PER_CONNECTION_MAX: u32 = 64;
/// Connections that may wait while the server is busy, or while one process hands over to the next.
const BACKLOG: u32 = 4096;

/// Listens on an address, or on a socket that is open already.
pub(crate) fn listen(address: SocketAddr, inherited: Option<std::net::TcpListener>) -> io::Result<TcpListener> {
    if let Some(listener) = inherited {
        listener.set_nonblocking(true)?;
        return TcpListener::from_std(listener);
    }
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

pub(crate) struct HttpServer {
    listener: TcpListener,
    router: Router,
    /// Takes what carries messages past the router and its layers.
    tracking_api: Option<TrackingApi>,
    connections: Arc<Semaphore>,
    connections_max: usize,
    header_timeout: Duration,
    shutdown_grace: Duration,
}

impl HttpServer {
    pub(crate) fn new(
        listener: TcpListener,
        router: Router,
        tracking_api: Option<TrackingApi>,
        config: &HttpConfig,
    ) -> Self {
        Self {
            listener,
            router,
            tracking_api,
            connections: Arc::new(Semaphore::new(config.connections_max)),
            connections_max: config.connections_max,
            header_timeout: Duration::from_millis(config.header_timeout_ms),
            shutdown_grace: Duration::from_millis(config.shutdown_grace_ms),
        }
    }

    /// Serves until a stop is asked for, then lets requests under way finish, at most for the grace. Gives the listener
    /// back where it is to be handed over; clients that connect meanwhile wait in the operating system's queue.
    pub(crate) async fn run(self, stop: ShutdownSignal, handing_over: Arc<AtomicBool>) -> Option<TcpListener> {
        let graceful = GracefulShutdown::new();
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(self.header_timeout);
        builder.http2().timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(30));
        // One connection gets no more of the server at a time than so many connections would.
        builder.http2().max_concurrent_streams(STREAMS_PER_CONNECTION_MAX);
        let closing = AtomicBool::new(false);
        let services =
            Arc::new(Services { router: self.router.clone(), tracking_api: self.tracking_api.clone(), closing });
        loop {
            let accepted = tokio::select! {
                accepted = self.accept() => accepted,
                () = stop.asked() => break,
            };
            let (stream, peer, permit) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let services = Arc::clone(&services);
            let service = service_fn(move |request| answer(Arc::clone(&services), peer, request));
            let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::trace!(%error, "a connection ended early");
                }
                drop(permit);
            });
        }
        services.closing.store(true, Ordering::Relaxed);
        let listener = handing_over.load(Ordering::Relaxed).then_some(self.listener);
        let patience = if listener.is_some() { FAREWELL_HANDED_OVER } else { FAREWELL };
        farewell(&self.connections, self.connections_max, patience).await;
        if tokio::time::timeout(self.shutdown_grace, graceful.shutdown()).await.is_err() {
            tracing::warn!("some requests were still under way after the grace and are cut off");
        }
        listener
    }

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
        let permit = Arc::clone(&self.connections).acquire_owned().await.map_err(io::Error::other)?;
        let (stream, peer) = self.listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok((stream, peer, permit))
    }
}

/// Who answers.
struct Services {
    router: Router,
    tracking_api: Option<TrackingApi>,
    /// Whether clients are told to go elsewhere with their next request.
    closing: AtomicBool,
}

/// Gives clients time to hear with an answer that their connection ends: to close it without a word may cross a request
/// on its way, which the client would then have to take for lost.
async fn farewell(connections: &Semaphore, connections_max: usize, patience: Duration) {
    let until = Instant::now() + patience;
    while connections.available_permits() < connections_max && Instant::now() < until {
        tokio::time::sleep(FAREWELL_CHECKED).await;
    }
}

async fn answer(services: Arc<Services>, peer: SocketAddr, request: Request<Incoming>) -> Result<Response, Infallible> {
    let is_http1 = request.version() < Version::HTTP_2;
    let mut response = services.answer(peer, request).await?;
    if is_http1 && services.closing.load(Ordering::Relaxed) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

impl Services {
    async fn answer(&self, peer: SocketAddr, request: Request<Incoming>) -> Result<Response, Infallible> {
        if let Some(api) = self.tracking_api.as_ref().filter(|_| TrackingApi::is_for_messages(&request)) {
            return Ok(api.answer(Some(Peer(peer)), request).await);
        }
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(ConnectInfo(peer));
        self.router.clone().oneshot(request).await
    }
}
