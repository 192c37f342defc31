//! One request and its reply, from the event to the verdict.

use std::time::Duration;

use prime_destination::{
    AttemptOutcome, BuildError, Connection, Event, Outcome, Reply, RequestReport, ResponseReport, TestReport, Verdict,
};
use prime_event::Timestamp;

use crate::sender::{Exchange, Sender};
use crate::wiring::{Wiring, sentences};

/// What one attempt came to, with all that people may be shown of it.
pub(crate) struct Attempted {
    pub(crate) verdict: Judged,
    pub(crate) latency: Duration,
    pub(crate) request: Option<RequestReport>,
    pub(crate) response: Option<ResponseReport>,
}

/// The verdict of an attempt.
pub(crate) enum Judged {
    /// The destination has no use for the event.
    Unsupported(Verdict),
    Replied(Verdict),
}

/// Tries once to carry an event to a destination.
pub(crate) async fn attempt(sender: &Sender, wiring: &Wiring, event: &Event) -> Attempted {
    let connection = match &wiring.connection {
        Ok(connection) => connection.as_ref(),
        Err(problems) => {
            let verdict = Verdict::new(Outcome::SettingsWrong, "INVALID_SETTINGS", sentences(problems));
            return Attempted::unsent(Judged::Replied(verdict));
        }
    };
    match connection.request(event) {
        Ok(request) => {
            let shown = RequestReport::from(&request);
            Attempted::replied(connection, shown, sender.send(request).await)
        }
        Err(BuildError::UnsupportedEventType { kind }) => {
            let sentence = format!("{} does not take events of type {kind}.", wiring.name);
            let verdict = Verdict::new(Outcome::DataWrong, "UNSUPPORTED_EVENT_TYPE", sentence);
            Attempted::unsent(Judged::Unsupported(verdict))
        }
        Err(BuildError::Payload { sentence }) => {
            let verdict = Verdict::new(Outcome::DataWrong, "PAYLOAD_VALIDATION_FAILED", sentence);
            Attempted::unsent(Judged::Replied(verdict))
        }
    }
}

impl Attempted {
    fn unsent(verdict: Judged) -> Self {
        Self { verdict, latency: Duration::ZERO, request: None, response: None }
    }

    fn replied(connection: &dyn Connection, request: RequestReport, exchange: Exchange) -> Self {
        let verdict = connection.verdict(&exchange.reply, Timestamp::now());
        let response = match &exchange.reply {
            Reply::Response(response) => Some(ResponseReport::from(response)),
            Reply::None(_) => None,
        };
        Self { verdict: Judged::Replied(verdict), latency: exchange.latency, request: Some(request), response }
    }

    pub(crate) fn verdict(&self) -> &Verdict {
        match &self.verdict {
            Judged::Unsupported(verdict) | Judged::Replied(verdict) => verdict,
        }
    }

    pub(crate) fn outcome(&self) -> AttemptOutcome {
        match &self.verdict {
            Judged::Unsupported(_) => AttemptOutcome::Filtered,
            Judged::Replied(verdict) => verdict.outcome.into(),
        }
    }
}

impl From<Attempted> for TestReport {
    fn from(attempted: Attempted) -> Self {
        Self {
            outcome: attempted.outcome(),
            status: attempted.response.as_ref().map(|response| response.status),
            latency_ms: attempted.latency.as_millis() as u64,
            code: attempted.verdict().reason.code.to_string(),
            reason: attempted.verdict().reason.sentence.to_string(),
            request: attempted.request,
            response: attempted.response,
        }
    }
}
