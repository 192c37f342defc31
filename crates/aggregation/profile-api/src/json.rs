//! Writing JSON around values that are passed on as they were written.

/// A text with quotes, escaped.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(&mut *out, text).expect("memory takes any text");
}

/// `"name":`, with a comma where something stands before it in the same object.
pub(crate) fn put_name(out: &mut Vec<u8>, name: &str) {
    put_comma(out);
    put_text(out, name);
    out.push(b':');
}

pub(crate) fn put_member(out: &mut Vec<u8>, name: &str, text: &str) {
    put_name(out, name);
    put_text(out, text);
}

pub(crate) fn put_raw(out: &mut Vec<u8>, name: &str, json: &str) {
    put_name(out, name);
    out.extend_from_slice(json.as_bytes());
}

/// A comma, unless an object or a list has just been opened.
pub(crate) fn put_comma(out: &mut Vec<u8>) {
    if !matches!(out.last(), Some(b'{' | b'[') | None) {
        out.push(b',');
    }
}
