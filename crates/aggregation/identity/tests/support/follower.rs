//! Who follows changes and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use prime_identity::{Change, Fragment, ProfileId};

use super::node::Node;

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Follower(BTreeMap<ProfileId, BTreeSet<Fragment>>);

impl Follower {
    pub(crate) fn of(node: &Node) -> Self {
        let mut follower = Self::default();
        node.graph.each_profile(|id| {
            let members = node.graph.profile(id).unwrap().unwrap().mappings;
            follower.0.insert(id, members.into_iter().map(|mapping| mapping.fragment).collect());
            true
        });
        follower
    }

    pub(crate) fn follow(&mut self, changes: &[Change]) {
        for change in changes {
            match *change {
                Change::Created { profile } => assert!(self.0.insert(profile, BTreeSet::new()).is_none()),
                Change::Mapped { fragment, profile } => assert!(self.members(profile).insert(fragment)),
                Change::Unmapped { fragment, profile } => assert!(self.members(profile).remove(&fragment)),
                Change::Moved { fragment, from, to } => {
                    assert!(self.members(from).remove(&fragment));
                    assert!(self.members(to).insert(fragment));
                }
                Change::Merged { from, into } => {
                    assert!(self.0.remove(&from).is_some_and(|members| members.is_empty()));
                    assert!(self.members(into).contains(&from.founder()));
                }
                Change::Ended { profile } => {
                    assert!(self.0.remove(&profile).is_some_and(|members| members.is_empty()));
                }
                Change::Split { from, new } => {
                    assert!(from != new && !self.members(new).is_empty());
                }
                Change::Removed { fragment, profile } | Change::Restored { fragment, profile } => {
                    assert!(self.members(profile).contains(&fragment));
                }
            }
        }
    }

    fn members(&mut self, profile: ProfileId) -> &mut BTreeSet<Fragment> {
        self.0.get_mut(&profile).expect("a change names profiles that are there")
    }
}
