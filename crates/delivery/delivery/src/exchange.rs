//! One request and its reply, from the event to the verdict.

use std::slice;
use std::time::Duration;

use prime_destination::{
    AttemptOutcome, Event, Next, Outcome, Reply, RequestReport, ResponseReport, TestReport, Verdict, code,
};
use prime_event::Timestamp;
use prime_outbound::Client;

use crate::wiring::{Wiring, sentences};

/// What one attempt came to, with all that people may be shown of it.
pub(crate) struct Attempted {
    pub(crate) verdict: Verdict,
    pub(crate) latency: Duration,
    pub(crate) request: Option<RequestReport>,
    pub(crate) response: Option<ResponseReport>,
}

/// Tries once to carry an event to a destination.
pub(crate) async fn attempt(sender: &Client, wiring: &Wiring, event: &Event) -> Attempted {
    let connection = match &wiring.connection {
        Ok(connection) => connection.as_ref(),
        Err(problems) => {
            let verdict = Verdict::new(Outcome::SettingsWrong, code::INVALID_SETTINGS, sentences(problems));
            return Attempted::unsent(verdict);
        }
    };
    let item = match connection.prepare(event) {
        Ok(item) => item,
        Err(error) => return Attempted::unsent(error.verdict(wiring.name)),
    };
    let request = connection.request(slice::from_ref(&item));
    let shown = RequestReport::from(&request);
    let exchange = sender.send(request).await;
    let judgement = connection.judge(slice::from_ref(&item), &exchange.reply, Timestamp::now());
    let Next::Verdicts(verdicts) = judgement.next(1) else { unreachable!("a single item is never halved") };
    let verdict = verdicts.into_iter().next().expect("there is one verdict for one item");
    let response = match &exchange.reply {
        Reply::Response(response) => Some(ResponseReport::from(response)),
        Reply::None(_) => None,
    };
    Attempted { verdict, latency: exchange.latency, request: Some(shown), response }
}

impl Attempted {
    fn unsent(verdict: Verdict) -> Self {
        Self { verdict, latency: Duration::ZERO, request: None, response: None }
    }

    pub(crate) fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    pub(crate) fn outcome(&self) -> AttemptOutcome {
        self.verdict.outcome.into()
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
