use super::{Answer, Asked, identifiers, put_identifier};
use crate::cursor::put_cursor;
use crate::json::put_comma;
use crate::query::bad_cursor;

const LIMIT_MAX: usize = 100;

/// A page of identifiers, in order of type and value. What `verbose` asks for is always there.
pub(crate) fn external_ids(asked: &Asked<'_>) -> Answer {
    let limit = asked.query.limit(LIMIT_MAX)?;
    asked.query.flag("verbose")?;
    let include = asked.query.names("include");
    let after = asked.query.next()?;
    let after = after.as_deref().map(|bytes| split(bytes).ok_or_else(bad_cursor)).transpose()?;
    let rows = asked.reader.rows(asked.profile)?;
    let mut page = identifiers(&rows)
        .into_iter()
        .filter(|(_, row)| include.is_empty() || include.iter().any(|kind| **kind == *row.identifier.kind))
        .filter(|(_, row)| after.is_none_or(|after| (&*row.identifier.kind, &*row.identifier.value) > after))
        .peekable();
    let mut out = br#"{"data":["#.to_vec();
    let mut last = None;
    for row in page.by_ref().take(limit) {
        put_comma(&mut out);
        put_identifier(&mut out, row, true);
        last = Some(&row.1.identifier);
    }
    out.extend_from_slice(b"],");
    let next = last.filter(|_| page.peek().is_some()).map(|last| format!("{}:{}", last.kind, last.value));
    put_cursor(&mut out, asked.url, limit, next.as_deref().map(str::as_bytes));
    out.push(b'}');
    Ok(out)
}

/// Type and value of a cursor; types hold no colon.
fn split(bytes: &[u8]) -> Option<(&str, &str)> {
    std::str::from_utf8(bytes).ok()?.split_once(':')
}
