use prime_event::Timestamp;

use super::{Attempt, EventPlace, Lane, State, TEXT_BYTES_MAX};
use crate::codec::cut;

/// Attempts that one record may hold; of more the last ones are kept.
const ATTEMPTS_MAX: usize = 16;

/// One step of one delivery: the state that it has come to, and the attempts since the step before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub lane: Lane,
    pub event: EventPlace,
    pub message_id: String,
    /// `track`, `identify` and so on.
    pub event_type: String,
    /// Event name of a track call, name of a page or screen; empty where the type has none.
    pub event_name: String,
    /// `context.app.version`; empty where the event does not tell it.
    pub app_version: String,
    pub user_id: Option<String>,
    pub anonymous_id: Option<String>,
    /// When the event was received.
    pub received_at: Timestamp,
    /// When the delivery came to this state.
    pub at: Timestamp,
    pub state: State,
    /// Attempts after the first one, until now.
    pub retries: u32,
    /// In the order in which they were made.
    pub attempts: Vec<Attempt>,
}

impl Receipt {
    /// From the arrival of the event to this state.
    pub(crate) fn end_to_end_ms(&self) -> u64 {
        u64::try_from(self.at.as_millis() - self.received_at.as_millis()).unwrap_or(0)
    }

    pub(crate) fn bounded(&self) -> Self {
        let text = |text: &str| cut(text, TEXT_BYTES_MAX).to_owned();
        let surplus = self.attempts.len().saturating_sub(ATTEMPTS_MAX);
        Self {
            lane: self.lane.bounded(),
            event: self.event,
            message_id: text(&self.message_id),
            event_type: text(&self.event_type),
            event_name: text(&self.event_name),
            app_version: text(&self.app_version),
            user_id: self.user_id.as_deref().map(text),
            anonymous_id: self.anonymous_id.as_deref().map(text),
            received_at: self.received_at,
            at: self.at,
            state: self.state.bounded(),
            retries: self.retries,
            attempts: self.attempts[surplus..].iter().map(Attempt::bounded).collect(),
        }
    }
}

impl Lane {
    pub(crate) fn bounded(&self) -> Self {
        let subscription = self.subscription.as_deref().map(|id| cut(id, TEXT_BYTES_MAX).to_owned());
        Self { subscription, ..self.clone() }
    }
}
