//! The embedded provider: partitions as segment files in a folder of this machine.
//!
//! # Limits
//!
//! One process per folder. One record has at most 64 MiB, and so has one batch with what surrounds its values. A batch
//! lies in one segment. A topic's name is 1 to 100 characters. Memory per partition: the bounded queue of waiting
//! batches, one write buffer of some MiB, and 16 bytes of index per 64 KiB of file that was written or read since the
//! start. No file stays open but the one that is written; no thread runs while nothing is appended.
//!
//! # Layout
//!
//! ```text
//! <dir>/lock                                             flock of the owning process
//! <dir>/positions                                        committed positions of the groups
//! <dir>/topics/<topic>/<number>/<first offset>.segment   20 digits, so that names sort as offsets do
//! ```
//!
//! All numbers are little-endian. A segment file begins with a header:
//!
//! ```text
//! 0   8  magic "PRIMELOG"
//! 8   4  format version, 2
//! 12  4  salt: a random number that seeds every checksum of this file
//! 16  8  offset of the first record
//! 24  8  first offset of the segment before, all ones if there never was one
//! 32  8  time of creation, ms since 1970: at or after all records before, at or before all records in here
//! 40  4  CRC32C of the 40 bytes before
//! ```
//!
//! and goes on with *blocks* of one record or more, without gaps:
//!
//! ```text
//! 0   4  CRC32C, seeded with the salt, of everything that follows in the block
//! 4   4  length of the body, as it is stored
//! 8   8  offset of the first record
//! 16  8  time of the append, ms since 1970
//! 24  4  place of the first record in its commit, from 0
//! 28  4  number of records
//! 32  4  flags; bit 0: a batch ends with the last record; bit 8: the body is compressed (LZ4); all others are 0
//! 36  4  length of the body before it was compressed
//! 40  n  body: the values one after the other, then, unless there is one only, the length of each in 4 bytes
//! ```
//!
//! A *commit* is what was written and synced in one go: whole batches of as many callers as were waiting. Its records are
//! gathered in blocks of up to 64 KiB, so that many small events shrink together. A block holds whole batches; only a
//! batch that is larger begins with blocks of its own. Bodies that look as if they were compressed already (many
//! different bytes in a small sample) are left alone at next to no cost, and one that would not shrink by an eighth is
//! stored as it is: see [`compression`].
//!
//! The salt makes it impossible to send a value that looks like blocks of the file it is stored in, and keeps disk
//! blocks that the file system recycles from an older segment from being taken for records.
//!
//! `positions` is a segment file too. Each of its records is one commit of positions, see [`positions`].
//!
//! Files of version 1, where each record stood alone, are read like any others ([`compat::v1`]) and never added to: the
//! first append after an update begins a new segment.
//!
//! # Write
//!
//! Each partition has one writer thread. It takes everything that waits in its queue up to a bound, encodes it into one
//! buffer, writes the buffer at the end of the newest segment, calls `fdatasync` once, and only then moves the end of
//! the partition and answers all callers. While it waits for the disk the next commit gathers, so the more callers there
//! are, the fewer syncs each costs; nobody waits on a timer. The next commit starts after the sync of the one before has
//! succeeded: whatever precedes a commit is durable. Recovery rests on this.
//!
//! When a batch may no longer fit, a new segment is written under a temporary name, synced, renamed, and the folder is
//! synced, before the first record goes in. A segment with a proper name therefore has a whole header, and every segment
//! but the newest is whole.
//!
//! A failed *write* (no space, say) is taken back by cutting the file to its durable length; the callers get the error
//! and the next append tries afresh. When even the cutting fails, and after every failed *sync*, nothing more is written
//! to this file: the kernel may have dropped the pages and call the next sync a success, so nothing that is asked of the
//! file again proves anything. The next append begins a new segment at the durable end. What may follow that end in the
//! old file is out of reach from then on, as a segment ends for its readers where the next one begins.
//!
//! A new segment that failed after it got its name is removed again, or else it would hide what the segment before goes
//! on to take. When that fails too, the partition stops itself. Reading goes on; opening the log again finds out what the
//! disk really holds.
//!
//! # Read
//!
//! Readers never meet the writer but for a lock held while a few numbers are copied. A read finds the segment by its
//! first offset, the neighbourhood of the record by the sparse index of the segment, steps from block to block to the
//! one that holds the offset asked for, and then reads as much as the limit allows into one buffer. Values of blocks
//! that are not compressed share it; those of others share what their block was decompressed to. Every block is checked
//! against its checksum and against the offset it has to have, and every length against what is possible before memory
//! is taken for it. Only what was synced is visible.
//!
//! The index of a segment is not stored. It grows as the segment is written, or as it is read: the first seek into an
//! older segment after a start walks its block headers from the front.
//!
//! # Delete
//!
//! Whole segments go, from the oldest on, each unlinked and the folder synced before the next, so that a crash leaves no
//! gap. The newest stays, so that the next offset is never forgotten; retention by age closes it first when its records
//! are old. What goes is decided in [`retention`], carried out in [`partition`].
//!
//! # Crash
//!
//! On opening a partition, the headers of its segments must form a chain, and the newest segment is read through. If
//! its blocks end in something that is not a whole block of the right offset, there are two explanations:
//!
//! - The machine stopped in the last commit, whose pages may have reached the disk in any order. Nobody was told that
//!   it is durable. It is cut off, and a batch of which only a part is there with it.
//! - Something destroyed records that were durable. This is so when a whole block of a *later* commit follows, or when
//!   a group committed a position past the damage. Opening is refused, naming file and byte.
//!
//! What remains, and the names that lead to it, are made durable before anyone reads it: after a mere kill of the process
//! they may be in memory only. The last commit is written again for that, as a sync may have failed before and the kernel
//! then shows what is not on disk. One case stays open: damage inside the very last commit, which no later write and no committed position vouches for, looks the
//! same as a torn write and is cut off, with a warning in the log of the program that says how much.

mod block;
mod compat;
mod compression;
mod disk;
mod folder;
#[cfg(any(test, feature = "fuzzing"))]
mod image;
mod index;
mod partition;
mod positions;
mod reader;
mod recovery;
mod retention;
mod segment;
mod store;
mod walk;
mod writer;

pub(crate) use disk::Environment;
#[cfg(feature = "fuzzing")]
pub(crate) use image::{read_image, with_right_checksums};
pub(crate) use store::Store;

#[cfg(test)]
mod tests;
