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
pub struct Tape {
    entries: Vec<Entry>,
}

/// Why a text has no tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is not one JSON value and nothing else.
    NotJson,
    /// Objects and lists nest deeper than allowed.
    TooDeep,
}

thread_local! {
    static SPARE: Cell<Vec<Entry>> = const { Cell::new(Vec::new()) };
}

impl Tape {
    /// Reads a text whose objects and lists nest at most `levels_max` deep.
    pub fn read(text: &str, levels_max: usize) -> Result<Self, Flaw> {
        let mut entries = SPARE.take();
        entries.clear();
        // Kept in a tape from here on, so that the memory is used again whatever happens.
        let mut tape = Self { entries };
        if u32::try_from(text.len()).is_err() {
            return Err(Flaw::NotJson);
        }
        Pass { bytes: text.as_bytes(), entries: &mut tape.entries, open: Vec::new(), levels_max }.run()?;
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
    entries: &'a mut Vec<Entry>,
    /// The objects and lists that are not closed yet.
    open: Vec<Open>,
    levels_max: usize,
}

#[derive(Clone, Copy)]
struct Open {
    entry: u32,
    is_object: bool,
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
    /// The place is handed from step to step and kept nowhere else, so that it stays in a register.
    fn run(&mut self) -> Result<(), Flaw> {
        let mut at = self.skip_blanks(0);
        let mut next = Next::Value;
        loop {
            if let Next::Name = next {
                at = self.name(at)?;
                next = Next::Value;
            }
            if let Next::Value = next {
                (at, next) = self.value(at)?;
            }
            while let Next::Separator = next {
                let Some(&open) = self.open.last() else {
                    return if at == self.bytes.len() { Ok(()) } else { Err(Flaw::NotJson) };
                };
                (at, next) = self.separator(at, open)?;
            }
        }
    }

    #[inline(always)]
    fn value(&mut self, at: usize) -> Result<(usize, Next), Flaw> {
        let end = match self.peek(at)? {
            b'"' => self.string(at)?,
            opening @ (b'{' | b'[') => return self.open(at, opening == b'{'),
            b't' => self.word(at, b"true")?,
            b'f' => self.word(at, b"false")?,
            b'n' => self.word(at, b"null")?,
            _ => self.number(at)?,
        };
        self.push(at, end);
        Ok((self.skip_blanks(end), Next::Separator))
    }

    fn open(&mut self, at: usize, is_object: bool) -> Result<(usize, Next), Flaw> {
        if self.open.len() == self.levels_max {
            return Err(Flaw::TooDeep);
        }
        let open = Open { entry: self.entries.len() as u32, is_object };
        self.entries.push(Entry { start: at as u32, end: 0, after: 0 });
        self.open.push(open);
        let at = self.skip_blanks(at + 1);
        match (is_object, self.peek(at)?) {
            (true, b'}') | (false, b']') => Ok((self.close(at, open), Next::Separator)),
            (true, _) => Ok((at, Next::Name)),
            (false, _) => Ok((at, Next::Value)),
        }
    }

    fn close(&mut self, at: usize, open: Open) -> usize {
        let after = self.entries.len() as u32;
        let closed = &mut self.entries[open.entry as usize];
        (closed.end, closed.after) = (at as u32 + 1, after);
        self.open.pop();
        self.skip_blanks(at + 1)
    }

    #[inline(always)]
    fn name(&mut self, at: usize) -> Result<usize, Flaw> {
        if self.peek(at)? != b'"' {
            return Err(Flaw::NotJson);
        }
        let end = self.string(at)?;
        self.push(at, end);
        let at = self.skip_blanks(end);
        if self.peek(at)? != b':' {
            return Err(Flaw::NotJson);
        }
        Ok(self.skip_blanks(at + 1))
    }

    #[inline(always)]
    fn separator(&mut self, at: usize, open: Open) -> Result<(usize, Next), Flaw> {
        match (self.peek(at)?, open.is_object) {
            (b',', true) => Ok((self.skip_blanks(at + 1), Next::Name)),
            (b',', false) => Ok((self.skip_blanks(at + 1), Next::Value)),
            (b'}', true) | (b']', false) => Ok((self.close(at, open), Next::Separator)),
            _ => Err(Flaw::NotJson),
        }
    }

    /// The end of the string that begins here.
    #[inline(always)]
    fn string(&self, start: usize) -> Result<usize, Flaw> {
        let mut at = start + 1;
        loop {
            at = plain_until(self.bytes, at);
            match self.peek(at)? {
                b'"' => return Ok(at + 1),
                b'\\' => at = self.escape(at)?,
                _ => return Err(Flaw::NotJson),
            }
        }
    }

    fn escape(&self, at: usize) -> Result<usize, Flaw> {
        match self.peek(at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(at + 2),
            b'u' => {
                let digits = self.bytes.get(at + 2..at + 6).ok_or(Flaw::NotJson)?;
                if digits.iter().all(u8::is_ascii_hexdigit) { Ok(at + 6) } else { Err(Flaw::NotJson) }
            }
            _ => Err(Flaw::NotJson),
        }
    }

    fn word(&self, at: usize, word: &[u8]) -> Result<usize, Flaw> {
        if self.bytes[at..].starts_with(word) { Ok(at + word.len()) } else { Err(Flaw::NotJson) }
    }

    fn number(&self, start: usize) -> Result<usize, Flaw> {
        let mut at = start + usize::from(self.is_one_of(start, b"-"));
        at = if self.is_one_of(at, b"0") { at + 1 } else { self.digits(at)? };
        if self.is_one_of(at, b".") {
            at = self.digits(at + 1)?;
        }
        if self.is_one_of(at, b"eE") {
            at += 1;
            at = self.digits(at + usize::from(self.is_one_of(at, b"+-")))?;
        }
        Ok(at)
    }

    fn digits(&self, start: usize) -> Result<usize, Flaw> {
        let mut at = start;
        while self.bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        if at > start { Ok(at) } else { Err(Flaw::NotJson) }
    }

    fn is_one_of(&self, at: usize, of: &[u8]) -> bool {
        self.bytes.get(at).is_some_and(|byte| of.contains(byte))
    }

    /// Mostly there are none: SDKs write compact JSON.
    #[inline(always)]
    fn skip_blanks(&self, mut at: usize) -> usize {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(at) {
            at += 1;
        }
        at
    }

    #[inline(always)]
    fn peek(&self, at: usize) -> Result<u8, Flaw> {
        self.bytes.get(at).copied().ok_or(Flaw::NotJson)
    }

    /// Adds something without parts.
    #[inline(always)]
    fn push(&mut self, start: usize, end: usize) {
        let after = self.entries.len() as u32 + 1;
        self.entries.push(Entry { start: start as u32, end: end as u32, after });
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
