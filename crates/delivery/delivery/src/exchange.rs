//! From events to verdicts: the requests that carry them, and the replies.

use std::slice;
use std::time::Duration;

use prime_destination::{
    AttemptOutcome, Connection, Event, Group, Item, Next, Outcome, Reply, RequestReport, ResponseReport, TestReport,
    Verdict, code,
};
use prime_event::Timestamp;
use prime_outbound::{Client, Exchange};
use prime_schedule::Outcome as Settled;

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
    let connection = match connected(wiring) {
        Ok(connection) => connection,
        Err(attempted) => return *attempted,
    };
    let item = match connection.prepare(event) {
        Ok(item) => item,
        Err(error) => return Attempted::unsent(error.verdict(wiring.name)),
    };
    let request = connection.request(slice::from_ref(&item));
    let shown = RequestReport::from(&request);
    let exchange = sender.send(request).await;
    let shown = shown.to(exchange.from.as_ref());
    let judgement = connection.judge(slice::from_ref(&item), &exchange.reply, Timestamp::now());
    let Next::Verdicts(verdicts) = judgement.next(1) else { unreachable!("a single item is never halved") };
    let verdict = verdicts.into_iter().next().expect("there is one verdict for one item");
    Attempted { verdict, latency: exchange.latency, request: Some(shown), response: response(&exchange) }
}

/// Tries once to carry these events to a destination, as many in a request as may share one. One result for each event, in
/// their order.
///
/// A refusal because of an event that is not named halves its request, until that event is alone. Once it is stopping, no
/// further request is begun; what it would have carried was interrupted.
pub(crate) async fn attempt_all(
    sender: &Client,
    wiring: &Wiring,
    events: &[Event],
    is_stopping: impl Fn() -> bool,
) -> Vec<Attempted> {
    if let [event] = events {
        return vec![attempt(sender, wiring, event).await];
    }
    let mut ends: Vec<Option<Attempted>> = events.iter().map(|_| None).collect();
    let connection = match connected(wiring) {
        Ok(connection) => connection,
        Err(attempted) => return events.iter().map(|_| Attempted::unsent(attempted.verdict.clone())).collect(),
    };
    let mut entries = Vec::with_capacity(events.len());
    for (place, event) in events.iter().enumerate() {
        match connection.prepare(event) {
            Ok(item) => entries.push((place, item)),
            Err(error) => ends[place] = Some(Attempted::unsent(error.verdict(wiring.name))),
        }
    }
    let mut parts = parts(connection, entries);
    parts.reverse();
    let mut is_first = true;
    while let Some((places, items)) = parts.pop().map(|part| part.into_iter().unzip::<usize, Item, Vec<_>, Vec<_>>()) {
        if !std::mem::take(&mut is_first) && is_stopping() {
            break;
        }
        let request = connection.request(&items);
        let shown = RequestReport::from(&request);
        let exchange = sender.send(request).await;
        let shown = shown.to(exchange.from.as_ref());
        match connection.judge(&items, &exchange.reply, Timestamp::now()).next(items.len()) {
            Next::Halve(_) => {
                let mut first: Vec<_> = places.into_iter().zip(items).collect();
                let second = first.split_off(first.len() / 2);
                parts.extend([second, first]);
            }
            Next::Verdicts(verdicts) => {
                for (place, verdict) in places.into_iter().zip(verdicts) {
                    let (request, response) = (Some(shown.clone()), response(&exchange));
                    ends[place] = Some(Attempted { verdict, latency: exchange.latency, request, response });
                }
            }
        }
    }
    ends.into_iter().map(|end| end.unwrap_or_else(Attempted::interrupted)).collect()
}

/// What shares a request: items of one group, in their order, as many as fit.
fn parts(connection: &dyn Connection, entries: Vec<(usize, Item)>) -> Vec<Vec<(usize, Item)>> {
    let limits = connection.terms().batch;
    let mut groups: Vec<(Group, Vec<(usize, Item)>)> = Vec::new();
    for entry in entries {
        match groups.iter_mut().find(|(group, _)| *group == entry.1.group) {
            Some((_, members)) => members.push(entry),
            None => groups.push((entry.1.group.clone(), vec![entry])),
        }
    }
    let mut parts = Vec::new();
    for (_, mut rest) in groups {
        while !rest.is_empty() {
            let more = rest.split_off(limits.take(rest.iter().map(|(_, item)| item)));
            parts.push(std::mem::replace(&mut rest, more));
        }
    }
    parts
}

fn response(exchange: &Exchange) -> Option<ResponseReport> {
    match &exchange.reply {
        Reply::Response(response) => Some(ResponseReport::from(response)),
        Reply::None(_) => None,
    }
}

/// The connection, or the attempt that is none because there is none.
pub(crate) fn connected(wiring: &Wiring) -> Result<&dyn Connection, Box<Attempted>> {
    wiring.connection.as_deref().map_err(|problems| {
        let verdict = Verdict::new(Outcome::SettingsWrong, code::INVALID_SETTINGS, sentences(problems));
        Box::new(Attempted::unsent(verdict))
    })
}

/// What an attempt means to the schedule.
pub(crate) fn outcome(attempted: &Attempted) -> Settled {
    match attempted.verdict().outcome {
        Outcome::Delivered => Settled::Delivered,
        Outcome::SettingsWrong | Outcome::DataWrong => Settled::Failed,
        Outcome::NotWanted => Settled::Filtered,
        Outcome::RetryWithBackoff | Outcome::RefreshAuthentication => Settled::Retry,
        Outcome::RetryAt(at) => Settled::RetryAt { at_ms: at.as_millis().unsigned_abs() },
    }
}

impl Attempted {
    /// Nobody knows what became of it.
    pub(crate) fn interrupted() -> Self {
        let sentence = "The attempt was broken off, as the server was being stopped; it is made again.";
        Self::unsent(Verdict::new(Outcome::RetryWithBackoff, code::INTERNAL, sentence))
    }

    pub(crate) fn unsent(verdict: Verdict) -> Self {
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
