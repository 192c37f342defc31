use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::json::put_text;

/// What stands below a page: how to get the next one.
pub(crate) fn put_cursor(out: &mut Vec<u8>, url: &str, limit: usize, next: Option<&[u8]>) {
    out.extend_from_slice(b"\"cursor\":{\"url\":");
    put_text(out, url);
    let has_more = next.is_some();
    let next = next.map(|next| BASE64_URL_SAFE_NO_PAD.encode(next)).unwrap_or_default();
    out.extend_from_slice(format!(",\"has_more\":{has_more},\"next\":\"{next}\",\"limit\":{limit}}}").as_bytes());
}
