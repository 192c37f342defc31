//! Facts about pieces of JSON text.

use std::borrow::Cow;

/// What a string means: its text without quotes, unescaped; lone surrogates read as U+FFFD. `raw` is a valid JSON string.
#[inline]
pub(super) fn unescaped(raw: &str) -> Cow<'_, str> {
    let inner = &raw[1..raw.len() - 1];
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Cow::Borrowed(inner);
    }
    let text: String = serde_json::from_str(&without_lone_surrogates(raw)).expect("it was read as a string before");
    Cow::Owned(text)
}

/// Writes a text as a JSON string.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
        return;
    }
    serde_json::to_writer(out, text).expect("a string is always written to memory");
}

/// Puts valid JSON on one line: line breaks and tabs stand only between tokens, where they mean nothing.
pub(crate) fn to_one_line(json: &mut Vec<u8>) {
    json.retain(|byte| !matches!(byte, b'\n' | b'\r' | b'\t'));
}

/// Whether [`to_one_line`] would change nothing.
pub(crate) fn is_one_line(json: &[u8]) -> bool {
    memchr::memchr3(b'\n', b'\r', b'\t', json).is_none()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_read_with_its_escapes() {
        for (raw, text) in
            [(r#""""#, ""), (r#""a b""#, "a b"), (r#""\u00e9\n\"""#, "é\n\""), (r#""\ud800x""#, "\u{fffd}x")]
        {
            assert_eq!(unescaped(raw), text);
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
}
