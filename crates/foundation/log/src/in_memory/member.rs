//! Tells the members of groups what they gained and lost, and waits for what they release.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::group::{Changes, Group, MemberId};
use crate::membership::{Assignment, Membership, Release};

/// Changes that a member may leave unread. One that lets more gather does not work any more and is thrown out.
const CHANGES_MAX: usize = 64;

pub(super) struct Members {
    release_max: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    groups: HashMap<GroupName, Group>,
    channels: HashMap<MemberId, Channel>,
    next_member: MemberId,
}

struct Channel {
    changes: mpsc::Sender<Assignment>,
    /// Where its releases are waited for.
    runtime: Handle,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct GroupName {
    group: String,
    topic: String,
}

/// Leaves the group when it is dropped.
struct Place {
    members: Arc<Members>,
    name: GroupName,
    member: MemberId,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.members.state.lock();
        state.channels.remove(&self.member);
        let Some(group) = state.groups.get_mut(&self.name) else { return };
        let changes = group.leave(self.member);
        if group.is_empty() {
            state.groups.remove(&self.name);
        }
        self.members.tell(&mut state, &self.name, changes);
    }
}

impl Members {
    pub(super) fn new(release_max: Duration) -> Self {
        Self { release_max, state: Mutex::default() }
    }

    pub(super) fn join(self: &Arc<Self>, group: &str, topic: &str, partitions: u32) -> Membership {
        let name = GroupName { group: group.to_owned(), topic: topic.to_owned() };
        let (sender, changes) = mpsc::channel(CHANGES_MAX);
        let mut state = self.state.lock();
        let member = state.next_member;
        state.next_member += 1;
        state.channels.insert(member, Channel { changes: sender, runtime: Handle::current() });
        let told = state.groups.entry(name.clone()).or_default().join(member, partitions);
        self.tell(&mut state, &name, told);
        drop(state);
        Membership::new(changes, Place { members: self.clone(), name, member })
    }

    /// No member learns of further changes.
    pub(super) fn close(&self) {
        self.state.lock().channels.clear();
    }

    fn tell(self: &Arc<Self>, state: &mut State, name: &GroupName, changes: Changes) {
        let mut deaf = Vec::new();
        for (member, partitions) in changes.gained {
            if !state.send(member, Assignment::Gained(partitions)) {
                deaf.push(member);
            }
        }
        for (member, partitions) in changes.lost {
            let (release, released) = Release::new();
            self.await_release(state, name, member, partitions.clone(), released);
            if !state.send(member, Assignment::Lost { partitions, release }) {
                deaf.push(member);
            }
        }
        for member in deaf {
            state.channels.remove(&member);
            let Some(group) = state.groups.get_mut(name) else { return };
            let changes = group.leave(member);
            self.tell(state, name, changes);
        }
    }

    fn await_release(
        self: &Arc<Self>,
        state: &State,
        name: &GroupName,
        member: MemberId,
        partitions: Vec<u32>,
        released: oneshot::Receiver<()>,
    ) {
        let Some(channel) = state.channels.get(&member) else { return };
        let (members, name) = (self.clone(), name.clone());
        channel.runtime.spawn(async move {
            // Released or out of time: the partitions go on either way.
            let _ = tokio::time::timeout(members.release_max, released).await;
            let mut state = members.state.lock();
            let Some(group) = state.groups.get_mut(&name) else { return };
            let changes = group.released(member, &partitions);
            members.tell(&mut state, &name, changes);
        });
    }
}

impl State {
    /// Whether the member takes notice. One whose log is closed is no longer told.
    fn send(&self, member: MemberId, change: Assignment) -> bool {
        self.channels.get(&member).is_none_or(|channel| channel.changes.try_send(change).is_ok())
    }
}
