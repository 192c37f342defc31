//! Raw servers, and a resolver that answers as told.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use prime_destination::{NoReply, OutboundRequest, Reply, Response};
use prime_outbound::{Client, Lookup, Networks, OutboundOptions, Resolver};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A server that does the same to every connection, and counts them and what they ask.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

/// What a server does once a request's head has arrived: bytes to write, each after a pause.
pub(crate) type Script = Vec<(Duration, Vec<u8>)>;

impl Server {
    /// Answers every request of a connection with the script. After it, keeps the connection or ends it.
    pub(crate) async fn start(ip: Ipv4Addr, script: Script, keeps: bool) -> Self {
        Self::on(TcpListener::bind((ip, 0)).await.unwrap(), script, keeps)
    }

    pub(crate) fn on(listener: TcpListener, script: Script, keeps: bool) -> Self {
        let address = listener.local_addr().unwrap();
        let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let server = Self { address, connections: Arc::clone(&connections), requests: Arc::clone(&requests) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, script.clone(), keeps, Arc::clone(&requests)));
            }
        });
        server
    }

    /// Answers one request for each connection.
    pub(crate) async fn answering(text: &str) -> Self {
        Self::answering_on(Ipv4Addr::LOCALHOST, text).await
    }

    pub(crate) async fn answering_on(ip: Ipv4Addr, text: &str) -> Self {
        Self::start(ip, vec![(Duration::ZERO, text.as_bytes().to_vec())], false).await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/in", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, script: Script, keeps: bool, requests: Arc<AtomicUsize>) {
    let mut read = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(count) => read.extend_from_slice(&chunk[..count]),
        }
        // A TLS greeting has no empty line; it is answered at once.
        if read.first() != Some(&0x16) && !read.windows(4).any(|window| window == b"\r\n\r\n") {
            continue;
        }
        read.clear();
        requests.fetch_add(1, Ordering::SeqCst);
        for (pause, bytes) in &script {
            tokio::time::sleep(*pause).await;
            if stream.write_all(bytes).await.is_err() {
                return;
            }
        }
        if !keeps {
            return;
        }
    }
}

/// Answers lookups in turn, the last answer for ever.
pub(crate) struct Names(Mutex<VecDeque<io::Result<Vec<IpAddr>>>>);

impl Names {
    pub(crate) fn new(answers: impl IntoIterator<Item = io::Result<Vec<IpAddr>>>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(answers.into_iter().collect())))
    }
}

impl Resolver for Names {
    fn lookup(&self, _name: &str) -> Lookup {
        let mut answers = self.0.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front().unwrap() } else { copy(&answers[0]) };
        Box::pin(async move { answer })
    }
}

fn copy(answer: &io::Result<Vec<IpAddr>>) -> io::Result<Vec<IpAddr>> {
    match answer {
        Ok(addresses) => Ok(addresses.clone()),
        Err(error) => Err(io::Error::from(error.kind())),
    }
}

/// Short times, as nothing here is far.
pub(crate) fn options(networks: Networks) -> OutboundOptions {
    OutboundOptions {
        networks,
        request_timeout: Duration::from_millis(300),
        lookup_timeout: Duration::from_millis(150),
        response_bytes_max: 1000,
        ..OutboundOptions::default()
    }
}

pub(crate) fn private() -> Networks {
    Networks { allow_private: true, ..Networks::public() }
}

/// A client that may reach this machine.
pub(crate) fn client() -> Client {
    Client::new(options(private())).unwrap()
}

pub(crate) fn request(url: &str) -> OutboundRequest {
    OutboundRequest::new(Method::POST, url.parse().unwrap(), HeaderMap::new(), Bytes::from_static(b"{}"))
}

pub(crate) async fn send(client: &Client, url: &str) -> Reply {
    client.send(request(url)).await.reply
}

pub(crate) fn response(reply: Reply) -> Response {
    match reply {
        Reply::Response(response) => response,
        Reply::None(failure) => panic!("no answer: {failure:?}"),
    }
}

pub(crate) fn failure(reply: Reply) -> NoReply {
    match reply {
        Reply::Response(response) => panic!("an answer: {response:?}"),
        Reply::None(failure) => failure,
    }
}
