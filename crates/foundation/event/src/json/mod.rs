//! Reading JSON without touching it: one pass finds out whether a text is valid and where everything stands; values are
//! then looked at in place. What an SDK wrote passes digit for digit.

mod string_scan;
mod tape;
mod text;
mod value;

pub use tape::{Flaw, Tape};
pub(crate) use text::{is_one_line, to_one_line, without_lone_surrogates, write_string};
pub(crate) use value::Members;
pub use value::{Kind, Name, Value};
