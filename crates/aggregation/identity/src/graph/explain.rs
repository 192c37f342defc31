//! Why two identifiers are one.

use std::collections::{HashMap, VecDeque};

use serde::Serialize;

use crate::fragment::Fragment;
use crate::identifier::{Identifier, OwnedIdentifier};
use crate::store::{Store, StoreError};

use super::IdentityGraph;
use super::group::Group;

/// The shortest way from one identifier to another: events that each joined what stands before it to what stands behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    pub from: OwnedIdentifier,
    pub steps: Vec<Step>,
    /// The rules by which the events were judged.
    pub rules_version: u32,
}

/// One event of an explanation. What it kept and dropped is its set, by which [`IdentityGraph::plan_disregard`] takes it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    pub time_ms: i64,
    pub message_id: String,
    pub source: String,
    /// The identifiers on the event that joined, the highest priority first.
    pub kept: Vec<OwnedIdentifier>,
    /// Those that did not: blocked, in quarantine, or dropped for a limit.
    pub dropped: Vec<OwnedIdentifier>,
    /// Where the way goes on.
    pub to: OwnedIdentifier,
}

impl<S: Store> IdentityGraph<S> {
    /// None where the two are not in one profile.
    pub fn explain(&self, from: &Identifier<'_>, to: &Identifier<'_>) -> Result<Option<Explanation>, StoreError> {
        let lives = &self.state.constraints.lives;
        let [from, to] = [from, to].map(|identifier| lives.now(self.state.key.fragment(identifier)));
        let (Some(founder), other) = (self.state.founder(from), self.state.founder(to)) else { return Ok(None) };
        if other != Some(founder) {
            return Ok(None);
        }
        let group = self.state.group(founder)?;
        let mut steps = Vec::new();
        for (join, to) in way(&group, from, to) {
            let join = &group.joins[join];
            let set = self.state.set(join.moment.set)?;
            let dropped = set.iter().map(|member| member.fragment).filter(|member| !join.kept.contains(member));
            steps.push(Step {
                time_ms: join.moment.time_ms,
                message_id: join.moment.message_id.to_string(),
                source: join.source.to_string(),
                kept: join.kept.iter().map(|kept| self.in_full(*kept)).collect::<Result<_, _>>()?,
                dropped: dropped.map(|dropped| self.in_full(dropped)).collect::<Result<_, _>>()?,
                to: self.in_full(to)?,
            });
        }
        Ok(Some(Explanation { from: self.in_full(from)?, steps, rules_version: self.state.meta.rules_version }))
    }

    fn in_full(&self, fragment: Fragment) -> Result<OwnedIdentifier, StoreError> {
        self.identifier(fragment)?.ok_or(StoreError::Record("an identifier is missing"))
    }
}

/// Joins by their place, each with the identifier it leads to. Among ways of equal length, the one of the earliest events.
fn way(group: &Group, from: Fragment, to: Fragment) -> Vec<(usize, Fragment)> {
    let mut came_by: HashMap<Fragment, (usize, Fragment)> = HashMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            break;
        }
        for (place, join) in group.joins.iter().enumerate().filter(|(_, join)| join.kept.contains(&at)) {
            for next in join.kept.iter().copied().filter(|next| *next != from) {
                came_by.entry(next).or_insert_with(|| {
                    queue.push_back(next);
                    (place, at)
                });
            }
        }
    }
    let mut way = Vec::new();
    let mut at = to;
    while at != from {
        let Some((join, before)) = came_by.get(&at) else { return Vec::new() };
        way.push((*join, at));
        at = *before;
    }
    way.reverse();
    way
}
