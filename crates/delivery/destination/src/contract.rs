//! What a destination implements.

use prime_event::Timestamp;
use thiserror::Error;

use crate::code;
use crate::event::Event;
use crate::item::Item;
use crate::judgement::Judgement;
use crate::metadata::DestinationMetadata;
use crate::outcome::{Outcome, Verdict, judge_by_status};
use crate::reply::Reply;
use crate::request::OutboundRequest;
use crate::settings::{SettingProblem, Settings};
use crate::terms::Terms;

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

/// One destination with its settings: makes events ready, builds requests of them, and judges replies.
///
/// An event passes three functions:
///
/// ```text
/// Event ──prepare──▶ Item ──request──▶ OutboundRequest ── sent ──▶ Reply ──judge──▶ Judgement, one Verdict per Item
///                     └─ several of one group, within Terms::batch
/// ```
///
/// # What the engine promises
///
/// - Keeps to [`terms`](Self::terms): a request holds items of one group, within the limits, in the order in which their events
///   came; `request` is never called without an item.
/// - Sends what was built unchanged, without following redirects, and calls `judge` exactly once with the same items and
///   with what came of it.
/// - Never sends an item again that was judged delivered, unless the process died before it could remember that: delivery is
///   at least once. The others of its batch are put into new batches.
/// - Acts on nothing but the judgement. Pauses, circuit breakers and limits are the engine's, and so is when an event has
///   been tried for too long.
/// - Calls come from many threads at once and in any order of events. An event may be prepared anew for each attempt.
/// - A connection is dropped and made anew when its settings change; an event that is waiting for a retry is then tried
///   with the new one, and prepared by it.
///
/// # What an implementation promises
///
/// - No I/O, no clock, no randomness: equal arguments give an equal result. An event that is tried again alone is
///   therefore sent byte for byte the same.
/// - It never panics, whatever the payload or the reply holds. Payloads are JSON objects; nothing else is certain.
/// - A header that carries a credential is marked with `HeaderValue::set_sensitive`, and requests go to
///   [`Terms::origins`] only.
/// - Where the far side recognises repeats, each request or event carries its idempotency key as `terms` says.
/// - Sentences say what happened and what to do. They hold nothing of an event or of the settings, so that they can be
///   counted, logged and shown to anyone.
pub trait Connection: Send + Sync {
    /// What this connection asks of the engine: the same value at every call.
    fn terms(&self) -> Terms;

    /// Makes an event ready. A failure is final for the event: preparing it again would fail again.
    fn prepare(&self, event: &Event) -> Result<Item, BuildError>;

    /// The request that carries these items. All come from `prepare` of a connection with equal settings.
    fn request(&self, items: &[Item]) -> OutboundRequest;

    /// What the reply means for each of the items that were sent, and the sentence a person reads.
    ///
    /// Total: every reply has a judgement, and an item counts as delivered only if the far side said so. The default is
    /// [`judge_by_status`], which suits every far side that speaks in HTTP statuses; override it where a body says more than
    /// its status. `now` is the time at which the reply was complete; a retry the far side asked for is never before it.
    fn judge(&self, items: &[Item], reply: &Reply, now: Timestamp) -> Judgement {
        let _ = items;
        Judgement::of_whole(judge_by_status(reply, now))
    }
}

/// The event cannot be expressed as a request to this destination.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BuildError {
    /// The destination has no use for this kind of event: counted as filtered with `UNSUPPORTED_EVENT_TYPE`.
    #[error("the destination does not take events of type {kind}")]
    UnsupportedEventType { kind: String },
    /// The destination was told to leave such events out: counted as filtered with this [code](crate::code).
    #[error("{sentence}")]
    NotWanted { code: &'static str, sentence: String },
    /// The event lacks something or holds something that the destination cannot take: a failed delivery with
    /// `PAYLOAD_VALIDATION_FAILED`.
    #[error("{sentence}")]
    Payload { sentence: String },
}

impl BuildError {
    /// What the error means for the event, given the destination's name.
    pub fn verdict(self, destination: &str) -> Verdict {
        match self {
            Self::UnsupportedEventType { kind } => {
                let sentence = format!("{destination} does not take events of type {kind}.");
                Verdict::new(Outcome::NotWanted, code::UNSUPPORTED_EVENT_TYPE, sentence)
            }
            Self::NotWanted { code, sentence } => Verdict::new(Outcome::NotWanted, code, sentence),
            Self::Payload { sentence } => Verdict::new(Outcome::DataWrong, code::PAYLOAD_VALIDATION_FAILED, sentence),
        }
    }
}
