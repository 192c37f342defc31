//! What a failed exchange is called.

use std::error::Error;
use std::io;

use prime_destination::NoReply;

use crate::resolver::LookupError;

/// Finds the cause among the sources of the error.
pub(crate) fn name(error: &reqwest::Error) -> NoReply {
    if error.is_timeout() {
        return NoReply::TimedOut;
    }
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if let Some(known) = name_of(cause) {
            return known;
        }
        source = inner(cause);
    }
    NoReply::Failed
}

/// What an error is called, if it is one that people know.
fn name_of(cause: &(dyn Error + 'static)) -> Option<NoReply> {
    if let Some(lookup) = cause.downcast_ref::<LookupError>() {
        return Some(match lookup {
            LookupError::NotFound => NoReply::NameNotFound,
            LookupError::Unavailable => NoReply::NamesUnavailable,
            LookupError::NotAllowed => NoReply::AddressNotAllowed,
        });
    }
    if cause.is::<rustls::Error>() {
        return Some(NoReply::TlsFailed);
    }
    if cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message) {
        return Some(NoReply::ConnectionReset);
    }
    match cause.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::ConnectionRefused => Some(NoReply::ConnectionRefused),
        io::ErrorKind::TimedOut => Some(NoReply::TimedOut),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => {
            Some(NoReply::Unreachable)
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(NoReply::ConnectionReset),
        _ => None,
    }
}

/// The next error within. The one that an `io::Error` wraps is not among its sources.
fn inner<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => cause.source(),
    }
}
