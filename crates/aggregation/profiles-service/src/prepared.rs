use prime_event::{EventRecord, MessageType};
use prime_identity::{Collection, Extractor, OwnedIdentifier};
use prime_log::Offset;
use prime_profiles::{Dropped, ProfileEvent};

/// An event with all that can be found out about it alone, on any thread.
pub(crate) struct Prepared {
    pub(crate) offset: Offset,
    pub(crate) event: ProfileEvent,
    pub(crate) identifiers: Vec<OwnedIdentifier>,
    pub(crate) received_at_ms: i64,
}

pub(crate) fn prepare(offset: Offset, record: &EventRecord, extractor: &Extractor) -> Result<Prepared, Dropped> {
    let event = ProfileEvent::read(record)?;
    let payload = std::str::from_utf8(&record.payload).map_err(|_| Dropped::Unreadable)?;
    let extracted = extractor.extract(payload).ok_or(Dropped::Unreadable)?;
    let received_at_ms = extracted.received_at_ms;
    // A group's id names the account on every call, and the person on none.
    debug_assert!(
        event.kind != MessageType::Alias || extracted.identifiers.iter().all(|it| it.collection == Collection::Users)
    );
    let identifiers = extracted.identifiers.into_iter().map(prime_identity::Identifier::into_owned).collect();
    event.pack();
    Ok(Prepared { offset, event, identifiers, received_at_ms })
}

impl Prepared {
    /// Finds the identifiers by other rules.
    pub(crate) fn look_again(&mut self, extractor: &Extractor) {
        let payload = std::str::from_utf8(&self.event.payload).unwrap_or_default();
        let extracted = extractor.extract(payload).map(|extracted| extracted.identifiers).unwrap_or_default();
        self.identifiers = extracted.into_iter().map(prime_identity::Identifier::into_owned).collect();
    }
}
