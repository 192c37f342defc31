//! Where the notice boards of one or several services hang.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;
use prime_destination::{Attempt, Boards, DestinationState, QueueState, Standing};
use prime_event::DestinationId;
use prime_log::Partition;

/// As many attempts as are shown of one destination, however many services work for it.
const ATTEMPTS_SHOWN: usize = 200;

/// The boards of the services that carry partitions of `events`, one service each, and what is known of other processes', read
/// as if they were one. Clones share it.
#[derive(Clone, Default)]
pub struct Wall(Arc<RwLock<Shares>>);

/// What is known of the services of other processes.
pub trait Elsewhere: Send + Sync {
    /// Where a destination stands, by the number of the partition, wherever that is known.
    fn standings(&self, destination: &DestinationId) -> Vec<(u32, Standing)>;
}

#[derive(Default)]
struct Shares {
    own: BTreeMap<u32, Share>,
    elsewhere: Option<Arc<dyn Elsewhere>>,
}

#[derive(Clone)]
struct Share {
    events: Partition,
    boards: Arc<Boards>,
}

impl Wall {
    pub fn hang(&self, events: Partition, boards: Arc<Boards>) {
        self.0.write().own.insert(events.number(), Share { events, boards });
    }

    /// Hangs everything of this process that hangs on another wall, too.
    pub fn hang_all(&self, other: &Self) {
        let shares: Vec<_> = other.0.read().own.values().cloned().collect();
        shares.into_iter().for_each(|share| self.hang(share.events, share.boards));
    }

    pub fn take_down(&self, partition: u32) {
        self.0.write().own.remove(&partition);
    }

    /// From now on shows this, too, for partitions in which no service of this process follows the destination.
    pub fn look_at(&self, elsewhere: Arc<dyn Elsewhere>) {
        self.0.write().elsewhere = Some(elsewhere);
    }

    /// The last attempts of this process, newest first. None where none of its services follows the destination.
    pub fn attempts(&self, destination: &DestinationId) -> Option<Vec<Attempt>> {
        let shares = self.0.read();
        let boards: Vec<_> = shares.own.values().filter_map(|share| share.boards.get(destination)).collect();
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
    /// where no service is known to follow it.
    pub fn state(&self, destination: &DestinationId) -> Option<DestinationState> {
        self.standings(destination).map(|standing| standing.state).reduce(DestinationState::and)
    }

    /// What waits for a destination in all partitions together. None where it is switched off or no service is known to follow
    /// it.
    pub fn queue(&self, destination: &DestinationId) -> Option<QueueState> {
        self.standings(destination).filter_map(|standing| standing.queue).reduce(QueueState::and)
    }

    /// Where a destination stands in one partition. None where no service is known to follow it there.
    pub fn state_in(&self, partition: u32, destination: &DestinationId) -> Option<DestinationState> {
        self.by_partition(destination).remove(&partition).map(|standing| standing.state)
    }

    fn standings(&self, destination: &DestinationId) -> impl Iterator<Item = Standing> + use<> {
        self.by_partition(destination).into_values()
    }

    /// One for each partition, from whoever knows best.
    fn by_partition(&self, destination: &DestinationId) -> BTreeMap<u32, Standing> {
        let shares = self.0.read();
        let elsewhere = shares.elsewhere.as_ref().map(|elsewhere| elsewhere.standings(destination));
        let mut standings: BTreeMap<_, _> = elsewhere.into_iter().flatten().collect();
        let own = |share: &Share| Some(share.boards.get(destination)?.standing(share.events.bounds().end));
        standings.extend(shares.own.iter().filter_map(|(number, share)| Some((*number, own(share)?))));
        standings
    }
}

#[cfg(test)]
mod tests {
    use prime_log::{Log, TopicOptions, WhenFull};

    use super::*;

    struct Reports(Vec<(u32, u64)>);

    impl Elsewhere for Reports {
        fn standings(&self, _: &DestinationId) -> Vec<(u32, Standing)> {
            let behind = |behind| Standing { state: DestinationState { behind, ..Default::default() }, queue: None };
            self.0.iter().map(|(number, events)| (*number, behind(*events))).collect()
        }
    }

    fn partition(log: &Log, number: u32) -> Partition {
        let options = TopicOptions { bytes_max: 1 << 20, age_max: None, when_full: WhenFull::TrimOldest };
        log.partition("events", number, options).unwrap()
    }

    #[tokio::test]
    async fn what_others_tell_counts_where_no_service_of_this_process_follows_the_destination() {
        let log = Log::in_memory();
        let (wall, id) = (Wall::default(), DestinationId::new("hook"));
        wall.look_at(Arc::new(Reports(vec![(0, 100), (1, 20), (7, 3)])));
        let behind = || wall.state(&id).unwrap().behind;
        assert_eq!(behind(), 123);
        let boards = Arc::new(Boards::default());
        wall.hang(partition(&log, 0), Arc::clone(&boards));
        assert_eq!(behind(), 123, "the service has only just begun");
        boards.put_up(&id).set_progress(0, 0, 1);
        assert_eq!(behind(), 24);
        wall.take_down(0);
        assert_eq!(behind(), 123);
    }

    #[tokio::test]
    async fn several_services_are_seen_as_one_and_only_as_long_as_they_work() {
        let log = Log::in_memory();
        let (wall, id) = (Wall::default(), DestinationId::new("hook"));
        assert!(wall.state(&id).is_none() && wall.attempts(&id).is_none());
        for number in 0..3 {
            let events = partition(&log, number);
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
