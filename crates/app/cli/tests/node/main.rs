//! Whole nodes as processes: killed, stopped, idle, misconfigured, crowded.

#![expect(clippy::print_stdout, reason = "a test that measures shows its figures")]

mod command_line;
mod crashes;
mod crowds;
mod disks;
mod handover;
mod idle;
mod people;
mod pressure;
mod refusals;
mod senders;
mod spikes;
mod stops;
