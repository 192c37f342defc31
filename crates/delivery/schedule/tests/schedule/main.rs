//! The promises of the crate, each against something naive.

mod batches;
mod crashes;
mod fairness;
mod halting;
mod house;
mod isolation;
mod order;
mod outage;
mod people;
mod recovery;
mod simulation;
