//! Records of the streams as the API shows them, and the filters over them.

mod event;
mod rejected;

pub(crate) use event::{EventBody, EventFilter};
pub(crate) use rejected::{RejectedBody, RejectedFilter};
