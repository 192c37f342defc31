use crate::bar::Bar;
use crate::{event_normalize, ingest, log_append, process_throughput};

pub(crate) fn all() -> impl Iterator<Item = &'static Bar> {
    [log_append::BAR, event_normalize::BAR, process_throughput::BAR].iter().chain(ingest::BARS)
}
