//! Request bodies as they came over the wire: plain or gzip.

use std::borrow::Cow;

use libdeflater::{DecompressionError, Decompressor};
use thiserror::Error;

/// How a request body is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyEncoding {
    Plain,
    Gzip,
}

/// The first bytes of every gzip stream.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Header of ten bytes, an empty block of two, and a trailer of eight.
const GZIP_BYTES_MIN: usize = 20;

impl BodyEncoding {
    /// How large the body says that it is once decompressed. Whoever must be sure measures while it decompresses.
    pub fn claimed_bytes(self, body: &[u8]) -> usize {
        match self {
            Self::Plain => body.len(),
            Self::Gzip => claimed_size(body).unwrap_or(0),
        }
    }

    /// Sees gzip by its first bytes, whatever the request announced: no JSON text begins like that.
    pub fn sniff(body: &[u8]) -> Self {
        if body.starts_with(&GZIP_MAGIC) { Self::Gzip } else { Self::Plain }
    }
}

/// The body cannot be decompressed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum InflateError {
    #[error("the gzip stream is damaged or cut short")]
    Damaged,
    #[error("the body is larger than {bytes_max} bytes once decompressed")]
    TooLarge { bytes_max: usize },
}

/// Decompresses one body after the other into the same memory.
#[derive(Default)]
pub struct Inflater {
    decompressor: Option<Decompressor>,
    /// Written before and only read where written again, so that it is cleared once and not for each body.
    buffer: Vec<u8>,
}

/// Memory that an inflater keeps from one body to the next; SDKs send half of this at most.
const BUFFER_BYTES_KEPT: usize = 1 << 20;

impl Inflater {
    /// The body as text bytes. Never takes more memory than `bytes_max`, whatever the stream claims or holds.
    pub fn inflate<'b>(
        &'b mut self,
        body: &'b [u8],
        encoding: BodyEncoding,
        bytes_max: usize,
    ) -> Result<&'b [u8], InflateError> {
        match encoding {
            BodyEncoding::Plain if body.len() > bytes_max => Err(InflateError::TooLarge { bytes_max }),
            BodyEncoding::Plain => Ok(body),
            BodyEncoding::Gzip => {
                let claimed = claimed_size(body).ok_or(InflateError::Damaged)?;
                let written = match self.decompress(body, claimed.min(bytes_max)) {
                    // The claim counts the last member alone, modulo 2^32: a liar gets the whole bound once.
                    Err(DecompressionError::InsufficientSpace) => self.decompress(body, bytes_max),
                    other => other,
                };
                match written {
                    Ok(length) => Ok(&self.buffer[..length]),
                    Err(DecompressionError::InsufficientSpace) => Err(InflateError::TooLarge { bytes_max }),
                    Err(DecompressionError::BadData) => Err(InflateError::Damaged),
                }
            }
        }
    }

    fn decompress(&mut self, body: &[u8], room: usize) -> Result<usize, DecompressionError> {
        if self.buffer.len() > BUFFER_BYTES_KEPT.max(room) {
            self.buffer = Vec::new();
        }
        if self.buffer.len() < room {
            self.buffer.resize(room, 0);
        }
        self.decompressor.get_or_insert_with(Decompressor::new).gzip_decompress(body, &mut self.buffer[..room])
    }
}

/// As [`Inflater::inflate`], for a single body.
pub fn inflate(body: &[u8], encoding: BodyEncoding, bytes_max: usize) -> Result<Cow<'_, [u8]>, InflateError> {
    match encoding {
        BodyEncoding::Plain if body.len() <= bytes_max => Ok(Cow::Borrowed(body)),
        _ => Inflater::default().inflate(body, encoding, bytes_max).map(|text| Cow::Owned(text.to_vec())),
    }
}

/// The size that the gzip trailer claims.
fn claimed_size(body: &[u8]) -> Option<usize> {
    if body.len() < GZIP_BYTES_MIN {
        return None;
    }
    let trailer: [u8; 4] = body.last_chunk().copied()?;
    usize::try_from(u32::from_le_bytes(trailer)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use libdeflater::{CompressionLvl, Compressor};

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut compressor = Compressor::new(CompressionLvl::default());
        let mut out = vec![0; compressor.gzip_compress_bound(text.len())];
        let length = compressor.gzip_compress(text, &mut out).unwrap();
        out.truncate(length);
        out
    }

    #[test]
    fn gzip_is_seen_without_a_header_and_read() {
        let body = gzip(b"{\"a\":1}");
        assert_eq!(BodyEncoding::sniff(&body), BodyEncoding::Gzip);
        assert_eq!(inflate(&body, BodyEncoding::Gzip, 100).unwrap().as_ref(), b"{\"a\":1}");
    }

    #[test]
    fn a_bomb_is_refused_within_the_bound() {
        let bomb = gzip(&vec![b' '; 50 << 20]);
        assert!(bomb.len() < 100_000);
        assert_eq!(
            inflate(&bomb, BodyEncoding::Gzip, 512 * 1024),
            Err(InflateError::TooLarge { bytes_max: 512 * 1024 })
        );
    }

    #[test]
    fn a_stream_that_lies_about_its_size_is_read_or_refused_by_what_it_holds() {
        let mut small_claim = gzip(&[b'x'; 1000]);
        let end = small_claim.len();
        small_claim[end - 4..].copy_from_slice(&1u32.to_le_bytes());
        assert!(inflate(&small_claim, BodyEncoding::Gzip, 10_000).is_err());
        assert_eq!(inflate(&small_claim, BodyEncoding::Gzip, 500), Err(InflateError::TooLarge { bytes_max: 500 }));
    }

    #[test]
    fn one_body_after_the_other_is_read_from_the_same_memory_without_a_trace_of_the_last() {
        let mut inflater = Inflater::default();
        for text in [vec![b'a'; 3_000_000], b"{}".to_vec(), vec![b'b'; 5_000], Vec::new(), vec![b'c'; 200_000]] {
            assert_eq!(inflater.inflate(&gzip(&text), BodyEncoding::Gzip, 4_000_000).unwrap(), text);
        }
        assert!(inflater.buffer.len() <= BUFFER_BYTES_KEPT);
    }

    #[test]
    fn a_cut_or_damaged_stream_is_refused() {
        let body = gzip(b"{\"batch\":[]}");
        for length in 2..body.len() {
            assert_eq!(inflate(&body[..length], BodyEncoding::Gzip, 1000), Err(InflateError::Damaged), "{length}");
        }
    }
}
