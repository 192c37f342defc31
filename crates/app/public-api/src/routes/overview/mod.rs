//! What happens now, in numbers.

mod attention;
mod history;
mod series;
mod snapshot;
mod stream;

pub(crate) use stream::OverviewTick;

pub(super) use series::{__path_get_overview_series, get_overview_series};
pub(super) use snapshot::{__path_get_overview, get_overview};
pub(super) use stream::{__path_stream_overview, stream_overview};
