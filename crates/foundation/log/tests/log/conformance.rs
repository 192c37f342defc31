use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use prime_log::conformance::{Capabilities, Harness, Instance, Settings, check_all};
use prime_log::{InMemoryLog, Log, LogOptions};

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_log_keeps_every_promise() {
    check_all(Arc::new(Embedded)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_in_memory_keeps_every_promise() {
    check_all(Arc::new(InMemory)).await;
}

struct Embedded;

struct Folder {
    options: LogOptions,
    log: Log,
    _dir: tempfile::TempDir,
}

#[async_trait]
impl Harness for Embedded {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            survives_reopen: true,
            bounds_bytes: true,
            maintains_age: true,
            transactions: false,
            members: false,
            release_max: None,
            histories: 40,
        }
    }

    async fn fresh(&self, settings: Settings) -> Box<dyn Instance> {
        let dir = tempfile::tempdir().unwrap();
        let options = LogOptions { dir: dir.path().to_owned(), segment_bytes_max: settings.segment_bytes_max };
        let log = Log::open(options.clone()).unwrap();
        Box::new(Folder { options, log, _dir: dir })
    }
}

#[async_trait]
impl Instance for Folder {
    fn log(&self) -> &Log {
        &self.log
    }

    async fn reopen(&mut self) {
        self.log.close().await;
        self.log = Log::open(self.options.clone()).unwrap();
    }
}

struct InMemory;

struct Memory(Log);

#[async_trait]
impl Harness for InMemory {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            survives_reopen: false,
            bounds_bytes: true,
            maintains_age: true,
            transactions: true,
            members: true,
            release_max: Some(RELEASE_MAX),
            histories: 40,
        }
    }

    async fn fresh(&self, _: Settings) -> Box<dyn Instance> {
        Box::new(Memory(Log::of(InMemoryLog::with_release_max(RELEASE_MAX))))
    }
}

#[async_trait]
impl Instance for Memory {
    fn log(&self) -> &Log {
        &self.0
    }

    async fn reopen(&mut self) {
        unreachable!("it does not survive that");
    }
}

const RELEASE_MAX: Duration = Duration::from_millis(500);
