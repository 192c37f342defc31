use std::collections::BTreeMap;
use std::ops::Bound;

use super::support::{POINTS, Random, SCANS, family, owned, pairs};
use super::{Harness, Instance};
use crate::{Batch, Durability};

const HISTORIES: u64 = 12;
const STEPS: usize = 60;

type Model = [BTreeMap<Vec<u8>, Vec<u8>>; 2];

/// Random batches, scans and reopenings against a map for each family.
pub(super) fn every_history_reads_as_a_map_would(harness: &dyn Harness) {
    for seed in 0..HISTORIES {
        let mut random = Random(seed);
        let mut instance = harness.fresh();
        let mut model = Model::default();
        for _ in 0..STEPS {
            match random.below(10) {
                0 => drop(instance.reopen()),
                1..=3 => compare(&*instance, &model, &mut random),
                _ => change(&*instance, &mut model, &mut random),
            }
        }
        compare(&*instance, &model, &mut random);
    }
}

fn change(instance: &dyn Instance, model: &mut Model, random: &mut Random) {
    let families = [family(instance, POINTS), family(instance, SCANS)];
    let mut batch = Batch::new();
    for _ in 0..random.below(8) {
        let (place, key) = (random.below(2) as usize, key(random));
        if random.below(4) == 0 {
            batch.remove(families[place], key.clone());
            model[place].remove(&key);
        } else {
            let value = vec![random.below(256) as u8; random.below(200) as usize];
            batch.put(families[place], key.clone(), value.clone());
            model[place].insert(key, value);
        }
    }
    let durability = if random.below(5) == 0 { Durability::Machine } else { Durability::Process };
    instance.state().write(batch, durability).expect("the batch is written");
}

fn compare(instance: &dyn Instance, model: &Model, random: &mut Random) {
    let moment = instance.state().snapshot();
    for (options, model) in [POINTS, SCANS].into_iter().zip(model) {
        let family = family(instance, options);
        assert_eq!(pairs(&moment, family), model.clone().into_iter().collect::<Vec<_>>());
        let (from, to) = (key(random), key(random));
        if from < to {
            let bounds = (Bound::Excluded(&from[..]), Bound::Included(&to[..]));
            let expected = model.range::<[u8], _>(bounds).rev().map(|(key, value)| (key.clone(), value.clone()));
            assert_eq!(owned(moment.scan(family, bounds).rev()), expected.collect::<Vec<_>>());
        }
        assert_eq!(moment.get(family, &from).unwrap().as_deref(), model.get(&from).map(Vec::as_slice));
    }
}

/// Few enough that the same ones come again.
fn key(random: &mut Random) -> Vec<u8> {
    (0..1 + random.below(2)).map(|_| b'a' + random.below(5) as u8).collect()
}
