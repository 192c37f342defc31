//! A door over a real journal and a real control store in a temporary folder.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use prime_control::{Author, ControlStore, NewSource};
use prime_event::{RequestRecord, Timestamp, WorkspaceId};
use prime_log::{Log, LogOptions, Partition, ReadLimit, TopicOptions, WhenFull};
use prime_runtime::Counters;
use prime_tracking_api::{Peer, RateLimit, TrackingApi, TrackingApiOptions};
use tempfile::TempDir;
use tower::ServiceExt;

pub(crate) struct Door {
    router: Router,
    pub(crate) journal: Partition,
    pub(crate) control: ControlStore,
    pub(crate) counters: Arc<Counters>,
    pub(crate) write_key: String,
    _folder: TempDir,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn is_success(&self) -> bool {
        self.status == StatusCode::OK && self.body.as_ref() == br#"{"success":true}"#
    }
}

const UNLIMITED: RateLimit = RateLimit { messages_per_second: 0, burst: Duration::ZERO };

fn options(rate_limit: RateLimit) -> TrackingApiOptions {
    TrackingApiOptions {
        request_bytes_max: 512 * 1024,
        in_flight_bytes_max: 8 << 20,
        body_timeout: Duration::from_millis(300),
        rate_limit,
        wait_target: Duration::from_secs(5),
        public_url: String::new(),
        trusted_proxies: Vec::new(),
        tells_position: true,
    }
}

impl Door {
    pub(crate) fn open() -> Self {
        Self::with_journal_of(1 << 30)
    }

    pub(crate) fn with_journal_of(bytes_max: u64) -> Self {
        Self::with(bytes_max, UNLIMITED)
    }

    pub(crate) fn with_rate_limit(rate_limit: RateLimit) -> Self {
        Self::with(1 << 30, rate_limit)
    }

    fn with(bytes_max: u64, rate_limit: RateLimit) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let control = ControlStore::open(&folder.path().join("control.sqlite")).unwrap();
        let bootstrap = control.bootstrap(Timestamp::now()).unwrap().unwrap();
        let log = Log::open(LogOptions { dir: folder.path().join("log"), segment_bytes_max: 16 << 20 }).unwrap();
        let topic = TopicOptions { bytes_max, age_max: None, when_full: WhenFull::Refuse };
        let journal = log.partition("journal", 0, topic).unwrap();
        let counters = Arc::new(Counters::new());
        let api = TrackingApi::new(options(rate_limit), control.clone(), journal.clone(), Arc::clone(&counters));
        let write_key = bootstrap.write_key.as_str().to_owned();
        Self { router: api.router(), journal, control, counters, write_key, _folder: folder }
    }

    /// A door that follows the definitions of another node, and was told none yet.
    pub(crate) fn following() -> Self {
        let door = Self::open();
        let control = ControlStore::follow(&door._folder.path().join("definitions.json")).unwrap();
        let api =
            TrackingApi::new(options(UNLIMITED), control.clone(), door.journal.clone(), Arc::clone(&door.counters));
        Self { router: api.router(), control, ..door }
    }

    /// The write key of one more source.
    pub(crate) fn another_source(&self, workspace: &WorkspaceId) -> String {
        let new = NewSource {
            slug: "other".to_owned(),
            name: None,
            enabled: true,
            metadata_id: "javascript".to_owned(),
            settings: Default::default(),
            disconnect_archive: true,
        };
        let source = self.control.create_source(workspace, new, &Author::system(Timestamp::now())).unwrap();
        source.write_keys[0].key.as_str().to_owned()
    }

    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(Peer("203.0.113.9:5".parse().unwrap()));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes() }
    }

    /// Posts with headers given as pairs.
    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::post(path).header("host", "collect.example:8080");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).header("host", "collect.example:8080").body(Body::empty()).unwrap()).await
    }

    /// A batch of these messages under this door's write key.
    pub(crate) fn batch(&self, messages: &str) -> String {
        format!(r#"{{"writeKey":"{}","batch":[{messages}]}}"#, self.write_key)
    }

    /// What is in the journal, oldest first.
    pub(crate) fn journaled(&self) -> Vec<RequestRecord> {
        let limit = ReadLimit { bytes_max: usize::MAX >> 1, records_max: usize::MAX };
        if self.journal.bounds().end == 0 {
            return Vec::new();
        }
        let records = self.journal.read(0, limit).unwrap();
        records.into_iter().map(|record| RequestRecord::decode(record.value).unwrap()).collect()
    }
}

pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut out = vec![0; compressor.gzip_compress_bound(text.len())];
    let length = compressor.gzip_compress(text, &mut out).unwrap();
    out.truncate(length);
    out
}

pub(crate) const TRACK: &str = r#"{"type":"track","event":"e","userId":"u"}"#;
