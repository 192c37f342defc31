//! What `prime-log` promises, grouped by claim.

mod acknowledgement;
mod basic;
mod conformance;
mod positions;
mod recovery;
mod retention;
mod support;
