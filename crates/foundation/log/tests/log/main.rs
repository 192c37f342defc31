//! What `prime-log` promises, grouped by claim.

mod acknowledgement;
mod basic;
mod model;
mod positions;
mod recovery;
mod retention;
mod support;
