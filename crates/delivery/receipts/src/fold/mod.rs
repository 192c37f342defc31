//! What the records come to. Pure: time comes with the records, and what was before from a [`Past`].

mod chunk;
mod counts;
mod dimensions;
mod latencies;
mod page;
mod resolution;
mod sums;
mod totals;
mod working_set;

pub use counts::{Counts, Step};
pub use dimensions::{Dimension, Dimensions, OTHER};
pub use latencies::Latencies;
pub use page::{OTHERS_MAX, ROWS_MAX};
pub use resolution::Resolution;
pub use totals::Totals;

pub(crate) use chunk::{Chunk, ChunkKey, Mark};
pub(crate) use page::PageKey;
pub(crate) use sums::{Fold, PairName, Past, Took, chunk_key};
pub(crate) use working_set::Changes;
