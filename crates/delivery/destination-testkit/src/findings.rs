//! What is looked at, and what was found.

use prime_destination::{Connection, Item, Outcome, Reason, Reply, Verdict, code, origin};
use prime_event::Timestamp;

use crate::engine::{NOW, may_deliver};

/// Breaches of the contract in one run.
pub(crate) struct Findings<'a> {
    /// What must not be seen in any sentence: values of events, and secrets.
    hidden: &'a [String],
    /// What must not be seen in any request that is shown, either.
    secrets: &'a [String],
    pub(crate) found: Vec<String>,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(hidden: &'a [String], secrets: &'a [String]) -> Self {
        Self { hidden, secrets, found: Vec::new() }
    }

    pub(crate) fn expect(&mut self, holds: bool, breach: impl FnOnce() -> String) {
        if !holds {
            self.found.push(breach());
        }
    }

    pub(crate) fn look_at_request(&mut self, connection: &dyn Connection, sent: &[Item]) {
        let (request, again) = (connection.request(sent), connection.request(sent));
        let same = request.body == again.body && request.headers == again.headers && request.url == again.url;
        self.expect(same, || "builds two requests of the same events".into());
        let origins = connection.terms().origins;
        for url in [&request.url].into_iter().chain(&request.also) {
            let origin = origin(url);
            self.expect(origins.contains(&origin), || format!("sends to {origin}, which its terms do not name"));
        }
        let shown: Vec<_> = request.masked_headers().map(|(_, value)| value).chain([request.masked_url()]).collect();
        for secret in self.secrets {
            let is_shown = shown.iter().any(|text| text.contains(secret.as_str()));
            self.expect(!is_shown, || "shows a secret in a header or in the URL".into());
        }
    }

    pub(crate) fn look_at_reason(&mut self, reason: &Reason) {
        self.expect(code::is_published(&reason.code), || {
            format!("has the code {:?}, which is not published", reason.code)
        });
        let sentence = &reason.sentence;
        self.expect(sentence.ends_with('.') && sentence.len() > 20, || {
            format!("says {sentence:?}, which is no sentence")
        });
        let telling = self.hidden.iter().any(|value| sentence.contains(value.as_str()));
        self.expect(!telling, || format!("tells a part of an event or a secret: {sentence:?}"));
    }

    pub(crate) fn look_at_verdict(&mut self, verdict: &Verdict, reply: &Reply) {
        self.look_at_reason(&verdict.reason);
        self.expect(may_deliver(reply, verdict.outcome), || format!("counts as delivered what {reply:?} does not say"));
        self.expect(verdict.reason.code != code::INTERNAL, || "leaves an event without a verdict".into());
        if let Outcome::RetryAt(time) = verdict.outcome {
            let latest = Timestamp::from_millis(NOW.as_millis() + 60 * 60 * 1000);
            self.expect((NOW..=latest).contains(&time), || format!("asks for a pause until {time}"));
        }
    }
}
