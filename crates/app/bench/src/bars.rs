use crate::bar::Bar;
use crate::{event_normalize, log_append};

pub(crate) const ALL: &[Bar] = &[log_append::BAR, event_normalize::BAR];
