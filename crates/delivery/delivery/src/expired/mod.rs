//! What could not be delivered in time, kept where it can be sent from again.

mod event;
mod file;
mod store;

pub(crate) use event::ExpiredEvent;
pub use file::ExpiredFile;
pub use store::{ExpiredError, ExpiredStore};
