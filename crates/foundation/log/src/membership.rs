//! How the members of a group share a topic's partitions.

use tokio::sync::{mpsc, oneshot};

/// One member's place in a group. Dropping it leaves the group.
pub struct Membership {
    changes: mpsc::Receiver<Assignment>,
    /// What has to live as long as the member does.
    _member: Box<dyn Send + Sync>,
}

/// A change of which partitions are this member's.
#[derive(Debug)]
pub enum Assignment {
    /// These are this member's from now on, and nobody else's.
    Gained(Vec<u32>),
    /// These go to others. They wait, for a bounded time, until `release` is dropped: stop working on the partitions
    /// first. Who takes longer is a zombie; what it writes in a transaction is refused.
    Lost { partitions: Vec<u32>, release: Release },
}

/// Held while the work on lost partitions still goes on.
#[derive(Debug)]
pub struct Release(#[expect(dead_code, reason = "its end is the message")] oneshot::Sender<()>);

impl Release {
    /// The receiver resolves, with an error, once the release is dropped.
    pub fn new() -> (Self, oneshot::Receiver<()>) {
        let (sender, receiver) = oneshot::channel();
        (Self(sender), receiver)
    }
}

impl Membership {
    /// `member` is kept until the membership is dropped.
    pub fn new(changes: mpsc::Receiver<Assignment>, member: impl Send + Sync + 'static) -> Self {
        Self { changes, _member: Box::new(member) }
    }

    /// The only member there is: it has all partitions for good.
    pub fn of_all(partitions: u32) -> Self {
        let (sender, changes) = mpsc::channel(1);
        let gained = sender.try_send(Assignment::Gained((0..partitions).collect()));
        debug_assert!(gained.is_ok(), "an empty channel has room");
        Self::new(changes, sender)
    }

    /// The next change. `None` when the member was thrown out for good; join again.
    pub async fn next(&mut self) -> Option<Assignment> {
        self.changes.recv().await
    }
}
