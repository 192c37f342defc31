use prime_profiles::Stamp;

use super::{Answer, Asked};
use crate::json::{put_member, put_raw};

/// When and by which event a profile began and last changed. What `verbose` asks for is always there.
pub(crate) fn metadata(asked: &Asked<'_>) -> Answer {
    asked.query.flag("verbose")?;
    let profile = asked.reader.profile(asked.profile)?;
    let time = |stamp: &Stamp| format!("\"{}\"", stamp.timestamp);
    let mut out = br#"{"metadata":{"#.to_vec();
    put_raw(&mut out, "created_at", &profile.first().map_or("null".to_owned(), time));
    put_raw(&mut out, "updated_at", &profile.last().map_or("null".to_owned(), time));
    put_raw(&mut out, "expires_at", "null");
    if let (Some(first), Some(last)) = (profile.first(), profile.last()) {
        put_member(&mut out, "first_message_id", &first.message_id);
        put_member(&mut out, "first_source_id", first.source.as_str());
        put_member(&mut out, "last_message_id", &last.message_id);
        put_member(&mut out, "last_source_id", last.source.as_str());
    }
    out.extend_from_slice(b"}}");
    Ok(out)
}
