//! Roles spread over processes, with a real broker between them: killed in turn, and counted.

#![expect(clippy::print_stdout, reason = "a test that measures shows its figures")]

mod house;
mod kills;
mod load;
