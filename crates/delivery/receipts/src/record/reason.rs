use std::fmt;

/// Why something ended as it did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// A word to count and search by, such as `FILTERED_BY_RULES` or `503`.
    pub code: String,
    /// The sentence a person reads.
    pub sentence: String,
}

/// Where a delivery stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is not for this destination; nothing was sent.
    Filtered(Reason),
    Delivered,
    /// The last attempt failed for this reason, and another one follows.
    Retrying(Reason),
    /// It was refused for good.
    Failed(Reason),
    /// No attempt succeeded for as long as attempts are made; the last one failed for this reason.
    Expired(Reason),
}

/// A state without its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StateKind {
    Filtered,
    Delivered,
    Retrying,
    Failed,
    Expired,
}

impl StateKind {
    pub const ALL: [Self; 5] = [Self::Filtered, Self::Delivered, Self::Retrying, Self::Failed, Self::Expired];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Filtered => "filtered",
            Self::Delivered => "delivered",
            Self::Retrying => "retrying",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for StateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl State {
    pub fn kind(&self) -> StateKind {
        match self {
            Self::Filtered(_) => StateKind::Filtered,
            Self::Delivered => StateKind::Delivered,
            Self::Retrying(_) => StateKind::Retrying,
            Self::Failed(_) => StateKind::Failed,
            Self::Expired(_) => StateKind::Expired,
        }
    }

    /// None where nothing went wrong.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Filtered(reason) | Self::Retrying(reason) | Self::Failed(reason) | Self::Expired(reason) => {
                Some(reason)
            }
            Self::Delivered => None,
        }
    }

    /// The code of the reason; empty where there is none.
    pub fn code(&self) -> &str {
        self.reason().map_or("", |reason| &reason.code)
    }

    pub(crate) fn bounded(&self) -> Self {
        match self {
            Self::Filtered(reason) => Self::Filtered(reason.bounded()),
            Self::Delivered => Self::Delivered,
            Self::Retrying(reason) => Self::Retrying(reason.bounded()),
            Self::Failed(reason) => Self::Failed(reason.bounded()),
            Self::Expired(reason) => Self::Expired(reason.bounded()),
        }
    }
}
