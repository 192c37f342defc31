//! Rules in the form in which events are looked at.

use std::collections::{HashMap, HashSet};

use regex::RegexSet;

use super::defaults::{ALPHABET_FROM, LIMIT, new_priority};
use super::{BlockedValues, Limit, Rules, RulesProblem};
use crate::identifier::{Collection, Identifier};

/// Rules that were found to be usable.
#[derive(Clone, Debug)]
pub struct CompiledRules {
    rules: Rules,
    types: Vec<CompiledType>,
    by_name: HashMap<(Collection, String), usize>,
    suggested: Blocked,
}

#[derive(Clone, Debug)]
struct CompiledType {
    rank: Rank,
    blocked: Blocked,
}

#[derive(Clone, Debug)]
struct Blocked {
    exact: HashSet<String>,
    patterns: RegexSet,
}

/// Where a type stands among others; the smaller is of higher priority.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    priority: u32,
    kind: String,
}

impl CompiledRules {
    pub(super) fn new(rules: Rules) -> Result<Self, Vec<RulesProblem>> {
        let problems = rules.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let types = rules.types.iter().map(|rule| CompiledType {
            rank: Rank { priority: rule.priority, kind: rule.kind.clone() },
            blocked: Blocked::new(&rule.blocked),
        });
        let types = types.collect();
        let names = rules.types.iter().zip(0..).map(|(rule, at)| ((rule.collection, rule.kind.clone()), at));
        Ok(Self { by_name: names.collect(), types, suggested: Blocked::new(&BlockedValues::suggested()), rules })
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The same rules under another version.
    pub(crate) fn with_version(&self, version: u32) -> Self {
        let mut rules = self.clone();
        rules.rules.version = version;
        rules
    }

    /// Whether a value names nobody.
    pub fn is_blocked(&self, identifier: &Identifier<'_>) -> bool {
        let at = self.place(identifier.collection, &identifier.kind);
        at.map_or(&self.suggested, |at| &self.types[at].blocked).matches(&identifier.value)
    }

    /// The limit of a type; the default one where the rules do not name it.
    pub fn limit(&self, collection: Collection, kind: &str) -> Limit {
        self.place(collection, kind).map_or(LIMIT, |at| self.rules.types[at].limit)
    }

    pub(crate) fn rank(&self, collection: Collection, kind: &str) -> Rank {
        match self.place(collection, kind) {
            Some(at) => self.types[at].rank.clone(),
            None => Rank { priority: new_priority(&self.rules.types, collection, kind), kind: kind.to_owned() },
        }
    }

    fn place(&self, collection: Collection, kind: &str) -> Option<usize> {
        // A comparison of a dozen short texts is cheaper than making an owned key for the map.
        if self.rules.types.len() <= 16 {
            return self.rules.types.iter().position(|rule| rule.collection == collection && rule.kind == kind);
        }
        self.by_name.get(&(collection, kind.to_owned())).copied()
    }

    /// Identifiers that may join profiles, the highest priority first; those of one type by their value.
    pub fn promotable<'i, 'a>(&self, identifiers: &'i [Identifier<'a>]) -> Vec<&'i Identifier<'a>> {
        let mut promotable: Vec<_> = identifiers.iter().filter(|identifier| !self.is_blocked(identifier)).collect();
        promotable.sort_by_cached_key(|identifier| {
            (self.rank(identifier.collection, &identifier.kind), identifier.value.clone())
        });
        promotable
    }
}

impl Blocked {
    /// `values` were found to be usable.
    fn new(values: &BlockedValues) -> Self {
        Self {
            exact: values.exact.iter().cloned().collect(),
            patterns: RegexSet::new(&values.patterns).unwrap_or_else(|_| RegexSet::empty()),
        }
    }

    fn matches(&self, value: &str) -> bool {
        self.exact.contains(value) || self.patterns.is_match(value)
    }
}

const _: () = assert!(ALPHABET_FROM > 2, "user_id and email come before the alphabet");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggested_values_block_every_type_known_or_not() {
        let rules = Rules::default().compile().unwrap();
        for kind in ["user_id", "email", "loyalty"] {
            for value in ["0000-0000", "---", "-1", "null", "anonymous", "", "0"] {
                assert!(rules.is_blocked(&Identifier::user(kind, value)), "{kind} {value}");
            }
            for value in ["0001", "nullable", "Anonymous", "u-1"] {
                assert!(!rules.is_blocked(&Identifier::user(kind, value)), "{kind} {value}");
            }
        }
    }

    #[test]
    fn an_unknown_type_ranks_where_it_will_stand_once_it_is_known() {
        let before = Rules::default().compile().unwrap();
        for new in ["aaa", "braze_id", "zz"] {
            let after = Rules::default().with_new_type(Collection::Users, new).compile().unwrap();
            for kind in ["user_id", "email", "android.id", "anonymous_id", "ga_client_id", "ios.push_token"] {
                let compare = |rules: &CompiledRules| {
                    rules.rank(Collection::Users, new).cmp(&rules.rank(Collection::Users, kind))
                };
                assert_eq!(compare(&before), compare(&after), "{new} and {kind}");
            }
        }
    }
}
