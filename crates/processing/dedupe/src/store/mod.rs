//! The folder of an index.
//!
//! ```text
//! manifest            secret, stream, settings, holes, what is durable; replaced as a whole
//! epoch-<id>.ids      the id log of an epoch that is hot or being sealed: a header, then chunks
//! sealed-<id>.ids     a sealed epoch
//! table               the fingerprint table as of some chunk
//! *.new               what was being made when the program ended
//! ```
//!
//! Nothing here is the only copy of anything: what a crash takes from the end of the id log is replayed from `events`.
//! So chunks are synced now and then, in the background. A chunk that reads wrong is damage if it was synced, and the
//! end of the log if not.

pub(crate) mod disk;
pub(crate) mod id_log;
pub(crate) mod manifest;
pub(crate) mod names;
pub(crate) mod recovery;
pub(crate) mod table_file;
