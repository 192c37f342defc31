#![doc = include_str!("../README.md")]

mod body;
mod code;
mod collected;
mod computed;
mod context;
mod gzip;
mod head;
mod id;
mod json;
mod ledger;
mod message;
mod normalize;
mod record;
mod request;
mod salvage;
mod timestamp;

pub use body::{Envelope, MalformedBody, Message, RequestBody, write_key_hint};
pub use code::DiscardCode;
pub use collected::{CollectedRecord, partition, share_out};
pub use computed::ComputedRecord;
pub use gzip::{BodyEncoding, InflateError, Inflater, inflate};
pub use head::{EventHead, MessageIdentity};
pub use id::{DestinationId, SourceId, WorkspaceId, WriteKey};
pub use json::{Flaw, Kind, Name, Tape, Value};
pub use ledger::{LedgerCounts, LedgerLine, LedgerRecord};
pub use message::{MessageType, Rejection, limits};
pub use normalize::{Arrival, MessageFacts, Normalized, normalize, normalize_into};
pub use record::{DuplicateRecord, EventRecord, FirstSeen, Origin, RecordError, RejectedRecord};
pub use request::{Endpoint, Refusal, RequestId, RequestRecord};
pub use timestamp::Timestamp;
