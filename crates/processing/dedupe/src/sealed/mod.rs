//! Epochs that are no longer hot: one immutable file each, in which ids are found by the time they carry.
//!
//! ```text
//! header      whose epoch, when, where in `events`
//! sections    one for each generation of addresses: blocks of some 512 ids
//! directory   of each section: generation, ids, where it begins, where each block ends
//! footer      where the directory is
//! ```
//!
//! # What an id takes
//!
//! A section of n ids has m = 1.693 n buckets. The high bits of a key choose the bucket, of which the number of ids is
//! written in unary: n + m bits. Of each id 69 more bits are stored. A probe for an id that was never here meets
//! n / m = 0.59 ids in its bucket, each equal to it with a probability of 2^-69: together 1.0e-21. So among 10^15 probes
//! one id is wrongly taken for known with a probability of one in a million. Keys are hashes under a secret, so nobody
//! can do better than chance.
//!
//! That is 69 + 1 + 1.693 = 71.69 bits. A block adds a checksum of 32 bits, 4 bits of padding, and 32 bits of directory:
//! with 512 ids 0.13 bits each, 71.83 bits or 8.98 bytes together. No encoding that errs so rarely can be much
//! smaller: information theory asks for log2(10^21) = 69.8 bits.

mod bits;
mod block;
mod directory;
mod epoch;
mod filter;
mod index;
mod sealing;

pub(crate) use directory::Header;
pub(crate) use epoch::{SealedEpoch, filters_of};
pub(crate) use filter::Filter;
pub(crate) use index::SealedIndex;
pub(crate) use sealing::{Sealed, SealingJob, seal};
