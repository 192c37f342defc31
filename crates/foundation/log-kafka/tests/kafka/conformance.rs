//! The promises that every provider of a log keeps.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use prime_log::Log;
use prime_log::conformance::{Capabilities, Harness, Instance, Settings, check_all};
use prime_log_kafka::KafkaOptions;

use crate::support::{open, options};

struct Kafka;

struct KafkaInstance {
    options: KafkaOptions,
    log: Log,
}

/// With threads for all checks that run at once, as what blocks one must not hold up others' releases.
#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn it_keeps_every_promise_of_a_log() {
    check_all(Arc::new(Kafka)).await;
}

#[async_trait]
impl Harness for Kafka {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            survives_reopen: true,
            // The brokers' retention goes by segments and by their own clock.
            bounds_bytes: false,
            maintains_age: false,
            transactions: true,
            members: true,
            release_max: Some(Duration::from_secs(5)),
            histories: 1,
        }
    }

    async fn fresh(&self, _: Settings) -> Box<dyn Instance> {
        let mut options = options();
        options.partitions = 6;
        // A busy machine may let a member be silent for long.
        options.session_timeout = Duration::from_secs(10);
        options.release_timeout = Duration::from_secs(5);
        let log = open(&options);
        Box::new(KafkaInstance { options, log })
    }
}

#[async_trait]
impl Instance for KafkaInstance {
    fn log(&self) -> &Log {
        &self.log
    }

    async fn reopen(&mut self) {
        self.log.close().await;
        self.log = open(&self.options);
    }

    fn another(&self) -> Log {
        open(&self.options)
    }
}
