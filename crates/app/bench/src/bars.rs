use crate::bar::Bar;
use crate::{event_normalize, ingest, log_append, profiles};

pub(crate) fn all() -> impl Iterator<Item = &'static Bar> {
    [log_append::BAR, event_normalize::BAR].iter().chain(ingest::BARS).chain(profiles::BARS)
}
