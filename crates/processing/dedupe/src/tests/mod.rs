//! Whole indexes on a simulated disk, against a naive model.

mod damage;
mod fixture;
mod histories;
mod model;
mod random;
mod simulated_disk;
