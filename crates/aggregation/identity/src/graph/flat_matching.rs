//! The one decision of identity: which identifiers of an event belong together.

use crate::fragment::Fragment;
use crate::rules::Caps;

use super::constraints::Constraints;
use super::group::Group;
use super::kinds::{KindNumber, Kinds};

/// An identifier of an event that may join profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) fragment: Fragment,
    pub(crate) kind: KindNumber,
}

/// What is the same for all events.
pub(crate) struct Matching<'r> {
    pub(crate) kinds: &'r Kinds,
    pub(crate) caps: Caps,
    pub(crate) constraints: &'r Constraints,
}

impl Matching<'_> {
    /// How many of the candidates, which stand in order of their priority, are kept. At least one, if there is any.
    ///
    /// `owners` holds the profile of each right before the event. As long as the union of these profiles and the
    /// candidates goes beyond a limit, a cap, or what is to be kept apart, the candidate of the lowest priority is dropped.
    pub(crate) fn kept<G: AsRef<Group>>(&self, candidates: &[Candidate], owners: &[Option<G>], time_ms: i64) -> usize {
        let mut kept = candidates.len();
        while kept > 1 && !self.fits(&candidates[..kept], &owners[..kept], time_ms) {
            kept -= 1;
        }
        kept
    }

    fn fits<G: AsRef<Group>>(&self, candidates: &[Candidate], owners: &[Option<G>], time_ms: i64) -> bool {
        let mut groups: Vec<&Group> = owners.iter().flatten().map(AsRef::as_ref).collect();
        groups.sort_unstable_by_key(|group| group.founder);
        groups.dedup_by_key(|group| group.founder);
        let fresh = || candidates.iter().zip(owners).filter(|(_, owner)| owner.is_none()).map(|(fresh, _)| fresh);
        let nothing_changes = groups.len() == 1 && fresh().next().is_none();
        nothing_changes
            || (self.fits_caps(&groups, fresh().count(), time_ms)
                && self.fits_limits(&groups, fresh(), time_ms)
                && self.fits_constraints(&groups, fresh(), time_ms))
    }

    fn fits_caps(&self, groups: &[&Group], fresh: usize, time_ms: i64) -> bool {
        let active = |group: &&Group| group.members.iter().filter(|member| member.is_active_at(time_ms)).count();
        let mappings = groups.iter().map(active).sum::<usize>() + fresh;
        let merges = groups.iter().map(|group| group.merges as usize + 1).sum::<usize>().saturating_sub(1);
        mappings <= self.caps.mappings as usize && (groups.len() <= 1 || merges <= self.caps.merges as usize)
    }

    fn fits_limits<'c>(&self, groups: &[&Group], fresh: impl Iterator<Item = &'c Candidate>, time_ms: i64) -> bool {
        let mut values = vec![0u32; self.kinds.len()];
        for member in groups.iter().flat_map(|group| &group.members) {
            let window = self.kinds.get(member.kind).limit.window;
            let counts = member.is_active_at(time_ms) && window.covers(member.since_ms, time_ms);
            values[usize::from(member.kind)] += u32::from(counts);
        }
        for candidate in fresh {
            values[usize::from(candidate.kind)] += 1;
        }
        values.iter().zip(0..).all(|(values, kind)| *values <= self.kinds.get(kind).limit.values)
    }

    fn fits_constraints<'c>(
        &self,
        groups: &[&Group],
        fresh: impl Iterator<Item = &'c Candidate>,
        time_ms: i64,
    ) -> bool {
        if self.constraints.apart.is_empty() {
            return true;
        }
        let members = groups.iter().flat_map(|group| &group.members);
        let members = members.filter(|member| member.is_active_at(time_ms)).map(|member| member.fragment);
        let lives = &self.constraints.lives;
        let union = members.chain(fresh.map(|candidate| candidate.fragment)).map(|fragment| lives.first(fragment));
        let union: Vec<_> = union.collect();
        self.constraints.apart.values().all(|apart| !apart.is_broken_by(&union))
    }
}
