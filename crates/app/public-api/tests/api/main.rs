//! The public API through its router, on real stores in a folder of their own. One module per address.

mod audit_events;
mod catalog;
mod deduplication;
mod delivery;
mod destinations;
mod duplicates;
mod events;
mod events_stream;
mod everywhere;
mod identity;
mod ledger;
mod oauth_apps;
mod overview;
mod people;
mod profile_tokens;
mod profiles;
mod rejected;
mod replays;
mod session;
mod setup;
mod sources;
mod tokens;
mod users;
mod workspace;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use prime_archive::{ArchiveOptions, ArchiveService, Streams};
use prime_control::{ControlStore, Scope};
use prime_delivery::{
    DeliveryOptions, DeliveryService, ExpiredStore, Location, Networks, ReplayService, ReplayStreams,
};
use prime_event::{
    DuplicateRecord, EventRecord, FirstSeen, LedgerCounts, LedgerLine, LedgerRecord, Origin, RejectedRecord, Timestamp,
};
use prime_ledger::LedgerService;
use prime_log::{Log, LogOptions, Partition, TopicOptions, WhenFull};
use prime_public_api::{PublicApi, router};
use prime_receipts::{ReceiptsService, StoreOptions};
use prime_runtime::{Config, Counters, Shutdown};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

/// A server after its first start, and the token of its administrator.
struct Server {
    api: PublicApi,
    router: Router,
    ledger_stream: Partition,
    /// Until it is followed.
    ledger: Option<LedgerService>,
    receipt_stream: Partition,
    /// Until it is followed.
    receipts: Option<ReceiptsService>,
    replays: Option<ReplayService>,
    token: String,
    setup_token: String,
    shutdown: Shutdown,
    folder: TempDir,
}

/// One answer, read whole.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

fn server() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let control = ControlStore::open(&folder.path().join("control.sqlite")).unwrap();
    let setup_token = control.bootstrap(Timestamp::now()).unwrap().unwrap().setup_token.reveal().to_owned();
    let token = control.local_token(Timestamp::now()).unwrap().reveal().to_owned();
    let log = Log::open(LogOptions { dir: folder.path().join("log"), segment_bytes_max: 4 << 20 }).unwrap();
    let topic = |name: &str| {
        let options = TopicOptions { bytes_max: 64 << 20, age_max: None, when_full: WhenFull::TrimOldest };
        log.partition(name, 0, options).unwrap()
    };
    let (events, counters) = (topic("events"), Arc::new(Counters::new()));
    let streams =
        Streams { log: log.clone(), events: events.clone(), control: control.clone(), counters: counters.clone() };
    let archive_folder = folder.path().join("archive");
    let archives =
        ArchiveService::new(ArchiveOptions { folder: archive_folder, ..ArchiveOptions::default() }, streams.clone());
    let networks = Networks { allow_private: true, ..Networks::public() };
    let expired = ExpiredStore::new(Location::Folder(folder.path().join("expired")), "");
    let delivery = DeliveryOptions { networks, expired, ..DeliveryOptions::default() };
    let deliveries = DeliveryService::new(delivery.clone(), streams, topic("progress"), archives.handle()).unwrap();
    let ledger_stream = topic("ledger");
    let ledger = LedgerService::new(vec![ledger_stream.clone()]);
    let receipt_stream = topic("receipts");
    let state = prime_state::State::in_memory();
    let receipts = ReceiptsService::open(state, StoreOptions::default(), vec![receipt_stream.clone()]).unwrap();
    let replay_streams = ReplayStreams { events: vec![events.clone()], receipts: vec![receipt_stream.clone()] };
    let replays = ReplayService::open(
        &folder.path().join("replays"),
        delivery,
        replay_streams,
        control.clone(),
        counters.clone(),
        &deliveries.handle(),
        receipts.handle(),
    );
    let replays = replays.unwrap();
    let profiles = people::start(&control, events.clone(), topic("computed"));
    let (config, settings) = Config::load(None, &std::collections::BTreeMap::new(), &[]).unwrap();
    let shutdown = Shutdown::new();
    let api = PublicApi {
        control,
        events: vec![events],
        rejected: vec![topic("rejected")],
        duplicates: vec![topic("duplicates")],
        ledger: ledger.handle(),
        counters,
        config: Arc::new(config),
        settings: Arc::new(settings),
        deliveries: deliveries.handle(),
        profiles: Some(profiles),
        receipts: receipts.handle(),
        replays: Some(replays.handle()),
        public_url: "http://primedata.test".into(),
        started_at: Timestamp::now(),
        shutdown: shutdown.signal(),
    };
    Server {
        router: router(api.clone()),
        api,
        ledger_stream,
        ledger: Some(ledger),
        receipt_stream,
        receipts: Some(receipts),
        replays: Some(replays),
        token,
        setup_token,
        shutdown,
        folder,
    }
}

impl Server {
    /// Asks as the administrator.
    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("POST", path, Some(body)).await
    }

    async fn patch(&self, path: &str, body: Value) -> Answer {
        self.ask("PATCH", path, Some(body)).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path, None).await
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.ask_with(&self.token, method, path, body).await
    }

    /// Asks with another token.
    async fn ask_with(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let authorization = format!("Bearer {token}");
        self.send(method, path, &[("authorization", &authorization)], body).await
    }

    /// Asks as a page of the console does, with the cookie of a session.
    async fn ask_as(&self, cookie: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let headers = [("cookie", cookie), ("x-primedata-csrf", "1"), ("sec-fetch-site", "same-origin")];
        self.send(method, path, &headers, body).await
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
        Answer::read(self.open(method, path, headers, body).await).await
    }

    /// The answer as it begins, for streams.
    async fn open(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap()
    }

    /// A token with these scopes only.
    fn token_with(&self, scopes: &[Scope]) -> String {
        let workspace = self.workspace();
        let author = prime_control::Author::system(Timestamp::now());
        self.api.control.create_token(&workspace, "test", scopes, &author).unwrap().1.reveal().to_owned()
    }

    fn workspace(&self) -> prime_event::WorkspaceId {
        self.api.control.definitions().workspaces.keys().next().unwrap().clone()
    }

    /// The id of the source that the first start made.
    fn first_source(&self) -> String {
        self.api.control.definitions().sources.keys().next().unwrap().to_string()
    }

    /// Makes the owner's account with the setup link and answers the cookie of the session.
    async fn sign_up(&self) -> String {
        let request = json!({
            "token": self.setup_token, "email": "ada@example.com", "name": "Ada", "password": "correct horse battery",
        });
        let answer = self.send("POST", "/setup", &[], Some(request)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.cookie()
    }

    /// Writes an event to the stream as the processor would.
    async fn event(&self, source: &str, payload: Value) {
        let event = EventRecord {
            origin: Origin { offset: 0, index: 0 },
            received_at: Timestamp::from_millis(1_700_000_000_000),
            workspace: self.workspace(),
            source: prime_event::SourceId::new(source),
            payload: Bytes::from(payload.to_string()),
        };
        append(&self.api.events[0], event.encode()).await;
    }

    /// Writes a rejected message to the stream as the processor would.
    async fn rejection(&self, source: &str, code: &str, original: &'static [u8]) {
        let rejected = RejectedRecord {
            origin: Origin { offset: 0, index: 0 },
            received_at: Timestamp::from_millis(1_700_000_000_000),
            workspace: self.workspace(),
            source: prime_event::SourceId::new(source),
            code: code.into(),
            detail: "At `event`.".into(),
            original: Bytes::from_static(original),
        };
        append(&self.api.rejected[0], rejected.encode()).await;
    }
}

impl Server {
    /// Writes a duplicate to the stream as the processor would.
    async fn duplicate(&self, source: &str, message: &str, first: FirstSeen, original: &'static [u8]) {
        let duplicate = DuplicateRecord {
            origin: Origin { offset: 0, index: 0 },
            received_at: Timestamp::from_millis(1_700_000_600_000),
            workspace: self.workspace(),
            source: prime_event::SourceId::new(source),
            message_id: message.into(),
            first,
            original: Bytes::from_static(original),
        };
        append(&self.api.duplicates[0], duplicate.encode()).await;
    }

    /// Writes a record to the ledger as the processor would.
    async fn ledger_record(&self, from: u64, next: u64, lines: Vec<LedgerLine>) {
        append(&self.ledger_stream, LedgerRecord { from, next, lines }.encode()).await;
    }

    fn ledger_line(&self, source: &str, received_at: Timestamp, counts: LedgerCounts) -> LedgerLine {
        let minute = LedgerLine::minute_of(received_at);
        LedgerLine { workspace: self.workspace(), source: prime_event::SourceId::new(source), minute, counts }
    }

    /// Where everything of the server is kept.
    fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    fn run_replays(&mut self) {
        let service = self.replays.take().expect("they run once");
        tokio::spawn(service.run(self.shutdown.signal()));
    }

    fn follow_receipts(&mut self) {
        let service = self.receipts.take().expect("it is followed once");
        tokio::spawn(service.run(self.shutdown.signal()));
    }

    /// Follows the ledger, and returns once it was read.
    async fn follow_ledger(&mut self) {
        let service = self.ledger.take().expect("it is followed once");
        tokio::spawn(service.run(self.shutdown.signal()));
        while !self.api.ledger.is_caught_up() {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    }
}

async fn append(partition: &Partition, value: Bytes) {
    partition.append(vec![value]).await.unwrap();
}

impl Answer {
    async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("not JSON: {bytes:?}"));
        Self { status: parts.status, headers: parts.headers, body }
    }

    /// What a success holds.
    #[track_caller]
    fn data(&self) -> &Value {
        assert_eq!(self.status, 200, "{}", self.body);
        &self.body["data"]
    }

    /// The status and the field of a refusal, whose message is a sentence.
    #[track_caller]
    fn refusal(&self) -> (u16, &str) {
        let error = &self.body["errors"][0];
        let message = error["message"].as_str().unwrap_or_else(|| panic!("no refusal: {}", self.body));
        assert!(message.ends_with('.') && message.len() > 20, "{message}");
        assert_eq!(error["status"], self.status.as_u16());
        (self.status.as_u16(), error["field"].as_str().unwrap_or_default())
    }

    /// Name and value of the cookie that was set.
    #[track_caller]
    fn cookie(&self) -> String {
        let set = self.headers["set-cookie"].to_str().unwrap();
        assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict") && set.contains("Path=/"), "{set}");
        set.split(';').next().unwrap().to_owned()
    }
}
