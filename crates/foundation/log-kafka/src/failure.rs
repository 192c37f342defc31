//! Errors of the client as errors of ours.

use std::fmt;
use std::io;

use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

/// An error of the brokers or of the client as one of input and output.
pub(crate) fn io_error(error: impl Into<Failure>) -> io::Error {
    let failure = error.into();
    let kind = match failure.code {
        Some(RDKafkaErrorCode::OperationTimedOut | RDKafkaErrorCode::MessageTimedOut) => io::ErrorKind::TimedOut,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, failure)
}

#[derive(Debug)]
pub(crate) struct Failure {
    code: Option<RDKafkaErrorCode>,
    text: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}

impl From<KafkaError> for Failure {
    fn from(error: KafkaError) -> Self {
        Self { code: error.rdkafka_error_code(), text: format!("Kafka: {error}") }
    }
}

impl From<RDKafkaErrorCode> for Failure {
    fn from(code: RDKafkaErrorCode) -> Self {
        Self { code: Some(code), text: format!("Kafka: {code}") }
    }
}

/// No answer in time.
pub(crate) fn timed_out() -> io::Error {
    io_error(RDKafkaErrorCode::OperationTimedOut)
}

/// Whether the brokers may answer differently in a moment, for want of a leader for example.
pub(crate) fn passes(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::OperationTimedOut
            | Code::RequestTimedOut
            | Code::WaitingForCoordinator
            | Code::CoordinatorLoadInProgress
            | Code::CoordinatorNotAvailable
            | Code::NotCoordinator
            | Code::LeaderNotAvailable
            | Code::NotLeaderForPartition
            | Code::UnknownTopicOrPartition
            | Code::UnstableOffsetCommit
            | Code::NotEnoughReplicas
            | Code::NotController
    )
}
