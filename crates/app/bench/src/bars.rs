use crate::bar::Bar;
use crate::{dedupe, delivery, event_normalize, identity, ingest, log_append, process_throughput, profiles};

pub(crate) fn all() -> impl Iterator<Item = &'static Bar> {
    let single = [log_append::BAR, event_normalize::BAR, process_throughput::BAR].iter();
    single.chain(ingest::BARS).chain(dedupe::BARS).chain(identity::BARS).chain(profiles::BARS).chain(delivery::BARS)
}
