//! What becomes of each message: pure but for the deduplication's memory, in order, without a clock.

use bytes::Bytes;
use prime_dedupe::{Sighting, Verdict};
use prime_event::{DuplicateRecord, EventRecord, FirstSeen, Origin, RejectedRecord, Rejection};

use crate::candidate::{Candidate, Stage};
use crate::decode::{Decoded, FinalForm, RequestFacts};
use crate::deduplication::Deduplication;
use crate::held::{Held, Known};
use crate::outputs::Outputs;
use crate::tally::{End, Tally};

/// How much of a message or request that does not go on is kept for people to look at.
const ORIGINAL_BYTES_MAX: usize = 32 * 1024;

pub(crate) struct Judge {
    deduplication: Deduplication,
    /// In the order in which they are asked.
    stages: Vec<Box<dyn Stage>>,
    sightings: Vec<Sighting>,
    verdicts: Vec<Verdict>,
}

/// What a stretch of the input became.
#[derive(Default)]
pub(crate) struct Judged {
    /// What is not written yet.
    pub(crate) outputs: Outputs,
    /// All of the stretch.
    pub(crate) tally: Tally,
    /// What is not written yet; the rest was counted by the process before.
    pub(crate) fresh: Tally,
}

/// Where a message stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    request: &'a RequestFacts,
    origin: Origin,
    original: &'a Bytes,
}

impl Judge {
    pub(crate) fn new(deduplication: Deduplication, stages: Vec<Box<dyn Stage>>) -> Self {
        Self { deduplication, stages, sightings: Vec::new(), verdicts: Vec::new() }
    }

    pub(crate) fn deduplication(&mut self) -> &mut Deduplication {
        &mut self.deduplication
    }

    pub(crate) fn close(self) {
        self.deduplication.close();
    }

    /// Gives every message of the stretch its end. What outputs hold already is left out of them.
    pub(crate) fn judge(&mut self, decoded: Decoded, held: &Held) -> Judged {
        self.ask(&decoded, held);
        let (sightings, verdicts) = (std::mem::take(&mut self.sightings), std::mem::take(&mut self.verdicts));
        let mut asked = sightings.iter().zip(&verdicts);
        let mut judged = Judged::default();
        for message in decoded.messages {
            let request = &decoded.requests[message.request];
            let place = Place { request, origin: message.origin, original: &message.original };
            let form = match message.outcome {
                Ok(form) => form,
                Err(rejection) => {
                    judged.reject(place, rejection, held);
                    continue;
                }
            };
            let known = held.about(message.origin);
            if known == Known::Event {
                judged.count(request, End::Processed, false);
                continue;
            }
            let (sighting, verdict) = asked.next().expect("each such message was asked about");
            match (verdict, known) {
                (Verdict::Duplicate(first), _) => {
                    judged.keep_out(place, form.facts.message_id, self.deduplication.first_seen(first), held);
                }
                (Verdict::New, Known::Nothing) => match self.stages_about(place, form) {
                    Ok(record) => judged.take(place, record),
                    Err(rejection) => {
                        self.deduplication.retract(sighting);
                        judged.reject(place, rejection, held);
                    }
                },
                // It was kept out before the crash, and what it repeated has been forgotten since.
                (Verdict::New, _) => {
                    self.deduplication.retract(sighting);
                    let first = FirstSeen { received: request.received_at..=request.received_at, events: None };
                    judged.keep_out(place, form.facts.message_id, first, held);
                }
            }
        }
        (self.sightings, self.verdicts) = (sightings, verdicts);
        judged
    }

    /// Asks about all messages at once: the answers come an order of magnitude sooner than one by one.
    fn ask(&mut self, decoded: &Decoded, held: &Held) {
        self.sightings.clear();
        self.verdicts.clear();
        for message in &decoded.messages {
            if let Ok(FinalForm { facts, .. }) = &message.outcome
                && held.about(message.origin) != Known::Event
            {
                let request = &decoded.requests[message.request];
                self.sightings.push(self.deduplication.sighting(
                    &request.workspace,
                    &facts.message_id,
                    facts.original_timestamp,
                    request.received_at,
                ));
            }
        }
        self.deduplication.judge(&self.sightings, &mut self.verdicts);
    }

    /// The record of the event, as the stages want it.
    fn stages_about(&mut self, place: Place<'_>, form: FinalForm) -> Result<Bytes, Rejection> {
        if self.stages.is_empty() {
            return Ok(form.record);
        }
        let Place { request, origin, .. } = place;
        let mut candidate = Candidate {
            kind: form.facts.kind,
            message_id: form.facts.message_id,
            original_timestamp: form.facts.original_timestamp,
            event: EventRecord {
                origin,
                received_at: request.received_at,
                workspace: request.workspace.clone(),
                source: request.source.clone(),
                payload: form.record.slice(form.payload_at..),
            },
        };
        for stage in &mut self.stages {
            stage.judge(&mut candidate)?;
        }
        Ok(candidate.event.encode())
    }
}

impl Judged {
    fn take(&mut self, place: Place<'_>, record: Bytes) {
        self.outputs.events.push((place.origin, record));
        self.count(place.request, End::Processed, true);
    }

    fn reject(&mut self, place: Place<'_>, rejection: Rejection, held: &Held) {
        let Place { request, origin, original } = place;
        let is_fresh = held.ends.rejected < Some(origin);
        if is_fresh {
            self.outputs.rejected.push(RejectedRecord {
                origin,
                received_at: request.received_at,
                workspace: request.workspace.clone(),
                source: request.source.clone(),
                code: rejection.code.as_str().to_owned(),
                detail: rejection.detail,
                original: shown(original),
            });
        }
        self.count(request, End::Rejected(rejection.code), is_fresh);
    }

    fn keep_out(&mut self, place: Place<'_>, message_id: String, first: FirstSeen, held: &Held) {
        let Place { request, origin, original } = place;
        let is_fresh = held.ends.duplicates < Some(origin);
        if is_fresh {
            self.outputs.duplicates.push(DuplicateRecord {
                origin,
                received_at: request.received_at,
                workspace: request.workspace.clone(),
                source: request.source.clone(),
                message_id,
                first,
                original: shown(original),
            });
        }
        self.count(request, End::Duplicate, is_fresh);
    }

    fn count(&mut self, request: &RequestFacts, end: End, is_fresh: bool) {
        if request.was_accepted {
            self.tally.add(request, end);
            if is_fresh {
                self.fresh.add(request, end);
            }
        }
    }
}

fn shown(original: &Bytes) -> Bytes {
    original.slice(..original.len().min(ORIGINAL_BYTES_MAX))
}
