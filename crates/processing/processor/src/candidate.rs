use prime_event::{EventRecord, MessageType, Rejection, Timestamp};

/// An event on its way through the stages.
#[derive(Debug)]
pub struct Candidate {
    pub kind: MessageType,
    pub message_id: String,
    /// When it happened by the sender's own clock, where the sender said so.
    pub original_timestamp: Option<Timestamp>,
    pub event: EventRecord,
}

/// One decision about each event, in the order of the stream.
///
/// A stage is told every event that is no duplicate and that earlier stages let through, in order, and may change it.
/// What it rejects goes to `rejected` with the stage's code and to no later stage, and is not remembered as seen: sent
/// again, it is judged again. Stages read no clock and do no I/O: after a crash the same requests run through them again.
pub trait Stage: Send {
    fn judge(&mut self, candidate: &mut Candidate) -> Result<(), Rejection>;
}
