//! What can be wrong with rules, in sentences.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{Reading, Rules, TypeRule};
use crate::identifier::Collection;

/// One reason why rules cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RulesProblem {
    #[error("the type {0:?} has to be 1 to 64 lower-case letters, digits, dots, dashes and underscores")]
    Name(String),
    #[error("the type `{kind}` is there twice in {collection}; give one of them another name")]
    Twice { kind: String, collection: Collection },
    #[error("the limit of `{0}` has to be at least 1; to use no value of a type, block it")]
    NoValues(String),
    #[error("the priority of `{0}` has to be at least 1")]
    NoPriority(String),
    #[error("`{kind}` blocks by the pattern {pattern:?}, which is no regular expression: {reason}")]
    Pattern { kind: String, pattern: String, reason: String },
    #[error("`{0}` reads from a key without a name")]
    NoKey(String),
    #[error("{0} has to belong to {1}")]
    WrongCollection(&'static str, Collection),
    #[error("there may be at most {MAX_TYPES} types; these are {0}")]
    TooMany(usize),
    #[error("a profile has to be allowed at least 1 mapping")]
    NoMappings,
    #[error("an identifier has to be allowed in at least 2 sets before it is taken for a shared one")]
    NoSets,
}

/// Each is looked for on every event.
const MAX_TYPES: usize = 200;

pub(super) fn problems(rules: &Rules) -> Vec<RulesProblem> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for rule in &rules.types {
        if !seen.insert((rule.collection, rule.kind.as_str())) {
            problems.push(RulesProblem::Twice { kind: rule.kind.clone(), collection: rule.collection });
        }
        problems_of_type(rule, &mut problems);
    }
    if rules.types.len() > MAX_TYPES {
        problems.push(RulesProblem::TooMany(rules.types.len()));
    }
    if rules.caps.mappings == 0 {
        problems.push(RulesProblem::NoMappings);
    }
    if rules.hairballs.sets < 2 {
        problems.push(RulesProblem::NoSets);
    }
    problems
}

fn problems_of_type(rule: &TypeRule, problems: &mut Vec<RulesProblem>) {
    if !is_type_name(&rule.kind) {
        problems.push(RulesProblem::Name(rule.kind.clone()));
    }
    if rule.limit.values == 0 {
        problems.push(RulesProblem::NoValues(rule.kind.clone()));
    }
    if rule.priority == 0 {
        problems.push(RulesProblem::NoPriority(rule.kind.clone()));
    }
    for pattern in &rule.blocked.patterns {
        if let Err(error) = regex::Regex::new(pattern) {
            let reason = error.to_string().lines().last().unwrap_or_default().trim().to_owned();
            problems.push(RulesProblem::Pattern { kind: rule.kind.clone(), pattern: pattern.clone(), reason });
        }
    }
    match &rule.read {
        Reading::Key(key) | Reading::Traits { key, .. } if key.is_empty() => {
            problems.push(RulesProblem::NoKey(rule.kind.clone()));
        }
        Reading::UserId if rule.collection != Collection::Users => {
            problems.push(RulesProblem::WrongCollection("what is read from `userId`", Collection::Users));
        }
        Reading::GroupId if rule.collection != Collection::Accounts => {
            problems.push(RulesProblem::WrongCollection("what is read from `groupId`", Collection::Accounts));
        }
        _ => {}
    }
}

/// Whether a type may have this name.
pub(crate) fn is_type_name(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_');
    (1..=64).contains(&name.len()) && name.bytes().all(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(change: impl FnOnce(&mut Rules)) -> Vec<String> {
        let mut rules = Rules::default();
        change(&mut rules);
        rules.problems().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_problem_is_named_in_a_sentence() {
        assert!(sentences(|_| {}).is_empty());
        let all = sentences(|rules| {
            rules.types[0].limit.values = 0;
            rules.types[1].kind = "E-Mail".to_owned();
            rules.types[2].blocked.patterns.push("(".to_owned());
            rules.types[3].priority = 0;
            let again = rules.types[0].clone();
            rules.types.push(again);
            rules.types[4].read = Reading::Key(String::new());
            rules.caps.mappings = 0;
        });
        assert_eq!(all.len(), 8, "{all:#?}");
        assert!(all.iter().any(|sentence| sentence.contains("at least 1; to use no value of a type, block it")));
        assert!(all.iter().any(|sentence| sentence.contains("\"(\"")));
    }
}
