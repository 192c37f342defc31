use crate::bar::Bar;
use crate::{event_normalize, identity, ingest, log_append};

pub(crate) fn all() -> impl Iterator<Item = &'static Bar> {
    [log_append::BAR, event_normalize::BAR].iter().chain(ingest::BARS).chain(identity::BARS)
}
