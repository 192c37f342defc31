//! Where the notice boards of one or several services hang.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;
use prime_destination::{Attempt, Boards, DestinationState, QueueState};
use prime_event::DestinationId;
use prime_log::Partition;

/// As many attempts as are shown of one destination, however many services work for it.
const ATTEMPTS_SHOWN: usize = 200;

/// The boards of the services that carry partitions of `events`, one service each, read as if they were one. Clones
/// share it.
#[derive(Clone, Default)]
pub struct Wall(Arc<RwLock<BTreeMap<u32, Share>>>);

#[derive(Clone)]
struct Share {
    events: Partition,
    boards: Arc<Boards>,
}

impl Wall {
    pub fn hang(&self, events: Partition, boards: Arc<Boards>) {
        self.0.write().insert(events.number(), Share { events, boards });
    }

    /// Hangs everything that hangs on another wall, too.
    pub fn hang_all(&self, other: &Self) {
        let shares: Vec<_> = other.0.read().values().cloned().collect();
        shares.into_iter().for_each(|share| self.hang(share.events, share.boards));
    }

    pub fn take_down(&self, partition: u32) {
        self.0.write().remove(&partition);
    }

    /// The last attempts, newest first. None where no service follows the destination.
    pub fn attempts(&self, destination: &DestinationId) -> Option<Vec<Attempt>> {
        let shares = self.0.read();
        let boards: Vec<_> = shares.values().filter_map(|share| share.boards.get(destination)).collect();
        if boards.is_empty() {
            return None;
        }
        let mut attempts: Vec<_> = boards.iter().flat_map(|board| board.attempts()).collect();
        if boards.len() > 1 {
            attempts.sort_by_key(|attempt| Reverse(attempt.at));
            attempts.truncate(ATTEMPTS_SHOWN);
        }
        Some(attempts)
    }

    /// Where a destination stands in all partitions together: what is behind is added up, and any trouble counts. None
    /// where no service follows it.
    pub fn state(&self, destination: &DestinationId) -> Option<DestinationState> {
        let shares = self.0.read();
        let states =
            shares.values().filter_map(|share| Some(share.boards.get(destination)?.state(share.events.bounds().end)));
        states.reduce(|sum, state| DestinationState {
            position: sum.position + state.position,
            behind: sum.behind + state.behind,
            waiting: sum.waiting || state.waiting,
            last_error: sum.last_error.or(state.last_error),
        })
    }

    /// What waits for a destination in all partitions together. None where it is switched off or no service follows it.
    pub fn queue(&self, destination: &DestinationId) -> Option<QueueState> {
        let shares = self.0.read();
        shares.values().filter_map(|share| share.boards.get(destination)?.queue()).reduce(QueueState::and)
    }
}

#[cfg(test)]
mod tests {
    use prime_log::{Log, TopicOptions, WhenFull};

    use super::*;

    #[tokio::test]
    async fn several_services_are_seen_as_one_and_only_as_long_as_they_work() {
        let log = Log::in_memory();
        let (wall, id) = (Wall::default(), DestinationId::new("hook"));
        assert!(wall.state(&id).is_none() && wall.attempts(&id).is_none());
        for number in 0..3 {
            let options = TopicOptions { bytes_max: 1 << 20, age_max: None, when_full: WhenFull::TrimOldest };
            let events = log.partition("events", number, options).unwrap();
            events.append(vec!["event".into(); 5]).await.unwrap();
            let boards = Arc::new(Boards::default());
            let board = boards.put_up(&id);
            board.set_position(u64::from(number));
            board.set_error((number == 1).then(|| "no".to_owned()));
            wall.hang(events, boards);
        }
        let state = wall.state(&id).unwrap();
        assert_eq!((state.position, state.behind, state.last_error.as_deref()), (3, 12, Some("no")));
        wall.take_down(1);
        let state = wall.state(&id).unwrap();
        assert_eq!((state.behind, state.last_error), (8, None));
    }
}
