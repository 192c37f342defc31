use std::slice;
use std::sync::Arc;

use prime_control::{ARCHIVE_METADATA_ID, Destination};
use prime_destination::{Outcome, Reason, RequestReport};
use prime_event::{EventHead, EventRecord};

use crate::filter::filter;
use crate::job::event;
use crate::wiring::{Wiring, sentences};

/// What a destination would make of an event.
#[derive(Clone, Debug)]
pub enum Preview {
    /// This would be sent. Several events may share a request where the destination takes batches; this one is alone in it.
    Request(RequestReport),
    /// The event would be left out.
    Filtered(Reason),
    /// There would be no request, for this reason: the settings or the event are wrong, or the destination makes none.
    Impossible(Reason),
}

impl Preview {
    /// Of this event, by these settings, switched on or not. Sends nothing.
    pub fn of(destination: &Destination, record: &EventRecord) -> Self {
        if destination.metadata_id == ARCHIVE_METADATA_ID {
            let sentence = "An archive collects events into files as they are; it makes no request for each of them.";
            return Self::Impossible(Reason { code: "NO_REQUEST".into(), sentence: sentence.into() });
        }
        let Some(kind) = prime_destinations::find_requests(&destination.metadata_id) else {
            return Self::Impossible(unknown_destination());
        };
        let wiring = Wiring::new(kind, Arc::new(destination.clone()));
        let head = EventHead::read(&record.payload).unwrap_or_default();
        if let Some(filtered) = filter(&head, wiring.name) {
            return Self::Filtered(Reason { code: filtered.code().into(), sentence: filtered.sentence().into() });
        }
        let connection = match &wiring.connection {
            Ok(connection) => connection,
            Err(problems) => {
                let code = prime_destination::code::INVALID_SETTINGS.into();
                return Self::Impossible(Reason { code, sentence: sentences(problems).into() });
            }
        };
        let event = event(record, &head, &destination.id);
        match connection.prepare(&event) {
            Ok(item) => Self::Request(RequestReport::from(&connection.request(slice::from_ref(&item)))),
            Err(error) => {
                let verdict = error.verdict(wiring.name);
                if verdict.outcome == Outcome::NotWanted {
                    Self::Filtered(verdict.reason)
                } else {
                    Self::Impossible(verdict.reason)
                }
            }
        }
    }
}

/// Why nothing can be sent where the catalog does not have the destination.
pub(crate) fn unknown_destination() -> Reason {
    Reason {
        code: prime_destination::code::UNKNOWN_INTEGRATION.into(),
        sentence: "This version has no such destination in its catalog.".into(),
    }
}
