//! The way out, against raw servers on this machine and names that mean what a test says.

mod bounds;
mod failures;
mod guard;
mod house;
mod several;
