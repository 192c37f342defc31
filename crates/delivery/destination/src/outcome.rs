//! From a reply to what happens next: the one place that decides whether an event is sent again.

use std::borrow::Cow;

use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use prime_event::Timestamp;

use crate::reply::Reply;

/// What becomes of an event after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The far side has it. Final.
    Delivered,
    /// Send it again, but not before this time: the far side asked for the pause, so it holds for all requests to it.
    RetryAt(Timestamp),
    /// Send it again after a pause that grows with the attempts.
    RetryWithBackoff,
    /// The credentials have run out: renew them, then send it again. Until they are renewed, and where nobody can renew them,
    /// as `RetryWithBackoff`. A connection whose credentials do not run out by themselves never answers this.
    RefreshAuthentication,
    /// No event can succeed until a person changes the settings, or the far side. Final for this event.
    SettingsWrong,
    /// This event can never succeed; others may. Final.
    DataWrong,
    /// The destination has no use for this event, and nothing went wrong: counted as filtered. Final.
    NotWanted,
}

impl Outcome {
    /// Whether the event leaves the engine: no further attempt follows.
    pub fn is_final(self) -> bool {
        match self {
            Self::Delivered | Self::SettingsWrong | Self::DataWrong | Self::NotWanted => true,
            Self::RetryAt(_) | Self::RetryWithBackoff | Self::RefreshAuthentication => false,
        }
    }
}

/// Why, as a code to count by and a sentence to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// One of the [published codes](crate::code), or an HTTP status as text.
    pub code: Cow<'static, str>,
    /// What happened and what to do. Holds nothing of the event or of the settings.
    pub sentence: Cow<'static, str>,
}

/// An outcome with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub outcome: Outcome,
    pub reason: Reason,
}

impl Verdict {
    pub fn new(outcome: Outcome, code: impl Into<Cow<'static, str>>, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self { outcome, reason: Reason { code: code.into(), sentence: sentence.into() } }
    }
}

/// The status rule.
///
/// 2xx is delivered. Failures of the network, timeouts, 408, 423, 429 and 5xx except 501 are tried again, not before
/// the time that `Retry-After` names (in seconds or as a date). Everything else is final: a redirect is not followed, and a
/// refusal would be repeated.
pub fn judge_by_status(reply: &Reply, now: Timestamp) -> Verdict {
    let response = match reply {
        Reply::Response(response) => response,
        Reply::None(failure) => return Verdict::new(Outcome::RetryWithBackoff, failure.code(), failure.sentence()),
    };
    let status = response.status;
    let outcome = match status.as_u16() {
        200..=299 => Outcome::Delivered,
        408 | 423 | 429 | 500 | 502..=599 => match retry_after(&response.headers, now) {
            Some(time) => Outcome::RetryAt(time),
            None => Outcome::RetryWithBackoff,
        },
        400 | 409 | 413 | 414 | 415 | 422 | 431 => Outcome::DataWrong,
        _ => Outcome::SettingsWrong,
    };
    Verdict::new(outcome, status.as_str().to_owned(), sentence(status))
}

fn sentence(status: StatusCode) -> Cow<'static, str> {
    let fixed = match status.as_u16() {
        200..=299 => return format!("The receiver took the event ({}).", words(status)).into(),
        300..=399 => "The receiver answered with a redirect, which is not followed; set the URL it points to.",
        400 => "The receiver refused the event as a bad request (400); its answer says what it could not read.",
        401 => "The receiver did not accept the credentials (401); check the headers and secrets in the settings.",
        403 => "The receiver forbids the request (403); check that the credentials may send events.",
        404 => "The receiver has nothing at this address (404); check the URL.",
        405 => "The receiver does not take this method (405); choose another method in the settings.",
        408 => "The receiver gave up waiting for the request (408); it is tried again.",
        410 => {
            "The receiver says that this address is gone for good (410); set the new URL, or switch the destination off."
        }
        413 => "The receiver finds the event too large (413); send less in it, or raise the receiver's limit.",
        415 => "The receiver does not take JSON (415); check that the URL is the one for events.",
        422 => "The receiver understood the event and refused its content (422); its answer says why.",
        423 => "The receiver is locked (423); the event is tried again.",
        429 => "The receiver asks for fewer requests (429); the event is tried again after a pause.",
        501 => "The receiver does not implement this method (501); choose another method in the settings.",
        500..=599 => {
            return format!("The receiver failed on its side ({}); the event is tried again.", words(status)).into();
        }
        _ => return format!("The receiver refused the event ({}); its answer may say why.", words(status)).into(),
    };
    fixed.into()
}

fn words(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(words) => format!("{} {words}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

/// The longest pause that a far side can ask for: one hour, as a slip of a header must not silence a destination for years.
const PAUSE_MS_MAX: i64 = 60 * 60 * 1_000;

/// The time until which `Retry-After` asks for a pause, at most an hour from now; none if it is absent, senseless or over already.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let at = match text.parse::<u32>() {
        Ok(seconds) => now.as_millis().saturating_add(i64::from(seconds) * 1_000),
        Err(_) => jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_millisecond(),
    };
    let latest = now.as_millis().saturating_add(PAUSE_MS_MAX);
    (at > now.as_millis()).then(|| Timestamp::from_millis(at.min(latest)))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::reply::{NoReply, Response};

    const NOW: i64 = 1_449_945_061_000; // 2015-12-12T18:31:01Z

    fn answer(status: u16, retry_after: Option<&str>) -> Verdict {
        let mut headers = HeaderMap::new();
        if let Some(text) = retry_after {
            headers.insert(RETRY_AFTER, text.parse().unwrap());
        }
        let response = Response { status: StatusCode::from_u16(status).unwrap(), headers, body: Bytes::new() };
        judge_by_status(&Reply::Response(response), Timestamp::from_millis(NOW))
    }

    #[test]
    fn exactly_the_documented_statuses_are_tried_again() {
        let retried: Vec<u16> = (200..1000).filter(|&status| !answer(status, None).outcome.is_final()).collect();
        let documented: Vec<u16> =
            [408, 423, 429].into_iter().chain((500..=599).filter(|&status| status != 501)).collect();
        assert_eq!(retried, documented);
    }

    #[test]
    fn only_success_counts_as_delivered() {
        let delivered: Vec<u16> =
            (100..1000).filter(|&status| answer(status, None).outcome == Outcome::Delivered).collect();
        assert_eq!(delivered, (200..=299).collect::<Vec<u16>>());
    }

    #[test]
    fn every_status_has_a_sentence_and_its_number_as_the_code() {
        for status in 100..1000 {
            let reason = answer(status, None).reason;
            assert_eq!(reason.code, status.to_string());
            assert!(reason.sentence.ends_with('.') && reason.sentence.len() > 20, "{status}: {}", reason.sentence);
        }
    }

    #[test]
    fn no_answer_is_always_tried_again() {
        use NoReply::*;
        let all = [
            TimedOut,
            NameNotFound,
            NamesUnavailable,
            ConnectionRefused,
            ConnectionReset,
            Unreachable,
            TlsFailed,
            AddressNotAllowed,
            Failed,
        ];
        for failure in all {
            let verdict = judge_by_status(&Reply::None(failure), Timestamp::from_millis(NOW));
            assert_eq!(verdict.outcome, Outcome::RetryWithBackoff);
            assert!(verdict.reason.sentence.ends_with('.') && crate::code::is_published(&verdict.reason.code));
        }
    }

    #[test]
    fn retry_after_is_obeyed_in_seconds_and_as_a_date() {
        let at = |millis| Outcome::RetryAt(Timestamp::from_millis(millis));
        assert_eq!(answer(429, Some("7")).outcome, at(NOW + 7_000));
        assert_eq!(answer(503, Some(" 1 ")).outcome, at(NOW + 1_000));
        assert_eq!(answer(429, Some("Sat, 12 Dec 2015 18:31:11 GMT")).outcome, at(NOW + 10_000));
    }

    #[test]
    fn a_senseless_retry_after_neither_silences_a_destination_nor_reaches_into_the_past() {
        let at = |millis| Outcome::RetryAt(Timestamp::from_millis(millis));
        assert_eq!(answer(429, Some("4000000000")).outcome, at(NOW + PAUSE_MS_MAX));
        for text in ["soon", "-5", "", "99999999999999999999", "0", "Sat, 12 Dec 2015 17:00:00 GMT"] {
            assert_eq!(answer(429, Some(text)).outcome, Outcome::RetryWithBackoff, "{text:?}");
        }
        assert_eq!(answer(400, Some("7")).outcome, Outcome::DataWrong);
    }
}
