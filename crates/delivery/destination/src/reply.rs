//! What came back for a request, or why nothing did.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

/// What became of a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The far side answered.
    Response(Response),
    /// No answer came. The request may have arrived all the same.
    None(NoReply),
}

/// The answer of the far side.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The start of the body: at most as much as the sender was willing to read, and as had come when time was up.
    pub body: Bytes,
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReply {
    /// Not connected, or no status received, within the time allowed.
    TimedOut,
    /// The name has no address.
    NameNotFound,
    /// Nobody listens at the address, or a network device refused.
    ConnectionRefused,
    /// The connection ended before the answer was complete.
    ConnectionReset,
    /// No trusted encrypted connection could be made: an expired or foreign certificate, for example.
    TlsFailed,
    /// The exchange failed in another way, such as an answer that is not HTTP.
    Failed,
}

impl NoReply {
    /// The code as it appears in counts and lists.
    pub fn code(self) -> &'static str {
        match self {
            Self::TimedOut => "ETIMEDOUT",
            Self::NameNotFound => "ENOTFOUND",
            Self::ConnectionRefused => "ECONNREFUSED",
            Self::ConnectionReset => "ECONNRESET",
            Self::TlsFailed => "ETLS",
            Self::Failed => "EREFUSED",
        }
    }

    /// What happened and what to look at.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::TimedOut => "The receiver did not answer in time; check that it is reachable and quick enough.",
            Self::NameNotFound => "The receiver's host name has no address; check the URL for a typing error.",
            Self::ConnectionRefused => {
                "Nothing accepts connections at the receiver's address; check that it is running and that host and port are right."
            }
            Self::ConnectionReset => {
                "The connection ended before the answer was complete; the receiver or something in between closed it."
            }
            Self::TlsFailed => "No trusted encrypted connection could be made; check the receiver's certificate.",
            Self::Failed => "The exchange failed; check that the receiver speaks HTTP at this address.",
        }
    }
}
