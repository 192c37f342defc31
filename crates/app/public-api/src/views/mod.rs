//! Records of the streams as the API shows them, and the filters over them.

mod duplicate;
mod event;
mod original;
mod rejected;

pub(crate) use duplicate::{DuplicateBody, DuplicateFilter};
pub(crate) use event::{EventBody, EventFilter};
pub(crate) use rejected::{RejectedBody, RejectedFilter};
