#![doc = include_str!("../README.md")]

mod code;
mod id;
mod message;
//mod normalize;
mod record;
//mod request;
//mod salvage;
//mod text;
mod timestamp;

pub use code::DiscardCode;
pub use id::{DestinationId, SourceId, WorkspaceId, WriteKey};
pub use message::{MessageType, Rejection, limits};
//pub use normalize::{Arrival, Normalized, Verdict, normalize};
pub use record::{EventRecord, Origin, RecordError, RejectedRecord};
//pub use request::{BodyEncoding, Endpoint, MalformedBody, RequestBody, RequestId, RequestRecord, inflate};
//pub use text::WireText;
pub use timestamp::Timestamp;
