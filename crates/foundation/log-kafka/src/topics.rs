//! Topics on the brokers: there with enough partitions, or created.

use std::time::{Duration, Instant};

use futures::executor::block_on;
use prime_log::{OpenError, TopicOptions, WhenFull};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::types::RDKafkaErrorCode;

use crate::client::{Clients, Told};
use crate::failure::{io_error, timed_out};

/// Kafka refuses less since its version 4.
const SEGMENT_BYTES_MIN: u64 = 1 << 20;
const SEGMENT_BYTES_MAX: u64 = 1 << 30;

const ASK_AGAIN: Duration = Duration::from_millis(50);

/// Makes sure that a topic is there and that all its partitions have a leader. Returns how many there are.
pub(crate) fn ensure(
    clients: &Clients,
    admin: &AdminClient<Told>,
    topic: &str,
    options: &TopicOptions,
) -> Result<u32, OpenError> {
    let deadline = Instant::now() + clients.options().request_timeout;
    if let Some(partitions) = partitions(clients, admin, topic)? {
        return Ok(partitions);
    }
    create(clients, admin, topic, options)?;
    while Instant::now() < deadline {
        if let Some(partitions) = partitions(clients, admin, topic)? {
            return Ok(partitions);
        }
        std::thread::sleep(ASK_AGAIN);
    }
    Err(OpenError::Unreachable { what: format!("Kafka's topic {topic}"), source: timed_out() })
}

/// How many partitions a topic has, `None` when it is not there or not ready.
pub(crate) fn partitions(clients: &Clients, admin: &AdminClient<Told>, topic: &str) -> Result<Option<u32>, OpenError> {
    let unreachable = |source| OpenError::Unreachable { what: "Kafka".to_owned(), source };
    let timeout = clients.options().request_timeout;
    let metadata = admin.inner().fetch_metadata(Some(topic), timeout).map_err(|error| unreachable(io_error(error)))?;
    let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else { return Ok(None) };
    match found.error().map(RDKafkaErrorCode::from) {
        None => {}
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::LeaderNotAvailable) => return Ok(None),
        Some(code @ RDKafkaErrorCode::TopicAuthorizationFailed) => {
            return Err(OpenError::Refused { what: format!("Kafka refuses access to the topic {topic}: {code}") });
        }
        Some(code) => return Err(unreachable(io_error(code))),
    }
    let led = found.partitions().iter().all(|partition| partition.leader() >= 0);
    Ok((led && !found.partitions().is_empty()).then_some(found.partitions().len() as u32))
}

fn create(clients: &Clients, admin: &AdminClient<Told>, topic: &str, options: &TopicOptions) -> Result<(), OpenError> {
    let refused = |code| OpenError::Refused { what: format!("Kafka does not create the topic {topic}: {code}") };
    let ours = clients.options();
    let settings = settings(options, clients.message_bytes_max());
    // -1 asks for the brokers' default.
    let replication = TopicReplication::Fixed(ours.replication_factor.map_or(-1, i32::from));
    let mut wanted = NewTopic::new(topic, ours.partitions as i32, replication);
    for (name, value) in &settings {
        wanted = wanted.set(name, value);
    }
    let timeout = Some(ours.request_timeout);
    let patience = AdminOptions::new().request_timeout(timeout).operation_timeout(timeout);
    let created = block_on(admin.create_topics([&wanted], &patience))
        .map_err(|error| OpenError::Unreachable { what: "Kafka".to_owned(), source: io_error(error) })?;
    match created.into_iter().next() {
        Some(Ok(_)) => {
            tracing::info!(topic, partitions = ours.partitions, "created a topic in Kafka");
            Ok(())
        }
        // Another process was faster.
        None | Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => Ok(()),
        Some(Err((_, code @ (RDKafkaErrorCode::OperationTimedOut | RDKafkaErrorCode::RequestTimedOut)))) => {
            Err(OpenError::Unreachable { what: "Kafka".to_owned(), source: io_error(code) })
        }
        Some(Err((_, code))) => Err(refused(code)),
    }
}

/// Kafka cannot refuse appends to a full partition. What must not be lost is therefore kept without bound of size, for
/// whoever reads it to trim. It cannot spare what is held either, so it keeps as much as may be held.
fn settings(options: &TopicOptions, message_bytes_max: usize) -> Vec<(&'static str, String)> {
    let retained_bytes = match options.when_full {
        WhenFull::Refuse => -1,
        WhenFull::TrimOldest => i64::try_from(options.bytes_max).unwrap_or(-1),
        WhenFull::TrimUnheld => i64::try_from(options.bytes_max.saturating_mul(2)).unwrap_or(-1),
    };
    let retained_ms = options.age_max.map_or(-1, |age| age.as_millis() as i64);
    let segment_bytes = (options.bytes_max / 4).clamp(SEGMENT_BYTES_MIN, SEGMENT_BYTES_MAX);
    vec![
        ("cleanup.policy", "delete".to_owned()),
        // Batches are kept as they come, so that every reader of ours can take them apart.
        ("compression.type", "producer".to_owned()),
        // One clock for retention and for positions by time, and not that of every writer.
        ("message.timestamp.type", "LogAppendTime".to_owned()),
        ("max.message.bytes", message_bytes_max.to_string()),
        ("retention.bytes", retained_bytes.to_string()),
        ("retention.ms", retained_ms.to_string()),
        ("segment.bytes", segment_bytes.to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(options: &TopicOptions, name: &str) -> String {
        settings(options, 1000).into_iter().find(|(found, _)| *found == name).unwrap().1
    }

    #[test]
    fn what_must_not_be_lost_is_kept_whatever_its_size() {
        let kept = TopicOptions { bytes_max: 1 << 30, age_max: None, when_full: WhenFull::Refuse };
        assert_eq!(setting(&kept, "retention.bytes"), "-1");
        assert_eq!(setting(&kept, "retention.ms"), "-1");
    }

    #[test]
    fn history_goes_by_size_and_age_in_segments_of_a_quarter() {
        let age_max = Some(Duration::from_secs(60));
        let history = TopicOptions { bytes_max: 1 << 30, age_max, when_full: WhenFull::TrimOldest };
        assert_eq!(setting(&history, "retention.bytes"), (1 << 30).to_string());
        assert_eq!(setting(&history, "retention.ms"), "60000");
        assert_eq!(setting(&history, "segment.bytes"), (1 << 28).to_string());
        let holdable = TopicOptions { when_full: WhenFull::TrimUnheld, ..history };
        assert_eq!(setting(&holdable, "retention.bytes"), (2u64 << 30).to_string());
    }
}
