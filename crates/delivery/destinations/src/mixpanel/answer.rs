//! What Mixpanel's answers mean.

use std::collections::HashMap;

use http::StatusCode;
use prime_destination::{Item, Judgement, Outcome, Reply, Verdict, code, judge_by_status};
use prime_event::Timestamp;
use serde::Deserialize;

/// What `/import` says of a batch.
#[derive(Deserialize)]
struct Import {
    num_records_imported: Option<u64>,
    #[serde(default)]
    failed_records: Vec<FailedRecord>,
}

/// An event that failed validation.
#[derive(Deserialize)]
struct FailedRecord {
    index: Option<u64>,
    /// The name has a dollar in older answers.
    #[serde(alias = "$insert_id")]
    insert_id: Option<String>,
    field: Option<String>,
}

/// What `/engage` and `/groups` say with `verbose=1`.
#[derive(Deserialize)]
struct Profiles {
    status: u64,
}

/// With `strict=1` a 200 means that all were imported. A 400 names those that were not; the others were imported.
pub(super) fn of_import(items: &[Item], reply: &Reply, now: Timestamp) -> Judgement {
    let Reply::Response(response) = reply else { return Judgement::Alike(verdict(reply, now)) };
    let refused = response.status == StatusCode::BAD_REQUEST;
    match serde_json::from_slice::<Import>(&response.body) {
        Ok(import) if !import.failed_records.is_empty() && (refused || response.status.is_success()) => {
            each(items, &import)
        }
        // A 400 without a list, or with one that broke off. Sending events again that were imported does no harm, as Mixpanel
        // knows them by `$insert_id`; halves have shorter answers.
        _ => Judgement::of_whole(verdict(reply, now)),
    }
}

fn each(items: &[Item], import: &Import) -> Judgement {
    let places: HashMap<String, usize> =
        items.iter().enumerate().map(|(place, item)| (item.idempotency_key.to_string(), place)).collect();
    let mut failed: Vec<Option<&FailedRecord>> = vec![None; items.len()];
    let mut unknown = false;
    for record in &import.failed_records {
        match place(&places, record) {
            Some(place) => failed[place] = Some(record),
            None => unknown = true,
        }
    }
    let (count, listed) = (items.len() as u64, failed.iter().flatten().count() as u64);
    // Events that are not in the list were imported, if the numbers say so, too.
    let adds_up = !unknown && import.num_records_imported == Some(count - listed);
    let taken = if adds_up {
        Verdict::new(Outcome::Delivered, "200", "Mixpanel imported the event.")
    } else {
        let sentence =
            "Mixpanel refused events of the batch and its numbers do not tell which; the event is tried again.";
        Verdict::new(Outcome::RetryWithBackoff, code::RETRY, sentence)
    };
    let verdict_of = |record: &Option<&FailedRecord>| match record {
        Some(record) => refusal(record),
        None => taken.clone(),
    };
    Judgement::Each(failed.iter().map(verdict_of).collect())
}

/// The item that a record is about: by its id, as places may shift, else by its place.
fn place(places: &HashMap<String, usize>, record: &FailedRecord) -> Option<usize> {
    let by_id = record.insert_id.as_deref().filter(|id| !id.is_empty());
    match by_id {
        Some(id) => places.get(id).copied(),
        None => record.index.and_then(|index| usize::try_from(index).ok()).filter(|index| *index < places.len()),
    }
}

fn refusal(record: &FailedRecord) -> Verdict {
    let sentence = match record.field.as_deref() {
        Some("properties.time") => {
            "Mixpanel refused the event for its time: it takes times after 1970 and up to one hour from now."
        }
        Some("properties.distinct_id") => {
            "Mixpanel refused the event for its distinct_id; ids such as null, anonymous or 0 are not taken."
        }
        Some("properties.$insert_id") => "Mixpanel refused the event for its $insert_id.",
        Some("event") => "Mixpanel refused the event for its name.",
        _ => "Mixpanel refused one of the event's properties; its answer names it.",
    };
    Verdict::new(Outcome::DataWrong, "400", sentence)
}

/// `/engage` and `/groups` answer 200 to everything they could read, with a status of 0 if they took nothing.
pub(super) fn of_profiles(reply: &Reply, now: Timestamp) -> Judgement {
    let verdict = verdict(reply, now);
    let Reply::Response(response) = reply else { return Judgement::Alike(verdict) };
    if verdict.outcome != Outcome::Delivered {
        return Judgement::of_whole(verdict);
    }
    let status = match serde_json::from_slice::<Profiles>(&response.body) {
        Ok(profiles) => Some(profiles.status),
        // Without `verbose` the body is the number alone.
        Err(_) => serde_json::from_slice::<u64>(&response.body).ok(),
    };
    match status {
        Some(1) => Judgement::Alike(Verdict::new(Outcome::Delivered, "200", "Mixpanel took the update.")),
        Some(0) => {
            let sentence = "Mixpanel refused the update; its answer says why.";
            Judgement::Split(Verdict::new(Outcome::DataWrong, code::MESSAGE_REJECTED, sentence))
        }
        _ => {
            let sentence =
                "Mixpanel's answer cannot be read, so it is not known whether it took the update; it is tried again.";
            Judgement::Alike(Verdict::new(Outcome::RetryWithBackoff, code::RETRY, sentence))
        }
    }
}

/// The status rule, in Mixpanel's terms where it has any.
fn verdict(reply: &Reply, now: Timestamp) -> Verdict {
    let mut verdict = judge_by_status(reply, now);
    let Reply::Response(response) = reply else { return verdict };
    let sentence = match response.status.as_u16() {
        200 => "Mixpanel imported the event.",
        400 => "Mixpanel refused the request as it could not read it; its answer says why.",
        401 => {
            "Mixpanel did not accept the credentials; check the project token, the service account and the data residency."
        }
        403 => "Mixpanel forbids the request; the service account must be an owner or an admin of the project.",
        413 => "Mixpanel finds the event too large; it takes events below one megabyte.",
        429 => "The Mixpanel project is over its rate limit; the event is tried again after a pause.",
        _ => return verdict,
    };
    verdict.reason.sentence = sentence.into();
    verdict
}
