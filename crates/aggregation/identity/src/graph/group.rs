//! A profile with the events that made it, from which it can be shown as it was at any moment.

use std::collections::HashMap;

use crate::fragment::Fragment;

use super::kinds::KindNumber;
use super::moment::Moment;

/// Identifiers that are one person or company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// The identifier of the highest priority on the event that created the profile. It is always a member.
    pub(crate) founder: Fragment,
    pub(crate) created: Moment,
    pub(crate) members: Vec<Member>,
    /// The events that added identifiers or merged profiles, in order.
    pub(crate) joins: Vec<Join>,
    pub(crate) merges: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) fragment: Fragment,
    pub(crate) kind: KindNumber,
    /// When the identifier was first mapped to a profile. It stays when profiles merge.
    pub(crate) since_ms: i64,
    /// From when on the identifier is no longer the profile's. What was collected under it stays.
    pub(crate) retired_ms: Option<i64>,
}

/// An event that made one profile of what it kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Join {
    pub(crate) moment: Moment,
    pub(crate) source: Box<str>,
    /// The identifiers of the event that were not dropped, the highest priority first.
    pub(crate) kept: Vec<Fragment>,
}

impl Member {
    pub(crate) fn is_active_at(&self, time_ms: i64) -> bool {
        self.retired_ms.is_none_or(|retired| retired > time_ms)
    }
}

impl Group {
    pub(crate) fn create(moment: Moment, source: &str, kept: &[(Fragment, KindNumber)]) -> Self {
        let member = |(fragment, kind): &(Fragment, KindNumber)| Member {
            fragment: *fragment,
            kind: *kind,
            since_ms: moment.time_ms,
            retired_ms: None,
        };
        let join =
            Join { moment: moment.clone(), source: source.into(), kept: kept.iter().map(|(kept, _)| *kept).collect() };
        Self {
            founder: kept[0].0,
            members: kept.iter().map(member).collect(),
            joins: vec![join],
            merges: 0,
            created: moment,
        }
    }

    /// Takes in a younger profile. The order of joins is left to [`Self::settle`].
    pub(crate) fn absorb(&mut self, other: Self) {
        debug_assert!(self.created < other.created, "the oldest survives");
        self.members.extend(other.members);
        self.joins.extend(other.joins);
        self.merges += other.merges + 1;
    }

    /// Puts everything into its one order, so that equal groups are equal bytes.
    pub(crate) fn settle(&mut self) {
        self.joins.sort_unstable_by(|one, other| one.moment.cmp(&other.moment));
        self.members.sort_unstable_by_key(|member| (member.since_ms, member.fragment));
    }

    /// Whether nothing was added from a moment on. The group is settled.
    pub(crate) fn is_whole_at(&self, moment: &Moment) -> bool {
        self.joins.last().is_none_or(|join| join.moment < *moment)
    }

    /// The profile that held a member right before a moment: some part of this one. None where it was in no profile.
    pub(crate) fn at(&self, member: Fragment, moment: &Moment) -> Option<Self> {
        let kinds: HashMap<_, _> = self.members.iter().map(|member| (member.fragment, member)).collect();
        let mut groups: Vec<Option<Self>> = Vec::new();
        let mut of: HashMap<Fragment, usize> = HashMap::new();
        for join in self.joins.iter().filter(|join| join.moment < *moment) {
            let mut known: Vec<usize> = join.kept.iter().filter_map(|kept| of.get(kept).copied()).collect();
            known.sort_unstable();
            known.dedup();
            known.sort_by(|one, other| created(&groups, *one).cmp(created(&groups, *other)));
            let fresh: Vec<_> = join.kept.iter().filter(|kept| !of.contains_key(kept)).collect();
            let fresh: Vec<_> = fresh.into_iter().map(|kept| (*kept, kinds[kept].kind)).collect();
            let target = match known.split_first() {
                None => {
                    groups.push(Some(Self::create(join.moment.clone(), &join.source, &fresh)));
                    groups.len() - 1
                }
                Some((&target, others)) => {
                    let mut group = groups[target].take().expect("members point at living groups");
                    for other in others {
                        group.absorb(groups[*other].take().expect("members point at living groups"));
                    }
                    group.add(&fresh, join.clone());
                    of.extend(group.members.iter().map(|member| (member.fragment, target)));
                    groups[target] = Some(group);
                    target
                }
            };
            of.extend(fresh.iter().map(|(fragment, _)| (*fragment, target)));
        }
        let mut group = groups[*of.get(&member)?].take()?;
        for member in &mut group.members {
            member.retired_ms = kinds[&member.fragment].retired_ms;
        }
        Some(group)
    }

    /// Adds identifiers by an event.
    pub(crate) fn add(&mut self, fresh: &[(Fragment, KindNumber)], join: Join) {
        let since_ms = join.moment.time_ms;
        self.members.extend(fresh.iter().map(|(fragment, kind)| Member {
            fragment: *fragment,
            kind: *kind,
            since_ms,
            retired_ms: None,
        }));
        self.joins.push(join);
    }
}

fn created(groups: &[Option<Group>], at: usize) -> &Moment {
    &groups[at].as_ref().expect("members point at living groups").created
}
