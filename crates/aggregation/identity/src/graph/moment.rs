//! The order in which events are taken.

use std::fmt;

use crate::fragment::SetKey;

/// A place in the order of (timestamp, messageId). The set decides between messages that share both, which nobody sends
/// on purpose, so that the order is total.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment {
    pub(crate) time_ms: i64,
    pub(crate) message_id: Box<str>,
    pub(crate) set: SetKey,
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?}", self.time_ms, self.message_id, self.set)
    }
}
