//! What a destination implements.

use thiserror::Error;

use crate::event::Event;
use crate::metadata::DestinationMetadata;
use crate::outcome::{self, Verdict};
use crate::reply::Reply;
use crate::request::OutboundRequest;
use crate::settings::{SettingProblem, Settings};
use prime_event::Timestamp;

/// An entry of the catalog: a tool that events can be carried to, before anyone connected it.
///
/// # What an implementation promises
///
/// - It is a constant: the same metadata at every call and in every process of one version.
/// - Ids and option names never change their meaning between versions, since stored destinations refer to them.
pub trait Destination: Send + Sync {
    fn metadata(&self) -> &'static DestinationMetadata;

    /// Everything that is wrong with these settings, each problem under the name of its setting; empty when they can be used.
    ///
    /// Covers the declaration (types, choices, required values) and what it cannot express, such as the form of a URL.
    /// Looks only at the values: whether the far side accepts them is for a test request to find out.
    fn problems(&self, settings: Settings<'_>) -> Vec<SettingProblem> {
        settings.problems()
    }
}

/// A destination that takes events as HTTP requests.
pub trait RequestDestination: Destination {
    /// Compiles settings into a connection, so that no setting is parsed again for each event.
    ///
    /// Succeeds exactly when [`Destination::problems`] is empty, and fails with the same problems otherwise.
    fn connect(&self, settings: Settings<'_>) -> Result<Box<dyn Connection>, Vec<SettingProblem>>;
}

/// One destination with its settings: builds requests and judges replies.
///
/// # What the engine promises
///
/// - Calls `request` once per attempt. An event may be attempted many times and, after a crash, again although an earlier
///   attempt arrived: delivery is at least once.
/// - Sends what was built unchanged, without following redirects, and calls `verdict` exactly once with what came of it.
/// - Calls come from many threads at once and in any order of events.
/// - Acts on nothing but the verdict. A connection is dropped and made anew when its settings change; an event that is
///   waiting for a retry is then tried with the new one.
///
/// # What an implementation promises
///
/// - No I/O, no clock, no randomness: equal arguments give an equal result. An event that is tried again is
///   therefore sent byte for byte the same.
/// - It never panics, whatever the payload or the reply holds. Payloads are JSON objects; nothing else is certain.
/// - A header that carries a credential is marked with `HeaderValue::set_sensitive`.
pub trait Connection: Send + Sync {
    /// The request that carries this event.
    ///
    /// A [`BuildError`] is final for the event: building it again would fail again.
    fn request(&self, event: &Event) -> Result<OutboundRequest, BuildError>;

    /// What the reply means for the event that was sent, and the sentence a person reads.
    ///
    /// Total: every reply has a verdict. The default is the status rule of [`judge`](outcome::judge), which suits every
    /// far side that speaks in HTTP statuses; override it where a body says more than its status. `now` is the time at
    /// which the reply was complete; a retry the far side asked for is never before it.
    fn verdict(&self, reply: &Reply, now: Timestamp) -> Verdict {
        outcome::judge(reply, now)
    }
}

/// The event cannot be expressed as a request to this destination.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BuildError {
    /// The destination has no use for this kind of event: counted as filtered with `UNSUPPORTED_EVENT_TYPE`.
    #[error("the destination does not take events of type {kind}")]
    UnsupportedEventType { kind: String },
    /// The event lacks something or holds something that the destination cannot take: a failed delivery with
    /// `PAYLOAD_VALIDATION_FAILED`.
    #[error("{sentence}")]
    Payload { sentence: String },
}
