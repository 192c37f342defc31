use prime_state::StateError;

use super::{KeptReceipt, Moment, keys};
use crate::fold::{Mark, PairName, Past, chunk_key};
use crate::record::{EventPlace, Lane};

/// What is known of one delivery. Also of one whose receipt was left out of the sample, or is no longer kept: for
/// [`DELIVERIES_KNOWN_DAYS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownDelivery {
    Receipt(Box<KeptReceipt>),
    /// It was tried in vain and another attempt follows.
    Retrying,
    Delivered,
    /// Filtered, failed or expired: which of these is no longer known.
    EndedOtherwise,
}

/// How long it is known at least of a delivery that it has ended: for as long as `events` and replays of it are kept, 30 days, and
/// the time after that in which the last of them may still be tried.
pub const DELIVERIES_KNOWN_DAYS: u32 = 35;

impl Moment {
    /// None where nothing was told of it.
    pub(crate) fn delivery(&self, lane: &Lane, event: EventPlace) -> Result<Option<KnownDelivery>, StateError> {
        let name = PairName {
            workspace: lane.workspace.clone(),
            source: lane.source.clone(),
            destination: lane.destination.clone(),
        };
        let Some((_, pair)) = self.pairs()?.into_iter().find(|(known, _)| *known == name) else { return Ok(None) };
        let chunk = chunk_key(pair, lane, event);
        if let Some(kept) = self.receipt_of(&keys::unit(&chunk, event.offset))? {
            return Ok(Some(KnownDelivery::Receipt(Box::new(kept))));
        }
        Ok(match self.chunk(chunk)?.map_or(Mark::Unknown, |marks| marks.get(event.offset)) {
            Mark::Unknown => None,
            Mark::Waiting => Some(KnownDelivery::Retrying),
            Mark::Delivered => Some(KnownDelivery::Delivered),
            Mark::Ended => Some(KnownDelivery::EndedOtherwise),
        })
    }
}
