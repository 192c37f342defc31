//! One pass over a JSON text: is it valid, and where does everything stand.
//!
//! Nothing is converted or copied. A *tape* lists each value and each name of the text in order, with its place and with
//! the entry that follows it as a whole, so that whoever looks for one member passes over the others without looking at
//! their bytes again. What stands in the values is decided by [`super::value`], from the text.
//!
//! The pass keeps its own stack of open objects and lists, so depth costs memory on the heap and not on the thread.

use std::cell::Cell;

use super::string_scan::plain_until;

/// Entries of a spare tape that are kept for the next text: some two bodies of the largest size.
const SPARE_ENTRIES_MAX: usize = 1 << 17;

/// One value or one name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) start: u32,
    pub(super) end: u32,
    /// The entry after this one and all that it contains.
    pub(super) after: u32,
}

/// Where the values and names of one valid text stand. The first entry is the text's whole value.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    entries: Vec<Entry>,
}

/// Why a text has no tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It is not one JSON value and nothing else.
    NotJson,
    /// Objects and lists nest deeper than allowed.
    TooDeep,
}

thread_local! {
    static SPARE: Cell<Vec<Entry>> = const { Cell::new(Vec::new()) };
}

impl Tape {
    pub(crate) fn read(text: &str, levels_max: usize) -> Result<Self, Flaw> {
        let mut entries = SPARE.take();
        entries.clear();
        // Kept in a tape from here on, so that the memory is used again whatever happens.
        let mut tape = Self { entries };
        if u32::try_from(text.len()).is_err() {
            return Err(Flaw::NotJson);
        }
        let mut pass = Pass { bytes: text.as_bytes(), at: 0, entries: &mut tape.entries, open: Vec::new(), levels_max };
        pass.run()?;
        Ok(tape)
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        if self.entries.capacity() <= SPARE_ENTRIES_MAX {
            SPARE.set(std::mem::take(&mut self.entries));
        }
    }
}

struct Pass<'a> {
    bytes: &'a [u8],
    at: usize,
    entries: &'a mut Vec<Entry>,
    /// Entries of the objects and lists that are not closed yet.
    open: Vec<u32>,
    levels_max: usize,
}

/// What the pass has to find next.
enum Next {
    Value,
    /// A name, as an object goes on.
    Name,
    /// A comma or the end of what is open.
    Separator,
}

impl Pass<'_> {
    fn run(&mut self) -> Result<(), Flaw> {
        let mut next = Next::Value;
        loop {
            self.skip_blanks();
            next = match next {
                Next::Value => self.value()?,
                Next::Name => self.name()?,
                Next::Separator => match self.open.last() {
                    None => return if self.at == self.bytes.len() { Ok(()) } else { Err(Flaw::NotJson) },
                    Some(&open) => self.separator(open)?,
                },
            };
        }
    }

    #[inline]
    fn value(&mut self) -> Result<Next, Flaw> {
        match self.peek()? {
            b'"' => {
                self.string()?;
                Ok(Next::Separator)
            }
            opening @ (b'{' | b'[') => self.open(opening),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    #[inline]
    fn open(&mut self, opening: u8) -> Result<Next, Flaw> {
        if self.open.len() == self.levels_max {
            return Err(Flaw::TooDeep);
        }
        let entry = self.entries.len() as u32;
        self.entries.push(Entry { start: self.at as u32, end: 0, after: 0 });
        self.open.push(entry);
        self.at += 1;
        self.skip_blanks();
        match (opening, self.peek()?) {
            (b'{', b'}') | (b'[', b']') => Ok(self.close(entry)),
            (b'{', _) => Ok(Next::Name),
            _ => Ok(Next::Value),
        }
    }

    fn close(&mut self, entry: u32) -> Next {
        self.at += 1;
        let after = self.entries.len() as u32;
        let closed = &mut self.entries[entry as usize];
        (closed.end, closed.after) = (self.at as u32, after);
        self.open.pop();
        Next::Separator
    }

    #[inline]
    fn name(&mut self) -> Result<Next, Flaw> {
        if self.peek()? != b'"' {
            return Err(Flaw::NotJson);
        }
        self.string()?;
        self.skip_blanks();
        if self.peek()? != b':' {
            return Err(Flaw::NotJson);
        }
        self.at += 1;
        Ok(Next::Value)
    }

    #[inline]
    fn separator(&mut self, open: u32) -> Result<Next, Flaw> {
        let in_object = self.bytes[self.entries[open as usize].start as usize] == b'{';
        match (self.peek()?, in_object) {
            (b',', true) => {
                self.at += 1;
                Ok(Next::Name)
            }
            (b',', false) => {
                self.at += 1;
                Ok(Next::Value)
            }
            (b'}', true) | (b']', false) => Ok(self.close(open)),
            _ => Err(Flaw::NotJson),
        }
    }

    #[inline]
    fn string(&mut self) -> Result<(), Flaw> {
        let start = self.at;
        self.at += 1;
        loop {
            self.at = plain_until(self.bytes, self.at);
            match self.peek()? {
                b'"' => break,
                b'\\' => self.escape()?,
                _ => return Err(Flaw::NotJson),
            }
        }
        self.at += 1;
        self.push(start);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Flaw> {
        let length = match self.bytes.get(self.at + 1).ok_or(Flaw::NotJson)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
            b'u' => {
                let digits = self.bytes.get(self.at + 2..self.at + 6).ok_or(Flaw::NotJson)?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(Flaw::NotJson);
                }
                6
            }
            _ => return Err(Flaw::NotJson),
        };
        self.at += length;
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Result<Next, Flaw> {
        if !self.bytes[self.at..].starts_with(word) {
            return Err(Flaw::NotJson);
        }
        let start = self.at;
        self.at += word.len();
        self.push(start);
        Ok(Next::Separator)
    }

    fn number(&mut self) -> Result<Next, Flaw> {
        let start = self.at;
        self.skip_one(b"-");
        if !self.skip_one(b"0") {
            self.digits()?;
        }
        if self.skip_one(b".") {
            self.digits()?;
        }
        if self.skip_one(b"eE") {
            self.skip_one(b"+-");
            self.digits()?;
        }
        self.push(start);
        Ok(Next::Separator)
    }

    fn digits(&mut self) -> Result<(), Flaw> {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(Flaw::NotJson) }
    }

    fn skip_one(&mut self, of: &[u8]) -> bool {
        let found = self.bytes.get(self.at).is_some_and(|byte| of.contains(byte));
        self.at += usize::from(found);
        found
    }

    #[inline]
    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    #[inline]
    fn peek(&self) -> Result<u8, Flaw> {
        self.bytes.get(self.at).copied().ok_or(Flaw::NotJson)
    }

    /// Something without parts ends here.
    #[inline]
    fn push(&mut self, start: usize) {
        let after = self.entries.len() as u32 + 1;
        self.entries.push(Entry { start: start as u32, end: self.at as u32, after });
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IgnoredAny;

    use super::*;

    fn is_valid(text: &str) -> bool {
        Tape::read(text, 64).is_ok()
    }

    #[test]
    fn what_is_not_strictly_json_has_no_tape() {
        for good in [
            "{}",
            " [1, 2.5e+10, \"\\u00e9\\n\"] ",
            "null",
            "-0",
            r#"{"a":{"b":[true,false,null]}}"#,
            r#""\ud800""#,
            "[1e400,{}]",
        ] {
            assert!(is_valid(good), "{good}");
        }
        for bad in [
            "",
            "{",
            "{}{}",
            "[1,]",
            "[,1]",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{\"a\":{\"b\":1 2}}",
            "[01]",
            "[1.]",
            "[.5]",
            "[+1]",
            "\"\u{1}\"",
            "[\"\\x\"]",
            "[\"\\u12\"]",
            "nul",
            "{a:1}",
            "{'a':1}",
            "[1 2]",
            "NaN",
            "{\"a\":tru}",
            "[\"a\nb\"]",
            "{\"a\":[1}]}",
            "{1:2}",
            "[}",
            "{]",
            "-",
            "1e",
            "\"",
            "\"\\",
            "{\"a\":}",
            "{,}",
            "\u{feff}{}",
            "[1]]",
        ] {
            assert!(!is_valid(bad), "{bad}");
        }
    }

    #[test]
    fn every_entry_knows_its_text_and_what_follows_it() {
        let text = r#" {"a" : [1, {"b":"c\"]"}], "d":null} "#;
        let tape = Tape::read(text, 64).unwrap();
        let seen: Vec<_> =
            tape.entries().iter().map(|entry| (&text[entry.start as usize..entry.end as usize], entry.after)).collect();
        let whole = text.trim();
        assert_eq!(
            seen,
            [
                (whole, 9),
                ("\"a\"", 2),
                (r#"[1, {"b":"c\"]"}]"#, 7),
                ("1", 4),
                (r#"{"b":"c\"]"}"#, 7),
                ("\"b\"", 6),
                (r#""c\"]""#, 7),
                ("\"d\"", 8),
                ("null", 9),
            ]
        );
    }

    #[test]
    fn depth_is_bounded_and_counted_outside_of_strings_only() {
        let flaw = |text, levels_max| Tape::read(text, levels_max).err();
        assert_eq!(flaw(r#"[["[[[["]]"#, 2), None);
        assert_eq!(flaw(r#"[[["\""]]]"#, 2), Some(Flaw::TooDeep));
        assert_eq!(flaw(r#"["\"[[["]"#, 1), None);
        assert_eq!(flaw(&"[".repeat(500_000), 64), Some(Flaw::TooDeep));
    }

    /// Pieces that meet at random give every kind of text that is nearly JSON.
    #[test]
    fn an_independent_reader_takes_and_refuses_the_same_texts() {
        const PIECES: [&str; 34] = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "\\u00e9",
            "\\ud800",
            "\\n",
            "\"a\"",
            "\"long enough for a block of bytes\"",
            "é",
            " ",
            "\n",
            "\t",
            "\u{1}",
            "0",
            "1",
            "-",
            ".",
            "e",
            "E+",
            "12.5e-3",
            "true",
            "false",
            "null",
            "{\"a\":1}",
            "[]",
            "{}",
            "\"\":",
            "\"k\":",
            "nul",
        ];
        let mut random = 0x9E37_79B9_7F4A_7C15u64;
        let mut below = |bound: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) as usize % bound
        };
        let (mut valid, mut text) = (0, String::new());
        for round in 0..400_000 {
            // Half of the texts are changes of a good one: those fail late, where mistakes hide.
            if round % 2 == 0 {
                text.clear();
                for _ in 0..1 + below(9) {
                    text.push_str(PIECES[below(PIECES.len())]);
                }
            } else {
                text = r#"{"batch":[{"a":"x\u00e9","n":-1.5e3,"l":[true,null]},{"b":{}}],"sentAt":"now"}"#.to_owned();
                for _ in 0..1 + below(2) {
                    let place = (0..=below(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
                    text.insert_str(place, PIECES[below(PIECES.len())]);
                }
            }
            let expected = serde_json::from_str::<IgnoredAny>(&text).is_ok();
            assert_eq!(is_valid(&text), expected, "{text:?}");
            valid += usize::from(expected);
        }
        assert!(valid > 1_000, "the texts are to be of both kinds; {valid} were valid");
    }
}
