//! The tracking API over a real journal, grouped by claim.

mod authentication;
mod bad_input;
mod browsers;
mod endpoints;
mod following;
mod harness;
mod pixels;
mod rate_limits;
mod verdicts;
