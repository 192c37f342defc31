use std::collections::HashMap;

use crate::key::{KeyHash, MessageKey};
use crate::sighting::Sighting;

/// Messages that were judged new and are not durable in `events` yet. They are known by their exact keys.
#[derive(Default)]
pub(crate) struct Pending {
    messages: Vec<PendingMessage>,
    /// The newest message of each key.
    newest: HashMap<MessageKey, u32, KeyHash>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PendingMessage {
    pub(crate) sighting: Sighting,
    /// The epoch it falls into if all before it are kept.
    pub(crate) epoch: u64,
    is_retracted: bool,
    /// The message of the same key before, which was not hot any more.
    before: Option<u32>,
}

impl Pending {
    pub(crate) fn push(&mut self, sighting: Sighting, epoch: u64) {
        let before = self.newest.insert(sighting.key, self.messages.len() as u32);
        self.messages.push(PendingMessage { sighting, epoch, is_retracted: false, before });
    }

    /// Those of a key, the newest first.
    pub(crate) fn of(&self, key: MessageKey) -> impl Iterator<Item = &PendingMessage> {
        let message = |place: &u32| self.messages.get(*place as usize);
        std::iter::successors(self.newest.get(&key).and_then(message), move |later| {
            later.before.as_ref().and_then(message)
        })
    }

    /// Whether it was there.
    pub(crate) fn retract(&mut self, key: MessageKey) -> bool {
        let mut place = self.newest.remove(&key);
        let was_there = place.is_some();
        while let Some(message) = place.and_then(|place| self.messages.get_mut(place as usize)) {
            message.is_retracted = true;
            place = message.before;
        }
        was_there
    }

    /// Those that were not retracted, in the order in which they came.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut PendingMessage> {
        self.messages.iter_mut().filter(|message| !message.is_retracted)
    }

    /// Takes all that came, but those that were retracted.
    pub(crate) fn take_into(&mut self, out: &mut Vec<Sighting>) {
        out.clear();
        out.extend(self.messages.iter().filter(|message| !message.is_retracted).map(|message| message.sighting));
        self.messages.clear();
        self.newest.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;

    fn sighting(key: u128) -> Sighting {
        Sighting { key: MessageKey(key), received_at_ms: key as i64, address: Address::Untimed }
    }

    #[test]
    fn what_was_retracted_is_gone_and_may_come_again() {
        let mut pending = Pending::default();
        [1, 2, 3, 2].into_iter().for_each(|key| pending.push(sighting(key), 0));
        assert_eq!(pending.of(MessageKey(2)).count(), 2);
        assert!(pending.retract(MessageKey(2)) && !pending.retract(MessageKey(9)));
        assert_eq!(pending.of(MessageKey(2)).count(), 0);
        pending.push(sighting(2), 7);
        assert_eq!(pending.of(MessageKey(2)).map(|message| message.epoch).collect::<Vec<_>>(), [7]);
        let mut taken = vec![sighting(8)];
        pending.take_into(&mut taken);
        assert_eq!(taken, [1, 3, 2].map(sighting));
        assert_eq!(pending.iter_mut().count(), 0);
        assert_eq!(pending.of(MessageKey(1)).count(), 0);
    }
}
