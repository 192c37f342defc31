//! Takes batches apart that are not JSON as a whole.
//!
//! Devices in the field send batches with NUL bytes between items, leading, missing or doubled commas, and several
//! envelopes one behind the other. All of them keep their braces and quotes paired, so the messages can still be told
//! apart: this scanner follows braces and quotes alone and leaves it to the caller to judge each piece.
//! It looks at each byte once and never recurses.

/// The pieces of one envelope: its members other than `batch`, and the items of `batch`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SalvagedEnvelope<'a> {
    /// Quoted names and values, unchecked.
    pub(crate) members: Vec<(&'a [u8], &'a [u8])>,
    /// Items of the batch, unchecked.
    pub(crate) items: Vec<&'a [u8]>,
}

/// The envelopes that the body consists of. `None` where braces or quotes do not pair, or no envelope has a batch.
pub(crate) fn envelopes(body: &[u8]) -> Option<Vec<SalvagedEnvelope<'_>>> {
    let mut scanner = Scanner { body, at: 0 };
    let mut envelopes = Vec::new();
    let mut has_batch = false;
    loop {
        scanner.skip_filling();
        if scanner.at == body.len() {
            return has_batch.then_some(envelopes);
        }
        let (envelope, with_batch) = scanner.envelope()?;
        has_batch |= with_batch;
        envelopes.push(envelope);
    }
}

struct Scanner<'a> {
    body: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    fn envelope(&mut self) -> Option<(SalvagedEnvelope<'a>, bool)> {
        let mut envelope = SalvagedEnvelope::default();
        let mut has_batch = false;
        self.expect(b'{')?;
        loop {
            self.skip_filling();
            if self.peek()? == b'}' {
                self.at += 1;
                return Some((envelope, has_batch));
            }
            let name = self.quoted()?;
            self.skip_filling();
            self.expect(b':')?;
            self.skip_filling();
            if name == b"\"batch\"" && self.peek()? == b'[' {
                has_batch = true;
                self.items_into(&mut envelope.items)?;
            } else {
                let value = self.value()?;
                envelope.members.push((name, value));
            }
        }
    }

    fn items_into(&mut self, items: &mut Vec<&'a [u8]>) -> Option<()> {
        self.expect(b'[')?;
        loop {
            self.skip_filling();
            if self.peek()? == b']' {
                self.at += 1;
                return Some(());
            }
            items.push(self.value()?);
        }
    }

    /// One value: a quoted text, something in braces, or whatever stands until the next separator.
    fn value(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        match self.peek()? {
            b'"' => self.quoted(),
            b'{' | b'[' => self.braced(),
            _ => {
                while !matches!(
                    self.peek()?,
                    b',' | b'}' | b']' | b'{' | b'[' | b'"' | b':' | 0 | b' ' | b'\t' | b'\n' | b'\r'
                ) {
                    self.at += 1;
                }
                (self.at > start).then(|| &self.body[start..self.at])
            }
        }
    }

    fn braced(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        let mut depth = 0usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.quoted()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(&self.body[start..self.at]);
            }
        }
    }

    fn quoted(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        self.expect(b'"')?;
        loop {
            match self.peek()? {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return Some(&self.body[start..self.at]);
                }
                _ => self.at += 1,
            }
        }
    }

    /// Blanks, NUL bytes and commas in any number.
    fn skip_filling(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r' | 0 | b',') = self.peek() {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_scanned_without_harm() {
        let alphabet = b"{}[]\",:\\\0 a1\xff";
        let mut state = 0x9E37_79B9_7F4A_7C15u64;
        for _ in 0..200_000 {
            let mut body = b"{\"batch\":[".to_vec();
            for _ in 0..(state % 24) {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                body.push(alphabet[(state >> 33) as usize % alphabet.len()]);
            }
            state = state.wrapping_add(0x9E37_79B9);
            if let Some(found) = envelopes(&body) {
                let total: usize = found.iter().flat_map(|envelope| &envelope.items).map(|item| item.len()).sum();
                assert!(total <= body.len());
            }
        }
    }
}
