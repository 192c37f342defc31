//! Request bodies as they came over the wire: plain or gzip.

use std::borrow::Cow;
use std::cell::RefCell;

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

/// The body as text bytes. Never allocates more than `bytes_max`, whatever the stream claims or holds.
pub fn inflate(body: &[u8], encoding: BodyEncoding, bytes_max: usize) -> Result<Cow<'_, [u8]>, InflateError> {
    let too_large = InflateError::TooLarge { bytes_max };
    match encoding {
        BodyEncoding::Plain if body.len() > bytes_max => Err(too_large),
        BodyEncoding::Plain => Ok(Cow::Borrowed(body)),
        BodyEncoding::Gzip => {
            let claimed = claimed_size(body).ok_or(InflateError::Damaged)?;
            let mut out = vec![0; claimed.min(bytes_max)];
            let written = match decompress(body, &mut out) {
                // The claim counts the last member alone, modulo 2^32: a liar gets the whole bound once.
                Err(DecompressionError::InsufficientSpace) if out.len() < bytes_max => {
                    out = vec![0; bytes_max];
                    decompress(body, &mut out)
                }
                other => other,
            };
            match written {
                Ok(length) => {
                    out.truncate(length);
                    Ok(Cow::Owned(out))
                }
                Err(DecompressionError::InsufficientSpace) => Err(too_large),
                Err(DecompressionError::BadData) => Err(InflateError::Damaged),
            }
        }
    }
}

fn decompress(body: &[u8], out: &mut [u8]) -> Result<usize, DecompressionError> {
    thread_local! {
        static DECOMPRESSOR: RefCell<Decompressor> = RefCell::new(Decompressor::new());
    }
    DECOMPRESSOR.with_borrow_mut(|decompressor| decompressor.gzip_decompress(body, out))
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
    fn a_cut_or_damaged_stream_is_refused() {
        let body = gzip(b"{\"batch\":[]}");
        for length in 2..body.len() {
            assert_eq!(inflate(&body[..length], BodyEncoding::Gzip, 1000), Err(InflateError::Damaged), "{length}");
        }
    }
}
