//! The six message types and what every message must keep to.

use crate::code::DiscardCode;

/// The six calls of the tracking specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageType {
    Track,
    Identify,
    Page,
    Screen,
    Group,
    Alias,
}

impl MessageType {
    pub const ALL: [MessageType; 6] = [Self::Track, Self::Identify, Self::Page, Self::Screen, Self::Group, Self::Alias];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Track => "track",
            Self::Identify => "identify",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// The limits of the tracking API, each with the reading of Segment's documents that SDKs rely on.
pub mod limits {
    /// "32 KB" read generously: the largest reading among SDKs is 32,768 bytes.
    pub const MESSAGE_BYTES_MAX: usize = 32 * 1024;
    /// A message with what its batch says for all and what we add. Without this bound, one batch with a large context and
    /// thousands of small messages would grow a thousandfold.
    pub const EVENT_BYTES_MAX: usize = MESSAGE_BYTES_MAX + 16 * 1024;
    /// "500 KB" read generously: the largest reading among SDKs is 512 KiB.
    pub const REQUEST_BYTES_MAX: usize = 512 * 1024;
    pub const BATCH_MESSAGES_MAX: usize = 2_500;
    pub const MESSAGE_ID_CHARS_MAX: usize = 100;
    /// Deep enough for any event a person wrote, shallow enough for every JSON reader downstream (the strictest stop at 128).
    pub const NESTING_MAX: usize = 64;
}

/// A message that cannot be taken: the code, and the detail that points at the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    pub code: DiscardCode,
    /// What exactly was wrong, for a person; may be empty where the code says it all. Holds no values of the message.
    pub detail: String,
}

impl Rejection {
    pub fn new(code: DiscardCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl From<DiscardCode> for Rejection {
    fn from(code: DiscardCode) -> Self {
        Self { code, detail: String::new() }
    }
}
