//! How numbers and texts lie in a record: numbers in seven bits a byte, texts behind their length.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::record::DamagedLine;

pub(super) fn byte(bytes: &mut Bytes) -> Result<u8, DamagedLine> {
    if bytes.is_empty() { Err(DamagedLine::Short) } else { Ok(bytes.get_u8()) }
}

pub(super) fn put(out: &mut BytesMut, mut value: u64) {
    while value >= 0x80 {
        out.put_u8(value as u8 | 0x80);
        value >>= 7;
    }
    out.put_u8(value as u8);
}

pub(super) fn get(bytes: &mut Bytes) -> Result<u64, DamagedLine> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let next = byte(bytes)?;
        value |= u64::from(next & 0x7f) << shift;
        if next < 0x80 {
            return Ok(value);
        }
    }
    Err(DamagedLine::Unknown)
}

pub(super) fn put_text(out: &mut BytesMut, text: &str) {
    put(out, text.len() as u64);
    out.put_slice(text.as_bytes());
}

pub(super) fn get_text(bytes: &mut Bytes) -> Result<String, DamagedLine> {
    let length = get(bytes)? as usize;
    if bytes.len() < length {
        return Err(DamagedLine::Short);
    }
    String::from_utf8(bytes.split_to(length).to_vec()).map_err(|_| DamagedLine::Unknown)
}

pub(super) fn put_float(out: &mut BytesMut, value: f64) {
    out.put_f64_le(value);
}

pub(super) fn get_float(bytes: &mut Bytes) -> Result<f64, DamagedLine> {
    if bytes.len() < 8 { Err(DamagedLine::Short) } else { Ok(bytes.get_f64_le()) }
}

pub(super) fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}
