use std::collections::HashMap;
use std::sync::LazyLock;

use prime_event::MessageType;
use prime_profiles::history::{Cursor, HistoryEntry, HistoryFilter, Order, PageLimits};
use prime_profiles::{FragmentId, Identifier};

use super::{Answer, Asked};
use crate::cursor::put_cursor;
use crate::error::ApiError;
use crate::json::{put_comma, put_member, put_name, put_raw, put_text};
use crate::query::bad_cursor;

/// Ten times what Segment gives at once.
const LIMIT_MAX: usize = 1_000;
/// A page of the largest events ends here, whatever its limit.
const PAGE_BYTES_MAX: usize = 8 << 20;
/// Some ten milliseconds of looking for rare events; then the page ends early and the next one goes on.
const LOOKED_AT_MAX: usize = 20_000;

/// A page of a profile's events.
pub(crate) fn events(asked: &Asked<'_>) -> Answer {
    let query = asked.query;
    let limit = query.limit(LIMIT_MAX)?;
    let order = match query.get("sort") {
        None | Some("desc") => Order::NewestFirst,
        Some("asc") => Order::OldestFirst,
        Some(_) => return Err(ApiError::Validation("The parameter sort takes asc or desc.".into())),
    };
    let filter = HistoryFilter {
        start: query.time("start")?,
        end: query.time("end")?,
        include: query.names("include"),
        exclude: query.names("exclude"),
    };
    let cursor = query.next()?.map(|bytes| Cursor::from_bytes(&bytes).map_err(|_| bad_cursor())).transpose()?;
    let limits = PageLimits { entries_max: limit, bytes_max: PAGE_BYTES_MAX, looked_at_max: LOOKED_AT_MAX };
    let page = asked.reader.history(asked.profile, order, cursor, &filter, limits)?;

    let related = asked.space.profile_id(asked.profile.number);
    let mut names = Names { asked, known: HashMap::new() };
    let mut out = Vec::with_capacity(256 + page.entries.iter().map(|entry| entry.payload.len() + 400).sum::<usize>());
    out.extend_from_slice(br#"{"data":["#);
    for entry in &page.entries {
        put_comma(&mut out);
        put_event(&mut out, entry, &mut names, &related)?;
    }
    out.extend_from_slice(b"],");
    put_cursor(&mut out, asked.url, limit, page.next.map(Cursor::to_bytes).as_deref());
    out.push(b'}');
    Ok(out)
}

fn put_event(
    out: &mut Vec<u8>,
    entry: &HistoryEntry,
    names: &mut Names<'_, '_>,
    related: &str,
) -> Result<(), ApiError> {
    out.extend_from_slice(br#"{"external_ids":["#);
    for fragment in std::iter::once(&entry.owner).chain(&entry.named) {
        if let Some(identifier) = names.identifier(*fragment)? {
            put_comma(out);
            out.push(b'{');
            put_member(out, "collection", identifier.collection.as_str());
            put_member(out, "type", &identifier.kind);
            put_member(out, "id", &identifier.value);
            put_member(out, "encoding", "none");
            out.push(b'}');
        }
    }
    out.push(b']');
    let fields = sonic_rs::get_many(&entry.payload, &FIELDS).map_err(|error| {
        tracing::error!(%error, "a stored event is no JSON");
        ApiError::Internal
    })?;
    let raw = |place: usize| fields[place].as_ref().map(|value| value.as_raw_str());
    put_raw(out, "context", raw(0).unwrap_or("{}"));
    put_member(out, "type", entry.kind.as_str());
    put_raw(out, "message_id", raw(1).unwrap_or("null"));
    put_member(out, "source_id", entry.source.as_str());
    put_member(out, "timestamp", &entry.place.timestamp.to_string());
    put_raw(out, "properties", raw(2).unwrap_or("{}"));
    if let Some(traits) = raw(3) {
        put_raw(out, "traits", traits);
    }
    put_name(out, "event");
    match entry.kind {
        MessageType::Page => put_text(out, "Page Viewed"),
        MessageType::Screen => put_text(out, "Screen Viewed"),
        _ => out.extend_from_slice(raw(4).unwrap_or("null").as_bytes()),
    }
    put_name(out, "related");
    out.push(b'{');
    put_member(out, names.asked.collection.as_str(), related);
    out.extend_from_slice(b"}}");
    Ok(())
}

static FIELDS: LazyLock<sonic_rs::PointerTree> = LazyLock::new(|| {
    let mut fields = sonic_rs::PointerTree::new();
    for name in ["context", "messageId", "properties", "traits", "event"] {
        fields.add_path(&[name]);
    }
    fields
});

/// The identifiers of fragments, each read once.
struct Names<'q, 'a> {
    asked: &'q Asked<'a>,
    known: HashMap<FragmentId, Option<Identifier>>,
}

impl Names<'_, '_> {
    fn identifier(&mut self, fragment: FragmentId) -> Result<Option<&Identifier>, ApiError> {
        if !self.known.contains_key(&fragment) {
            let row = self.asked.reader.row(fragment)?;
            self.known.insert(fragment, row.map(|row| row.identifier));
        }
        Ok(self.known[&fragment].as_ref())
    }
}
