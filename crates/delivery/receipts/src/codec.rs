//! How numbers and texts are written, in records and in the store.

use bytes::Bytes;
use prime_event::Timestamp;
use thiserror::Error;

/// The bytes are not what they should be.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FormatError {
    #[error("it ends too early")]
    Short,
    #[error("it has the unknown format version {0}")]
    Version(u8),
    #[error("it holds text that is not UTF-8")]
    Text,
    #[error("it holds the unknown tag {0}")]
    Tag(u8),
    #[error("it holds a number that is too large")]
    Number,
}

/// Appends fields. Numbers take as many bytes as they need, seven bits in each.
#[derive(Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn versioned(version: u8) -> Self {
        Self(vec![version])
    }

    pub(crate) fn tag(&mut self, tag: u8) {
        self.0.push(tag);
    }

    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// Times before 1970 are possible and rare.
    pub(crate) fn time(&mut self, time: Timestamp) {
        self.0.extend_from_slice(&time.as_millis().to_le_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.tag(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Takes fields from the front.
#[derive(Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Of what begins with a format version, which has to be this one.
    pub(crate) fn versioned(bytes: &'a [u8], version: u8) -> Result<Self, FormatError> {
        let mut reader = Self(bytes);
        match reader.tag()? {
            known if known == version => Ok(reader),
            other => Err(FormatError::Version(other)),
        }
    }

    pub(crate) fn tag(&mut self) -> Result<u8, FormatError> {
        let (first, rest) = self.0.split_first().ok_or(FormatError::Short)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(crate) fn number(&mut self) -> Result<u64, FormatError> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.tag()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(FormatError::Number)
    }

    pub(crate) fn small<T: TryFrom<u64>>(&mut self) -> Result<T, FormatError> {
        T::try_from(self.number()?).map_err(|_| FormatError::Number)
    }

    /// How many entries follow, each of which takes a byte at least: so that a damaged count makes no room for itself.
    pub(crate) fn count(&mut self) -> Result<usize, FormatError> {
        let count: usize = self.small()?;
        if count > self.0.len() { Err(FormatError::Short) } else { Ok(count) }
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, FormatError> {
        let (first, rest) = self.0.split_first_chunk().ok_or(FormatError::Short)?;
        self.0 = rest;
        Ok(Timestamp::from_millis(i64::from_le_bytes(*first)))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], FormatError> {
        let length: usize = self.small()?;
        let (first, rest) = self.0.split_at_checked(length).ok_or(FormatError::Short)?;
        self.0 = rest;
        Ok(first)
    }

    pub(crate) fn text(&mut self) -> Result<String, FormatError> {
        let text = std::str::from_utf8(self.bytes()?).map_err(|_| FormatError::Text)?;
        Ok(text.to_owned())
    }

    pub(crate) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, FormatError>,
    ) -> Result<Option<T>, FormatError> {
        match self.tag()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            other => Err(FormatError::Tag(other)),
        }
    }
}

/// At most so many bytes of a text, cut at a character.
pub(crate) fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

/// At most so many bytes, of their own, so that nothing larger is kept alive.
pub(crate) fn cut_bytes(bytes: &Bytes, bytes_max: usize) -> Bytes {
    if bytes.len() <= bytes_max { bytes.clone() } else { Bytes::copy_from_slice(&bytes[..bytes_max]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_and_a_number_that_never_ends_is_an_error() {
        let numbers = [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX];
        let mut writer = Writer::versioned(1);
        numbers.iter().for_each(|number| writer.number(*number));
        let bytes = writer.finish();
        let mut reader = Reader::versioned(&bytes, 1).unwrap();
        numbers.iter().for_each(|number| assert_eq!(reader.number(), Ok(*number)));
        assert_eq!(Reader(&[0xff; 20]).number(), Err(FormatError::Number));
    }

    #[test]
    fn a_damaged_count_is_refused_before_room_is_made_for_it() {
        let mut writer = Writer::default();
        writer.number(1 << 40);
        assert_eq!(Reader(&writer.finish()).count(), Err(FormatError::Short));
    }
}
