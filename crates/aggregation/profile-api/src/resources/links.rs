use std::cmp::Reverse;
use std::collections::BinaryHeap;

use prime_profiles::{FragmentId, ProfileRef};

use super::{Answer, Asked, identifiers, put_identifier};
use crate::cursor::put_cursor;
use crate::error::ApiError;
use crate::json::{put_comma, put_member, put_name};
use crate::query::bad_cursor;

const LIMIT_MAX: usize = 20;

/// The accounts of a person, or the people of an account. Each comes at its first linked fragment, so paging through a
/// large account is in order and repeats nobody.
pub(crate) fn links(asked: &Asked<'_>) -> Answer {
    let limit = asked.query.limit(LIMIT_MAX)?;
    let after = asked.query.next()?.map(|bytes| bytes.try_into().map(FragmentId::from_bytes).map_err(|_| bad_cursor()));
    let after = after.transpose()?;
    let mut out = br#"{"data":["#.to_vec();
    let (mut shown, mut last, mut has_more) = (0, None, false);
    for target in linked(asked, after)? {
        let target = target?;
        let Some(profile) = asked.reader.profile_with(target)? else { continue };
        if !is_first_of(asked, &profile, target)? {
            continue;
        }
        if shown == limit {
            has_more = true;
            break;
        }
        put_comma(&mut out);
        put_link(&mut out, asked, &profile)?;
        shown += 1;
        last = Some(target);
    }
    out.extend_from_slice(b"],");
    let next = last.filter(|_| has_more);
    put_cursor(&mut out, asked.url, limit, next.as_ref().map(|next| &next.as_bytes()[..]));
    out.push(b'}');
    Ok(out)
}

/// All fragments that any member is linked to, in order, each once.
fn linked(
    asked: &Asked<'_>,
    after: Option<FragmentId>,
) -> Result<impl Iterator<Item = Result<FragmentId, ApiError>>, ApiError> {
    let mut links: Vec<_> =
        asked.profile.members.iter().map(|member| asked.reader.links(member.fragment, after)).collect();
    let mut fronts = BinaryHeap::new();
    for (place, links) in links.iter_mut().enumerate() {
        if let Some(link) = links.next() {
            fronts.push(Reverse((link?.to, place)));
        }
    }
    let mut last = None;
    Ok(std::iter::from_fn(move || {
        loop {
            let Reverse((to, place)) = fronts.pop()?;
            match links[place].next() {
                Some(Ok(link)) => fronts.push(Reverse((link.to, place))),
                Some(Err(error)) => return Some(Err(error.into())),
                None => {}
            }
            if last != Some(to) {
                last = Some(to);
                return Some(Ok(to));
            }
        }
    }))
}

/// Whether no earlier fragment of the same profile is linked too.
fn is_first_of(asked: &Asked<'_>, profile: &ProfileRef, target: FragmentId) -> Result<bool, ApiError> {
    for earlier in profile.members.iter().map(|member| member.fragment).filter(|fragment| *fragment < target) {
        for member in &asked.profile.members {
            if asked.reader.link(member.fragment, earlier)?.is_some() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn put_link(out: &mut Vec<u8>, asked: &Asked<'_>, profile: &ProfileRef) -> Result<(), ApiError> {
    out.push(b'{');
    put_member(out, "to_collection", asked.collection.other().as_str());
    put_name(out, "external_ids");
    out.push(b'[');
    let rows = asked.reader.rows(profile)?;
    for row in identifiers(&rows) {
        put_comma(out);
        put_identifier(out, row, false);
    }
    out.extend_from_slice(b"]}");
    Ok(())
}
