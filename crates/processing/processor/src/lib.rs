//! The processor: journal in, normalised events and rejected messages out.
