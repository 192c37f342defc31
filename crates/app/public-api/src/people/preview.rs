//! What an act would do.

use std::collections::{BTreeMap, BTreeSet};

use prime_identity::{Change, Fragment, IdentityGraph, OwnedIdentifier, ProfileId};
use prime_profiles::{MemberRow, ProfileReader};
use prime_profiles_service::{GraphStore, fragment_id};
use serde::Serialize;
use utoipa::ToSchema;

use super::identifier::IdentifierBody;
use super::operation::Planned;
use super::row::{called, folded};
use crate::error::ApiError;

/// Identifiers that one outline shows.
const SHOWN_MAX: usize = 200;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationPreview {
    /// Send it with the operation, to be refused if it would do something else by then.
    fingerprint: String,
    /// The profiles that would be others, as they are.
    before: Vec<ProfileOutline>,
    /// As they would be.
    after: Vec<ProfileOutline>,
    /// Identifiers that would go elsewhere.
    moves: Vec<IdentifierMove>,
    /// The same in words.
    sentences: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProfileOutline {
    id: String,
    label: String,
    identifiers: Vec<IdentifierBody>,
    events: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IdentifierMove {
    identifier: IdentifierBody,
    /// None where it was nobody's.
    from: Option<String>,
    /// None where it would be nobody's.
    to: Option<String>,
}

/// Where a fragment is, before and after.
struct Placed {
    identifier: OwnedIdentifier,
    before: Option<ProfileId>,
    after: Option<ProfileId>,
    was_removed: bool,
    is_removed: bool,
    row: Option<MemberRow>,
}

impl OperationPreview {
    pub(crate) fn of(
        graph: &IdentityGraph<GraphStore>,
        reader: &ProfileReader,
        planned: &Planned,
    ) -> Result<Self, ApiError> {
        let placed = placed(graph, reader, planned)?;
        let sides = |side: fn(&Placed) -> (Option<ProfileId>, bool)| -> Result<Vec<ProfileOutline>, ApiError> {
            let mut profiles: BTreeMap<ProfileId, Vec<&Placed>> = BTreeMap::new();
            for one in placed.values() {
                if let (Some(profile), _) = side(one) {
                    profiles.entry(profile).or_default().push(one);
                }
            }
            profiles.into_iter().map(|(id, members)| outline(id, &members, side)).collect()
        };
        let before = sides(|one| (one.before, one.was_removed))?;
        let after = sides(|one| (one.after, one.is_removed))?;
        let moves: Vec<_> = placed.values().filter(|one| one.goes()).map(Placed::as_move).collect();
        let sentences = sentences(&before, &after, &moves);
        Ok(Self { fingerprint: planned.fingerprint.clone(), before, after, moves, sentences })
    }
}

impl Placed {
    fn goes(&self) -> bool {
        self.before != self.after || self.was_removed != self.is_removed
    }

    fn as_move(&self) -> IdentifierMove {
        let shown =
            |profile: Option<ProfileId>, is_removed: bool| profile.filter(|_| !is_removed).map(|id| id.to_string());
        IdentifierMove {
            identifier: (&self.identifier).into(),
            from: shown(self.before, self.was_removed),
            to: shown(self.after, self.is_removed),
        }
    }
}

fn placed(
    graph: &IdentityGraph<GraphStore>,
    reader: &ProfileReader,
    planned: &Planned,
) -> Result<BTreeMap<Fragment, Placed>, ApiError> {
    let mut placed = BTreeMap::new();
    let touched: BTreeSet<_> = planned.plan.profiles().into_iter().filter_map(|id| graph.canonical(id)).collect();
    for id in touched {
        let Some(profile) = graph.profile(id)? else { continue };
        for mapping in profile.mappings {
            let one = Placed {
                before: Some(id),
                after: Some(id),
                was_removed: mapping.is_removed,
                is_removed: mapping.is_removed,
                row: row(reader, mapping.fragment)?,
                identifier: mapping.identifier,
            };
            placed.insert(mapping.fragment, one);
        }
    }
    for change in planned.plan.changes() {
        let (fragment, after, is_removed) = match *change {
            Change::Mapped { fragment, profile } => (fragment, Some(profile), false),
            Change::Unmapped { fragment, .. } => (fragment, None, false),
            Change::Moved { fragment, to, .. } => (fragment, Some(to), false),
            Change::Removed { fragment, profile } => (fragment, Some(profile), true),
            Change::Restored { fragment, profile } => (fragment, Some(profile), false),
            _ => continue,
        };
        if let Some(one) = placed.get_mut(&fragment) {
            (one.after, one.is_removed) = (after, is_removed);
            continue;
        }
        let Some(identifier) = graph.identifier(fragment)? else { continue };
        let row = row(reader, fragment)?;
        placed.insert(fragment, Placed { identifier, before: None, after, was_removed: false, is_removed, row });
    }
    Ok(placed)
}

fn row(reader: &ProfileReader, fragment: Fragment) -> Result<Option<MemberRow>, ApiError> {
    let fragment = fragment_id(fragment);
    let row = reader.row(fragment)?;
    Ok(row.map(|row| (prime_profiles::Member { fragment, is_removed: false }, row)))
}

fn outline(
    id: ProfileId,
    members: &[&Placed],
    side: fn(&Placed) -> (Option<ProfileId>, bool),
) -> Result<ProfileOutline, ApiError> {
    let rows: Vec<MemberRow> = members.iter().filter_map(|member| member.row.clone()).collect();
    let folded = folded(&rows)?;
    let shown = members.iter().filter(|member| !side(member).1);
    let mut identifiers: Vec<IdentifierBody> = shown.map(|member| (&member.identifier).into()).collect();
    identifiers.sort_by(|one, other| (one.rank(), one).cmp(&(other.rank(), other)));
    let label = called(folded.traits()).or_else(|| identifiers.first().map(|first| first.value.clone()));
    identifiers.truncate(SHOWN_MAX);
    Ok(ProfileOutline {
        label: label.unwrap_or_else(|| id.to_string()),
        id: id.to_string(),
        identifiers,
        events: folded.counts().total(),
    })
}

fn sentences(before: &[ProfileOutline], after: &[ProfileOutline], moves: &[IdentifierMove]) -> Vec<String> {
    if moves.is_empty() {
        return vec!["Nobody would be another person by it now; it would hold for what comes.".into()];
    }
    let mut groups: BTreeMap<(Option<&str>, Option<&str>), Vec<String>> = BTreeMap::new();
    for one in moves {
        let name = format!("{}:{}", one.identifier.kind, one.identifier.value);
        groups.entry((one.from.as_deref(), one.to.as_deref())).or_default().push(name);
    }
    let is_new = |id: &str| before.iter().all(|outline| outline.id != id);
    let is_gone = |id: &str| after.iter().all(|outline| outline.id != id);
    let events = |id: &str| match after.iter().find(|outline| outline.id == id).map_or(0, |outline| outline.events) {
        1 => "1 event".to_owned(),
        events => format!("{events} events"),
    };
    let comers = |to: &str| groups.keys().filter(|(from, other)| from.is_some() && *other == Some(to)).count();
    let sentence = |(&(from, to), names): (&(Option<&str>, Option<&str>), &Vec<String>)| {
        let names = listed(names);
        match (from, to) {
            (Some(from), Some(to)) if is_new(to) && comers(to) > 1 => {
                format!("{names}: from {from} into one profile with others, {to}, with {}.", events(to))
            }
            (Some(from), Some(to)) if is_new(to) => {
                format!("{names}: from {from} to a profile of their own, {to}, with {}.", events(to))
            }
            (Some(from), Some(to)) if is_gone(from) => format!("{names}: {from} becomes one with {to}."),
            (Some(from), Some(to)) => format!("{names}: from {from} to {to}."),
            (Some(from), None) => {
                format!("{names}: leads to {from} no more; what was known by it stays with those who had it.")
            }
            (None, Some(to)) if is_new(to) => format!("{names}: a new profile, {to}, with {}.", events(to)),
            (None, Some(to)) => format!("{names}: leads to {to} again."),
            (None, None) => format!("{names}: is in no profile."),
        }
    };
    groups.iter().map(sentence).collect()
}

/// The first names, and how many more there are.
fn listed(names: &[String]) -> String {
    const NAMED: usize = 5;
    let mut text = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > NAMED {
        text.push_str(&format!(" and {} more", names.len() - NAMED));
    }
    text
}
