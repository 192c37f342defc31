//! All of one profile.

use std::collections::{BTreeMap, HashMap};

use prime_event::{MessageType, Timestamp};
use prime_identity::{Mapping, ProfileId};
use prime_profile_api::Space;
use prime_profiles::{FragmentId, MemberRow, ProfileNumber, ProfileReader, ProfileRef, Stamp};
use prime_profiles_service::{SpaceProfiles, fragment_id};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::identifier::{IdentifierBody, Origin};
use super::lookup::no_profile;
use super::row::{ProfileRow, folded};
use super::space::look;
use crate::error::ApiError;

/// Links of one profile that are looked at.
const LINKS_MAX: usize = 10_000;
/// Links that stand with a profile.
const LINKS_SHOWN: usize = 50;

/// A person or an account with all that is known of them, but for the events.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileDetail {
    id: String,
    collection: String,
    label: String,
    events: u64,
    first_seen: Option<String>,
    last_seen: Option<String>,
    /// The time of the event that created it.
    created_at: String,
    /// Ids of profiles that were merged into this one: they lead here.
    merged_ids: Vec<String>,
    /// All of them, the oldest first, removed ones too.
    identifiers: Vec<ProfileIdentifier>,
    /// By name.
    traits: Vec<ProfileTrait>,
    counts: EventCounts,
    /// The accounts of a person, the members of an account: the first of them.
    links: Vec<LinkedProfile>,
    links_total: usize,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileIdentifier {
    identifier: IdentifierBody,
    /// Under what is kept what is known of it.
    fragment: String,
    /// It was taken from the profile: nobody is found by it any more, and what was known of it stayed.
    is_removed: bool,
    first_seen: String,
    /// The event that first named it.
    origin: Origin,
    /// Events that are this identifier's: they go wherever it goes.
    events: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileTrait {
    name: String,
    /// As it was sent, digit for digit.
    #[schema(value_type = serde_json::Value)]
    value: Box<RawValue>,
    updated_at: String,
    source_id: String,
    message_id: String,
}

#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct EventCounts {
    total: u64,
    track: u64,
    identify: u64,
    page: u64,
    screen: u64,
    group: u64,
    alias: u64,
}

/// An account of a person, or a member of an account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LinkedProfile {
    pub(crate) profile: ProfileRow,
    /// The first event that linked the two.
    pub(crate) since: Origin,
}

/// Links of a profile, each once, the oldest first.
pub(crate) struct LinkedProfiles {
    pub(crate) links: Vec<(Stamp, ProfileNumber)>,
}

impl ProfileDetail {
    pub(crate) fn of(space: &SpaceProfiles, reader: &ProfileReader, profile: &ProfileRef) -> Result<Self, ApiError> {
        let id: ProfileId = space.profile_id(profile.number).parse().map_err(|_| no_profile())?;
        let known = look(space, |graph| graph.profile(id)?.ok_or_else(no_profile))?;
        let rows = reader.rows(profile)?;
        let folded = folded(&rows)?;
        let row = ProfileRow::from_rows(space, profile, &rows, &folded);
        let by_fragment: HashMap<FragmentId, &MemberRow> = rows.iter().map(|row| (row.0.fragment, row)).collect();
        let links = links(reader, profile)?;
        let counts = folded.counts();
        Ok(Self {
            id: row.id,
            collection: row.collection,
            label: row.label,
            events: row.events,
            first_seen: row.first_seen,
            last_seen: row.last_seen,
            created_at: time(known.created_ms),
            merged_ids: known.merged.iter().map(ToString::to_string).collect(),
            identifiers: known.mappings.iter().map(|mapping| identifier(mapping, &by_fragment)).collect(),
            traits: folded.traits().iter().map(|(name, value)| profile_trait(name, value)).collect(),
            counts: EventCounts {
                total: counts.total(),
                track: counts.of(MessageType::Track),
                identify: counts.of(MessageType::Identify),
                page: counts.of(MessageType::Page),
                screen: counts.of(MessageType::Screen),
                group: counts.of(MessageType::Group),
                alias: counts.of(MessageType::Alias),
            },
            links: links.shown(space, reader, 0..LINKS_SHOWN)?,
            links_total: links.links.len(),
        })
    }
}

fn identifier(mapping: &Mapping, rows: &HashMap<FragmentId, &MemberRow>) -> ProfileIdentifier {
    let fragments = mapping.parts.iter().chain([&mapping.fragment]);
    let events = fragments.filter_map(|fragment| rows.get(&fragment_id(*fragment)));
    ProfileIdentifier {
        identifier: (&mapping.identifier).into(),
        fragment: hex(mapping.fragment),
        is_removed: mapping.is_removed,
        first_seen: time(mapping.created_ms),
        origin: Origin {
            message_id: mapping.message_id.clone(),
            source_id: mapping.source.clone(),
            timestamp: time(mapping.created_ms),
        },
        events: events.map(|(_, row)| row.counts.total()).sum(),
    }
}

fn profile_trait(name: &str, value: &prime_profiles::Trait) -> ProfileTrait {
    ProfileTrait {
        name: name.to_owned(),
        value: RawValue::from_string(value.value.to_string()).unwrap_or_else(|_| RawValue::NULL.to_owned()),
        updated_at: value.stamp.timestamp.to_string(),
        source_id: value.stamp.source.to_string(),
        message_id: value.stamp.message_id.to_string(),
    }
}

/// The links of a profile, at most ten thousand of them.
pub(crate) fn links(reader: &ProfileReader, profile: &ProfileRef) -> Result<LinkedProfiles, ApiError> {
    let mut since: BTreeMap<ProfileNumber, Stamp> = BTreeMap::new();
    let mut looked_at = 0;
    for member in &profile.members {
        for link in reader.links(member.fragment, None).take(LINKS_MAX) {
            let link = link?;
            looked_at += 1;
            if looked_at > LINKS_MAX {
                break;
            }
            let Some(number) = reader.number_with(link.to)? else { continue };
            let known = since.entry(number).or_insert_with(|| link.since.clone());
            if link.since < *known {
                *known = link.since;
            }
        }
    }
    let mut links: Vec<_> = since.into_iter().map(|(number, since)| (since, number)).collect();
    links.sort();
    Ok(LinkedProfiles { links })
}

impl LinkedProfiles {
    /// Some of them with what is known of the other side.
    pub(crate) fn shown(
        &self,
        space: &SpaceProfiles,
        reader: &ProfileReader,
        places: std::ops::Range<usize>,
    ) -> Result<Vec<LinkedProfile>, ApiError> {
        let places = places.start.min(self.links.len())..places.end.min(self.links.len());
        let mut shown = Vec::with_capacity(places.len());
        for (since, number) in &self.links[places] {
            if let Some(profile) = reader.find_profile(*number)? {
                shown.push(LinkedProfile { profile: ProfileRow::of(space, reader, &profile)?, since: since.into() });
            }
        }
        Ok(shown)
    }
}

pub(crate) fn time(millis: i64) -> String {
    Timestamp::from_millis(millis).to_string()
}

pub(crate) fn hex(fragment: prime_identity::Fragment) -> String {
    format!("{fragment:?}")
}
