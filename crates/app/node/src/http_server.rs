//! One listener for everything.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use prime_runtime::{HttpConfig, ShutdownSignal};
use prime_tracking_api::{Peer, TrackingApi};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// How long to leave alone a system that hands out no more connections.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct HttpServer {
    listener: TcpListener,
    router: Router,
    /// Takes what carries messages past the router and its layers.
    tracking_api: Option<TrackingApi>,
    connections: Arc<Semaphore>,
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
            header_timeout: Duration::from_millis(config.header_timeout_ms),
            shutdown_grace: Duration::from_millis(config.shutdown_grace_ms),
        }
    }

    /// Serves until a stop is asked for, then lets requests under way finish, at most for the grace.
    pub(crate) async fn run(self, stop: ShutdownSignal) {
        let graceful = GracefulShutdown::new();
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(self.header_timeout);
        builder.http2().timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(30));
        let services = Arc::new(Services { router: self.router.clone(), tracking_api: self.tracking_api.clone() });
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
        drop(self.listener);
        if tokio::time::timeout(self.shutdown_grace, graceful.shutdown()).await.is_err() {
            tracing::warn!("some requests were still under way after the grace and are cut off");
        }
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
}

async fn answer(
    services: Arc<Services>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<axum::response::Response, Infallible> {
    if let Some(api) = services.tracking_api.as_ref().filter(|_| TrackingApi::is_for_messages(&request)) {
        return Ok(api.answer(Some(Peer(peer)), request).await);
    }
    let mut request = request.map(axum::body::Body::new);
    request.extensions_mut().insert(Peer(peer));
    request.extensions_mut().insert(ConnectInfo(peer));
    services.router.clone().oneshot(request).await
}
