//! Rules as they are sent, and what they would do.

use prime_identity::{CompiledRules, IdentityGraph, ProfileSample, RulePreview, Rules};
use prime_profiles_service::GraphStore;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::identifier::IdentifierBody;
use crate::error::{ApiError, FieldError};

/// Everything that is wrong with rules, each in a sentence.
pub(crate) fn problems(rules: &Value) -> Vec<String> {
    match read(rules) {
        Ok(rules) => rules.problems().iter().map(|problem| sentence(&problem.to_string())).collect(),
        Err(problem) => vec![problem],
    }
}

pub(crate) fn compiled(rules: &Value) -> Result<CompiledRules, ApiError> {
    let refused = |problems: Vec<String>| {
        let error = |message| FieldError { field: "rules".into(), message };
        ApiError::Validation(problems.into_iter().map(error).collect())
    };
    let read = read(rules).map_err(|problem| refused(vec![problem]))?;
    read.compile().map_err(|problems| refused(problems.iter().map(|it| sentence(&it.to_string())).collect()))
}

fn read(rules: &Value) -> Result<Rules, String> {
    serde_path_to_error::deserialize(rules).map_err(|error| {
        let (path, what) = (error.path().to_string(), error.into_inner());
        match path.as_str() {
            "." => format!("The rules cannot be read: {what}."),
            path => format!("The rules cannot be read at `{path}`: {what}."),
        }
    })
}

/// Of a clause.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}

/// What other rules would do to everybody.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RulesPreview {
    profiles_before: u64,
    profiles_after: u64,
    /// Profiles whose identifiers would be spread over several, or be in none.
    split: u64,
    /// Profiles that would be made of several.
    merged: u64,
    /// Identifiers that would be in another profile, or in none, or in one for the first time.
    identifiers_moved: u64,
    /// Some of those that would split or merge.
    samples: Vec<RulesSample>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RulesSample {
    profile_id: String,
    /// Whether it splits; else it merges.
    splits: bool,
    identifiers: Vec<SampleIdentifier>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SampleIdentifier {
    identifier: IdentifierBody,
    before: Option<String>,
    after: Option<String>,
}

impl RulesPreview {
    /// Takes as long as the graph is large.
    pub(crate) fn of(graph: &IdentityGraph<GraphStore>, rules: &CompiledRules) -> Result<Self, ApiError> {
        let RulePreview { profiles_before, profiles_after, split, merged, identifiers_moved, samples } =
            graph.preview_rules(rules)?;
        let samples = samples.into_iter().map(RulesSample::from).collect();
        Ok(Self { profiles_before, profiles_after, split, merged, identifiers_moved, samples })
    }
}

impl From<ProfileSample> for RulesSample {
    fn from(sample: ProfileSample) -> Self {
        let identifiers = sample.identifiers.iter().map(|(identifier, before, after)| SampleIdentifier {
            identifier: identifier.into(),
            before: before.map(|id| id.to_string()),
            after: after.map(|id| id.to_string()),
        });
        Self { profile_id: sample.profile.to_string(), splits: sample.splits, identifiers: identifiers.collect() }
    }
}
