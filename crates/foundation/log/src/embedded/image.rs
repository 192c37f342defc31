//! A segment file that is in memory, whoever made it.

use std::io;
use std::path::PathBuf;

use bytes::Bytes;

use super::block::{Format, u32_at, u64_at};
use super::disk::Readable;
use super::recovery;
use super::segment::{self, Header, Segment};
use super::walk::{Step, Walk};

impl Readable for &[u8] {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_exact_at(&self, out: &mut [u8], at: u64) -> io::Result<()> {
        let from = usize::try_from(at).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let found = from.checked_add(out.len()).and_then(|to| self.get(from..to));
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// How many records are in there, after all of them were looked at.
pub(crate) fn read_image(bytes: &[u8]) -> usize {
    let path = PathBuf::from("image");
    let Some(first) = bytes.get(16..24) else { return 0 };
    let Ok(header) = Header::read(&bytes, &path, u64_at(first, 0)) else { return 0 };
    let segment = Segment::new(path, header, bytes.len() as u64);
    let Ok(recovered) = recovery::examine(&bytes, &segment, 0) else { return 0 };
    segment.cut(recovered.end.offset, recovered.end.at);
    let mut walk = Walk::towards(segment.first(), &bytes, &segment);
    let mut records = 0;
    while let Ok(Step::Block(head, mark)) = walk.step_checked() {
        let Ok(body) = walk.body(&head, mark).map(Bytes::copy_from_slice) else { break };
        records += head.values(body).map_or(0, |values| values.len());
    }
    records
}

/// The same with checksums as an honest writer would have put them, as far as blocks follow one another.
pub(crate) fn with_right_checksums(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    if out.len() < segment::HEADER_BYTES {
        return out;
    }
    let crc = crc32c::crc32c(&out[..40]).to_le_bytes();
    out[40..44].copy_from_slice(&crc);
    let (Some(format), salt) = (Format::of_version(u32_at(&out, 8)), u32_at(&out, 12)) else { return out };
    let mut at = segment::HEADER_BYTES;
    while at + format.header_bytes() <= out.len() {
        let end = at + format.decode(&out[at..]).block_bytes();
        let Some(covered) = out.get(at + 4..end) else { break };
        let crc = crc32c::crc32c_append(salt, covered).to_le_bytes();
        out[at..at + 4].copy_from_slice(&crc);
        at = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXTURE: &[u8] = include_bytes!("../../tests/fixtures/v2/topics/events/0/00000000000000000003.segment");

    #[test]
    fn an_image_is_read_as_the_file_would_be() {
        assert_eq!(read_image(FIXTURE), 2);
        assert_eq!(read_image(&FIXTURE[..FIXTURE.len() - 1]), 0);
        assert_eq!(with_right_checksums(FIXTURE), FIXTURE);
    }

    #[test]
    fn any_byte_may_be_any_other_even_where_the_checksums_are_right() {
        let mut reached = 0;
        for at in 0..FIXTURE.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff, FIXTURE[at] ^ 1] {
                let mut bytes = FIXTURE.to_vec();
                bytes[at] = byte;
                read_image(&bytes);
                reached += read_image(&with_right_checksums(&bytes));
            }
        }
        assert!(reached > 100, "checksums put right let changed records be read: {reached}");
    }
}
