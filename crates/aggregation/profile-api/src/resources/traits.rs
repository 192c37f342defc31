use std::collections::BTreeMap;
use std::ops::Bound;

use prime_event::Timestamp;

use super::{Answer, Asked};
use crate::computed::ComputedClass;
use crate::cursor::put_cursor;
use crate::error::ApiError;
use crate::json::{put_comma, put_member, put_raw, put_text};
use crate::query::bad_cursor;

const LIMIT_MAX: usize = 200;

struct Shown {
    class: Option<ComputedClass>,
    value: Box<str>,
    source_id: Box<str>,
    updated_at: Timestamp,
}

/// A page of traits, in order of their names: a next page begins after the last name, whatever changed meanwhile.
pub(crate) fn traits(asked: &Asked<'_>) -> Answer {
    let query = asked.query;
    let limit = query.limit(LIMIT_MAX)?;
    let verbose = query.flag("verbose")?;
    let include = query.names("include");
    let class = match query.get("class").map(|text| (text, ComputedClass::parse(text))) {
        None => None,
        Some((_, Some(class))) => Some(class),
        Some(_) => return Err(ApiError::Validation("The parameter class takes audience or computed_trait.".into())),
    };
    let after = query.next()?.map(|bytes| String::from_utf8(bytes).map_err(|_| bad_cursor())).transpose()?;
    let all = all(asked)?;
    let from = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let mut page = all
        .range::<str, _>((from, Bound::Unbounded))
        .filter(|(name, shown)| {
            (include.is_empty() || include.contains(name)) && (class.is_none() || shown.class == class)
        })
        .peekable();
    let mut out = br#"{"traits":{"#.to_vec();
    let mut last = None;
    for (name, shown) in page.by_ref().take(limit) {
        put_trait(&mut out, name, shown, verbose);
        last = Some(name);
    }
    out.extend_from_slice(b"},");
    let next = last.filter(|_| page.peek().is_some());
    put_cursor(&mut out, asked.url, limit, next.map(|name| name.as_bytes()));
    out.push(b'}');
    Ok(out)
}

/// What people sent, and over it what was computed under the same name.
fn all(asked: &Asked<'_>) -> Result<BTreeMap<Box<str>, Shown>, ApiError> {
    let profile = asked.reader.profile(asked.profile)?;
    let sent = profile.traits().iter().map(|(name, value)| {
        let shown = Shown {
            class: None,
            value: value.value.clone(),
            source_id: value.stamp.source.as_str().into(),
            updated_at: value.stamp.timestamp,
        };
        (Box::from(name), shown)
    });
    let mut all: BTreeMap<_, _> = sent.collect();
    all.extend(asked.space.computed_traits(asked.profile).into_iter().map(|computed| {
        let shown = Shown {
            class: Some(computed.class),
            value: computed.value.into(),
            source_id: computed.source_id.into(),
            updated_at: computed.updated_at,
        };
        (computed.name.into(), shown)
    }));
    Ok(all)
}

fn put_trait(out: &mut Vec<u8>, name: &str, shown: &Shown, verbose: bool) {
    if !verbose {
        put_raw(out, name, &shown.value);
        return;
    }
    put_comma(out);
    put_text(out, name);
    out.extend_from_slice(b":{");
    put_raw(out, "value", &shown.value);
    put_member(out, "source_id", &shown.source_id);
    put_member(out, "updated_at", &shown.updated_at.to_string());
    out.push(b'}');
}
