//! What came back for a request, or why nothing did.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::code;

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
    /// Names could not be looked up just now.
    NamesUnavailable,
    /// Nobody listens at the address, or a network device refused.
    ConnectionRefused,
    /// The connection ended before the answer was complete.
    ConnectionReset,
    /// No way leads to the address.
    Unreachable,
    /// No trusted encrypted connection could be made: an expired or foreign certificate, for example.
    TlsFailed,
    /// The address lies in a network that requests may not reach. Nothing was sent.
    AddressNotAllowed,
    /// The exchange failed in another way, such as an answer that is not HTTP.
    Failed,
}

impl NoReply {
    /// The code as it appears in counts and lists.
    pub fn code(self) -> &'static str {
        match self {
            Self::TimedOut => code::ETIMEDOUT,
            Self::NameNotFound => code::ENOTFOUND,
            Self::NamesUnavailable => code::EAI_AGAIN,
            Self::ConnectionRefused => code::ECONNREFUSED,
            Self::ConnectionReset => code::ECONNRESET,
            Self::Unreachable => code::EHOSTUNREACH,
            Self::TlsFailed => code::ECONNABORTED,
            Self::AddressNotAllowed | Self::Failed => code::EREFUSED,
        }
    }

    /// What happened and what to look at.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::TimedOut => "The receiver did not answer in time; check that it is reachable and quick enough.",
            Self::NameNotFound => "The receiver's host name has no address; check the URL for a typing error.",
            Self::NamesUnavailable => {
                "The receiver's host name could not be looked up just now; if this lasts, check the name servers of this machine."
            }
            Self::Unreachable => {
                "No way leads to the receiver's address; check the network between this machine and it."
            }
            Self::AddressNotAllowed => {
                "The receiver's address is private to this machine or its network, where requests may not go; if it is meant to be reached, the operator adds its network to deliver.allowed_networks or sets deliver.allow_private_networks."
            }
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
