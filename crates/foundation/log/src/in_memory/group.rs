//! Who of a group's members has which partition: decided here, without time and without channels.

use std::collections::BTreeMap;

pub(super) type MemberId = u64;

/// Partitions move one by one from who has most to who has least, so that a change of members disturbs few.
#[derive(Default)]
pub(super) struct Group {
    partitions: Vec<Place>,
    /// What each member has or is about to get.
    shares: BTreeMap<MemberId, usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Free,
    Owned(MemberId),
    /// Waits until one member lets go, to become another's.
    Moving {
        from: MemberId,
        to: MemberId,
    },
}

/// What the members have to be told, each once, gains first: what was just gained may have to go on at once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) gained: BTreeMap<MemberId, Vec<u32>>,
    pub(super) lost: BTreeMap<MemberId, Vec<u32>>,
}

impl Group {
    pub(super) fn join(&mut self, member: MemberId, partitions: u32) -> Changes {
        self.shares.insert(member, 0);
        if self.partitions.len() < partitions as usize {
            self.partitions.resize(partitions as usize, Place::Free);
        }
        let mut changes = Changes::default();
        self.hand_out(&mut changes);
        self.even_out(&mut changes);
        changes
    }

    /// A member is gone, and with it whatever it still held.
    pub(super) fn leave(&mut self, member: MemberId) -> Changes {
        let mut changes = Changes::default();
        if self.shares.remove(&member).is_none() {
            return changes;
        }
        for number in 0..self.partitions.len() {
            match self.partitions[number] {
                Place::Owned(owner) if owner == member => self.partitions[number] = Place::Free,
                Place::Moving { from, to } if from == member && to == member => self.partitions[number] = Place::Free,
                Place::Moving { from, to } if from == member => self.arrive(number, to, &mut changes),
                Place::Moving { from, to } if to == member => self.redirect(number, from),
                _ => {}
            }
        }
        self.hand_out(&mut changes);
        self.even_out(&mut changes);
        changes
    }

    /// A member let go of partitions that it had been told are lost.
    pub(super) fn released(&mut self, member: MemberId, partitions: &[u32]) -> Changes {
        let mut changes = Changes::default();
        for number in partitions {
            match self.partitions[*number as usize] {
                Place::Moving { from, to } if from == member => self.arrive(*number as usize, to, &mut changes),
                _ => {}
            }
        }
        self.even_out(&mut changes);
        changes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shares.is_empty()
    }

    fn arrive(&mut self, number: usize, to: MemberId, changes: &mut Changes) {
        self.partitions[number] = Place::Owned(to);
        changes.gained.entry(to).or_default().push(number as u32);
    }

    /// Whoever was to get a partition is gone. It may go back to where it still is.
    fn redirect(&mut self, number: usize, from: MemberId) {
        let to = self.least().expect("the member it comes from is there");
        self.partitions[number] = Place::Moving { from, to };
        *self.share(to) += 1;
    }

    fn hand_out(&mut self, changes: &mut Changes) {
        for number in 0..self.partitions.len() {
            if self.partitions[number] == Place::Free
                && let Some(member) = self.least()
            {
                *self.share(member) += 1;
                self.arrive(number, member, changes);
            }
        }
    }

    fn even_out(&mut self, changes: &mut Changes) {
        while let (Some(most), Some(least)) = (self.most(), self.least())
            && self.shares[&most] > self.shares[&least] + 1
        {
            let owned = self.partitions.iter().rposition(|place| *place == Place::Owned(most));
            // What is on its way to a member cannot be sent on before it is there.
            let Some(number) = owned else { return };
            self.partitions[number] = Place::Moving { from: most, to: least };
            *self.share(most) -= 1;
            *self.share(least) += 1;
            changes.lost.entry(most).or_default().push(number as u32);
        }
    }

    fn share(&mut self, member: MemberId) -> &mut usize {
        self.shares.get_mut(&member).expect("the member has joined")
    }

    fn least(&self) -> Option<MemberId> {
        self.shares.iter().min_by_key(|(_, share)| **share).map(|(member, _)| *member)
    }

    fn most(&self) -> Option<MemberId> {
        self.shares.iter().rev().max_by_key(|(_, share)| **share).map(|(member, _)| *member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Random joins, departures and releases, with what each member believes to have.
    #[test]
    fn no_partition_ever_has_two_members_and_in_the_end_all_have_their_share() {
        for seed in 0..200_u64 {
            let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let mut below = |bound: u64| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                random % bound
            };
            let (mut group, mut history, mut next) = (Group::default(), History::default(), 0);
            for _ in 0..40 {
                match below(3) {
                    0 => {
                        history.members.insert(next, Vec::new());
                        history.apply(group.join(next, 7));
                        next += 1;
                    }
                    1 => {
                        let Some(member) = history.any(below(1 << 20)) else { continue };
                        history.members.remove(&member);
                        history.releasing.retain(|(from, _)| *from != member);
                        history.apply(group.leave(member));
                    }
                    _ => history.release_one(&mut group),
                }
                history.check();
            }
            while !history.releasing.is_empty() {
                history.release_one(&mut group);
            }
            let shares: Vec<usize> = history.members.values().map(Vec::len).collect();
            if let (Some(most), Some(least)) = (shares.iter().max(), shares.iter().min()) {
                assert_eq!(shares.iter().sum::<usize>(), 7, "seed {seed}: every partition has a member");
                assert!(most - least <= 1, "seed {seed}: {shares:?}");
            }
        }
    }

    #[derive(Default)]
    struct History {
        members: BTreeMap<MemberId, Vec<u32>>,
        releasing: Vec<(MemberId, Vec<u32>)>,
    }

    impl History {
        fn apply(&mut self, changes: Changes) {
            for (member, gained) in changes.gained {
                self.members.get_mut(&member).unwrap().extend(gained);
            }
            for (member, lost) in changes.lost {
                let has = self.members.get_mut(&member).unwrap();
                assert!(lost.iter().all(|number| has.contains(number)), "only what it has can be lost");
                has.retain(|number| !lost.contains(number));
                self.releasing.push((member, lost));
            }
        }

        fn release_one(&mut self, group: &mut Group) {
            if !self.releasing.is_empty() {
                let (member, partitions) = self.releasing.remove(0);
                self.apply(group.released(member, &partitions));
            }
        }

        fn any(&self, random: u64) -> Option<MemberId> {
            let place = random as usize % self.members.len().max(1);
            self.members.keys().nth(place).copied()
        }

        fn check(&self) {
            let releasing = self.releasing.iter().flat_map(|(_, partitions)| partitions);
            let mut held: Vec<u32> = self.members.values().flatten().chain(releasing).copied().collect();
            held.sort_unstable();
            assert!(held.windows(2).all(|pair| pair[0] != pair[1]), "held twice: {held:?}");
        }
    }
}
