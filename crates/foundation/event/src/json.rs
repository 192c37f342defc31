//! Small facts about JSON text that the parser does not tell.

use std::borrow::Cow;
use std::collections::HashMap;

use sonic_rs::LazyValue;

/// What stands in a JSON text, by its first byte. The text is valid JSON without surrounding blanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

pub(crate) fn kind(raw: &str) -> Kind {
    match raw.as_bytes().first() {
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b'"') => Kind::String,
        Some(b't' | b'f') => Kind::Bool,
        Some(b'n') => Kind::Null,
        _ => Kind::Number,
    }
}

/// Whether the text is `[]`, which PHP sends for an empty map.
pub(crate) fn is_empty_array(raw: &str) -> bool {
    raw.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).is_some_and(|inner| inner.trim().is_empty())
}

/// The members of an object in order, names unescaped, values as they are written; of a repeated name the last counts.
///
/// `None` where the text is not a valid JSON object.
pub(crate) fn members(text: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    let mut members: Vec<(Cow<'_, str>, &str)> = Vec::with_capacity(16);
    // Names are compared one by one while there are few; an object with many gets an index.
    let mut index: Option<HashMap<Cow<'_, str>, usize>> = None;
    for member in sonic_rs::to_object_iter(text) {
        let (name, value) = member.ok()?;
        let value = raw(text, &value);
        let known = match &index {
            Some(index) => index.get(&name).copied(),
            None => members.iter().position(|(known, _)| *known == name),
        };
        match known {
            Some(at) => members[at].1 = value,
            None => {
                if let Some(index) = &mut index {
                    index.insert(name.clone(), members.len());
                }
                members.push((name, value));
            }
        }
        if index.is_none() && members.len() > COMPARED_MAX {
            index = Some(members.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect());
        }
    }
    Some(members)
}

/// Members up to which comparing names one by one is cheaper than hashing them.
const COMPARED_MAX: usize = 32;

/// The items of an array as they are written. `None` where the text is not a valid JSON array.
pub(crate) fn items(text: &str) -> Option<Vec<&str>> {
    sonic_rs::to_array_iter(text).map(|item| item.ok().map(|item| raw(text, &item))).collect()
}

/// The value's text with the lifetime of the text it stands in: a lazy value only lends it for its own.
fn raw<'a>(text: &'a str, value: &LazyValue<'a>) -> &'a str {
    let raw = value.as_raw_str();
    let start = raw.as_ptr() as usize - text.as_ptr() as usize;
    &text[start..start + raw.len()]
}

/// The text of a JSON string, unescaped; lone surrogates read as U+FFFD. `None` for anything else.
pub(crate) fn string(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    let clean = without_lone_surrogates(raw);
    sonic_rs::from_str::<String>(&clean).ok().map(Cow::Owned)
}

/// Writes a text as a JSON string.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("a string is always written to memory");
}

/// Whether objects and lists nest deeper than `levels_max`. Reads any bytes, valid JSON or not, in one pass.
pub(crate) fn nests_deeper_than(bytes: &[u8], levels_max: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for &byte in bytes {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > levels_max {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// Puts valid JSON on one line: line breaks and tabs stand only between tokens, where they mean nothing.
pub(crate) fn to_one_line(json: &mut Vec<u8>) {
    if memchr::memchr3(b'\n', b'\r', b'\t', json).is_some() {
        json.retain(|byte| !matches!(byte, b'\n' | b'\r' | b'\t'));
    }
}

/// Replaces each escaped surrogate that has no partner by U+FFFD, so that every reader accepts the text.
pub(crate) fn without_lone_surrogates(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let mut clean: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        at += found;
        match surrogate(&bytes[at..]) {
            Some(0xD800..=0xDBFF) if matches!(surrogate(&bytes[at + 6..]), Some(0xDC00..=0xDFFF)) => at += 12,
            Some(_) => {
                clean.get_or_insert_with(|| bytes.to_vec())[at..at + 6].copy_from_slice(b"\\ufffd");
                at += 6;
            }
            None => at += 2,
        }
        if at >= bytes.len() {
            break;
        }
    }
    match clean {
        None => Cow::Borrowed(json),
        Some(clean) => Cow::Owned(String::from_utf8(clean).expect("ASCII was replaced by ASCII")),
    }
}

/// The code unit of the `\uXXXX` that the bytes begin with, if it is a surrogate.
fn surrogate(bytes: &[u8]) -> Option<u16> {
    let hex = bytes.strip_prefix(b"\\u")?.get(..4)?;
    let unit = u16::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?;
    (0xD800..=0xDFFF).contains(&unit).then_some(unit)
}

/// Whether the text is one valid JSON value and nothing else.
pub(crate) fn is_valid(text: &str) -> bool {
    sonic_rs::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_repeated_names_counts_however_many_there_are() {
        assert_eq!(members(r#"{"a":1, "b" : [2] ,"\u0061":3}"#).unwrap(), [("a".into(), "3"), ("b".into(), "[2]")]);
        let many: String = (0..100).map(|n| format!("\"k{}\":{n},", n % 50)).collect();
        let text = format!("{{{}}}", many.trim_end_matches(','));
        let members = members(&text).unwrap();
        assert_eq!(members.len(), 50);
        assert_eq!(members[7], ("k7".into(), "57"));
    }

    #[test]
    fn what_is_not_strictly_json_is_not_valid() {
        for good in
            ["{}", " [1, 2.5e+10, \"\\u00e9\\n\"] ", "null", "-0", r#"{"a":{"b":[true,false,null]}}"#, r#""\ud800""#]
        {
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
        ] {
            assert!(!is_valid(bad), "{bad}");
        }
    }

    #[test]
    fn a_lone_surrogate_becomes_the_replacement_character_and_pairs_stay() {
        for (json, clean) in [
            (r#""\ud800""#, r#""\ufffd""#),
            (r#""\uD83D\uDE00""#, r#""\uD83D\uDE00""#),
            (r#""\uDE00\uD83D""#, r#""\ufffd\ufffd""#),
            (r#""\ud800\ud800\udc00""#, r#""\ufffd\ud800\udc00""#),
            (r#""\\ud800""#, r#""\\ud800""#),
            (r#""\ud800\\""#, r#""\ufffd\\""#),
            (r#""a\"\ud8""#, r#""a\"\ud8""#),
        ] {
            assert_eq!(without_lone_surrogates(json), clean);
        }
    }

    #[test]
    fn nesting_is_counted_outside_of_strings_only() {
        assert!(!nests_deeper_than(br#"[["[[[["]]"#, 2));
        assert!(nests_deeper_than(br#"[[["\""]]]"#, 2));
        assert!(!nests_deeper_than(br#"["\"[[["]"#, 1));
    }
}
