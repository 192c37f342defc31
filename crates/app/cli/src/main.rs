//! The primedata command line.
fn main() {}
