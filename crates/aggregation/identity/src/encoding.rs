//! Numbers and texts in records: small ones take few bytes.

use crate::fragment::Fragment;
use crate::store::StoreError;

#[derive(Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// Small where it is near zero on either side.
    pub(crate) fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)) as u64);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn wide(&mut self, number: u128) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    pub(crate) fn fragment(&mut self, fragment: Fragment) {
        self.wide(fragment.as_u128());
    }
}

pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn byte(&mut self) -> Result<u8, StoreError> {
        let (first, rest) = self.0.split_first().ok_or(SHORT)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(crate) fn number(&mut self) -> Result<u64, StoreError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(StoreError::Record("a number is too long"))
    }

    pub(crate) fn signed(&mut self) -> Result<i64, StoreError> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, StoreError> {
        let length = self.number()? as usize;
        let (text, rest) = self.0.split_at_checked(length).ok_or(SHORT)?;
        self.0 = rest;
        std::str::from_utf8(text).map_err(|_| StoreError::Record("a text is not UTF-8"))
    }

    pub(crate) fn wide(&mut self) -> Result<u128, StoreError> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(SHORT)?;
        self.0 = rest;
        Ok(u128::from_be_bytes(*bytes))
    }

    pub(crate) fn fragment(&mut self) -> Result<Fragment, StoreError> {
        self.wide().map(Fragment::from_u128)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

const SHORT: StoreError = StoreError::Record("it ends too early");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_read_back_as_they_were_written() {
        let mut writer = Writer::default();
        let numbers = [0, 1, 127, 128, 300, u64::MAX];
        let signed = [0, -1, 1, i64::MIN, i64::MAX, 1_700_000_000_000];
        numbers.iter().for_each(|number| writer.number(*number));
        signed.iter().for_each(|number| writer.signed(*number));
        writer.text("héllo");
        writer.wide(u128::MAX - 5);
        let mut reader = Reader(&writer.0);
        assert!(numbers.iter().all(|number| reader.number().unwrap() == *number));
        assert!(signed.iter().all(|number| reader.signed().unwrap() == *number));
        assert_eq!(reader.text().unwrap(), "héllo");
        assert_eq!(reader.wide().unwrap(), u128::MAX - 5);
        assert!(reader.is_empty() && reader.byte().is_err());
    }

    #[test]
    fn a_cut_record_is_an_error() {
        assert!(Reader(&[0x80]).number().is_err());
        assert!(Reader(&[0xFF; 11]).number().is_err());
        assert!(Reader(&[5, b'a']).text().is_err());
        assert!(Reader(&[1; 15]).wide().is_err());
    }
}
