//! Types of identifiers as small numbers, with what the rules say of each.

use std::collections::HashMap;

use crate::identifier::Collection;
use crate::rules::{CompiledRules, Limit};

pub(crate) type KindNumber = u16;

/// All types that were ever seen. A number is given once and kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kinds {
    all: Vec<KnownKind>,
    by_name: HashMap<(Collection, Box<str>), KindNumber>,
}

#[derive(Clone, Debug)]
pub(crate) struct KnownKind {
    pub(crate) collection: Collection,
    pub(crate) name: Box<str>,
    pub(crate) limit: Limit,
    /// Among all known types; the smaller is of the higher priority.
    pub(crate) place: u32,
}

impl Kinds {
    pub(crate) fn number(&self, collection: Collection, name: &str) -> Option<KindNumber> {
        // Few types, short names: comparing is cheaper than making a key.
        if self.all.len() <= 24 {
            let is_it = |kind: &KnownKind| kind.collection == collection && *kind.name == *name;
            return self.all.iter().position(is_it).map(|at| at as KindNumber);
        }
        self.by_name.get(&(collection, name.into())).copied()
    }

    /// Adds a type that is not known yet.
    pub(crate) fn add(&mut self, collection: Collection, name: &str, rules: &CompiledRules) -> KindNumber {
        let number = self.all.len() as KindNumber;
        let limit = rules.limit(collection, name);
        self.all.push(KnownKind { collection, name: name.into(), limit, place: 0 });
        self.by_name.insert((collection, name.into()), number);
        self.order(rules);
        number
    }

    /// Applies the rules to all types.
    pub(crate) fn order(&mut self, rules: &CompiledRules) {
        let mut order: Vec<usize> = (0..self.all.len()).collect();
        order.sort_by_key(|at| rules.rank(self.all[*at].collection, &self.all[*at].name));
        for (at, place) in order.into_iter().zip(0..) {
            self.all[at].place = place;
        }
        for kind in &mut self.all {
            kind.limit = rules.limit(kind.collection, &kind.name);
        }
    }

    pub(crate) fn get(&self, number: KindNumber) -> &KnownKind {
        &self.all[usize::from(number)]
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }
}
