//! The delivery service against a real HTTP server, on a real log and control store.

mod batches;
mod definitions;
mod elsewhere;
mod expired;
mod failing_state;
mod filtering;
mod house;
mod isolation;
mod outcomes;
mod positions;
mod receipts;
mod receiver;
mod replays;
mod replays_breaking_off;
mod replays_ending;
mod reports;
mod retrying;
mod stage;
mod takeover;
