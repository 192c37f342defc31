//! Finding people by what one knows of them.

use std::collections::HashSet;

use prime_event::{EventRecord, WorkspaceId};
use prime_identity::Extractor;
use prime_log::Partition;
use prime_profile_api::Space;
use prime_profiles::{
    Collection, FragmentId, Identifier, ProfileNumber, ProfileReader, ProfileRef, search_words, trait_words,
};
use prime_profiles_service::SpaceProfiles;
use serde::Serialize;
use utoipa::ToSchema;

use super::identifier::rank;
use super::row::ProfileRow;
use super::space::look;
use crate::error::ApiError;
use crate::stream_search::newest_first;

/// Words that are looked at in one search.
const LOOKED_AT_MAX: usize = 2_000;

/// Why somebody is in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub(crate) enum FoundBy {
    ProfileId,
    Identifier {
        #[serde(rename = "type")]
        kind: String,
        value: String,
    },
    Trait {
        name: String,
        value: String,
    },
    /// They are among those of the newest events.
    Recent,
}

/// Somebody who was found.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FoundProfile {
    #[serde(flatten)]
    pub(crate) profile: ProfileRow,
    pub(crate) found: FoundBy,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SearchResult {
    pub(crate) profiles: Vec<FoundProfile>,
    /// Whether these are all that fit. If not, say more about whom you look for.
    pub(crate) is_complete: bool,
}

/// A search under way.
struct Search<'a> {
    space: &'a SpaceProfiles,
    reader: ProfileReader,
    collection: Option<Collection>,
    limit: usize,
    found: Vec<FoundProfile>,
    known: HashSet<ProfileNumber>,
}

impl Search<'_> {
    fn is_full(&self) -> bool {
        self.found.len() >= self.limit
    }

    fn add(&mut self, profile: &ProfileRef, found: FoundBy) -> Result<(), ApiError> {
        if self.known.contains(&profile.number) || self.is_full() {
            return Ok(());
        }
        let row = ProfileRow::of(self.space, &self.reader, profile)?;
        if self.collection.is_none_or(|collection| collection.as_str() == row.collection) {
            self.known.insert(profile.number);
            self.found.push(FoundProfile { profile: row, found });
        }
        Ok(())
    }

    fn by_identifier(&mut self, collection: Collection, kind: &str, value: &str) -> Result<(), ApiError> {
        let identifier = Identifier::new(collection, kind, value);
        if let Some(profile) = self.reader.find(self.space.first_fragment(&identifier))? {
            self.add(&profile, FoundBy::Identifier { kind: kind.to_owned(), value: value.to_owned() })?;
        }
        Ok(())
    }

    /// Everybody with all of these words. False where more had to be looked at than is.
    fn by_words(&mut self, words: &[String]) -> Result<bool, ApiError> {
        // The longest is likely the rarest.
        let Some(rarest) = words.iter().max_by_key(|word| word.len()) else { return Ok(true) };
        let reader = self.reader.clone();
        for (looked_at, fragment) in reader.with_word(rarest).enumerate() {
            if looked_at == LOOKED_AT_MAX {
                return Ok(false);
            }
            let fragment = fragment?;
            let Some(profile) = reader.profile_with(fragment)? else { continue };
            if self.known.contains(&profile.number) || !has_words(&reader, &profile, words)? {
                continue;
            }
            if self.is_full() {
                return Ok(false);
            }
            let found = told_by(&reader, fragment, rarest)?;
            self.add(&profile, found)?;
        }
        Ok(true)
    }
}

/// Everybody whom a text may stand for: an id, an identifier, or the beginning of words.
pub(crate) fn search(
    space: &SpaceProfiles,
    query: &str,
    collection: Option<Collection>,
    limit: usize,
) -> Result<SearchResult, ApiError> {
    let reader = space.reader();
    let mut search = Search { space, reader, collection, limit, found: Vec::new(), known: HashSet::new() };
    if let Some(number) = space.profile_number(query)
        && let Some(profile) = search.reader.find_profile(number)?
    {
        search.add(&profile, FoundBy::ProfileId)?;
    }
    let mut types: Vec<(Collection, String)> = look(space, |graph| {
        let types = graph.rules().rules().types.iter();
        Ok(types.filter_map(|rule| Some((Collection::parse(rule.collection.as_str())?, rule.kind.clone()))).collect())
    })?;
    types.sort_by_key(|(_, kind)| rank(kind));
    let lower = query.to_lowercase();
    let spellings = if lower == query { vec![query] } else { vec![query, lower.as_str()] };
    for value in spellings {
        if let Some((kind, value)) = value.split_once(':') {
            for collection in [Collection::Users, Collection::Accounts] {
                search.by_identifier(collection, kind, value)?;
            }
        }
        for (collection, kind) in &types {
            search.by_identifier(*collection, kind, value)?;
        }
    }
    let is_complete = search.by_words(&search_words(query))?;
    Ok(SearchResult { profiles: search.found, is_complete })
}

/// Those of the newest events, the latest first.
pub(crate) fn recent(
    space: &SpaceProfiles,
    workspace: &WorkspaceId,
    events: &[Partition],
    collection: Option<Collection>,
    limit: usize,
) -> Result<SearchResult, ApiError> {
    let extractor = look(space, |graph| Ok(Extractor::new(graph.rules())))?;
    let mut search =
        Search { space, reader: space.reader(), collection, limit, found: Vec::new(), known: HashSet::new() };
    let mut failed = None;
    let found = newest_first(events, None, limit, |record, _| {
        let event = EventRecord::decode(record.value.clone()).ok().filter(|event| event.workspace == *workspace)?;
        let before = search.found.len();
        if let Err(error) = add_people_of(&mut search, &extractor, &event) {
            failed.get_or_insert(error);
        }
        // Each event counts once; an event of somebody who was there already counts for nothing.
        (search.found.len() > before).then_some(())
    })?;
    match failed {
        Some(error) => Err(error),
        None => Ok(SearchResult { profiles: search.found, is_complete: found.next.is_none() }),
    }
}

fn add_people_of(search: &mut Search<'_>, extractor: &Extractor, event: &EventRecord) -> Result<(), ApiError> {
    let Some(extracted) = std::str::from_utf8(&event.payload).ok().and_then(|text| extractor.extract(text)) else {
        return Ok(());
    };
    let mut identifiers = extracted.identifiers;
    identifiers.sort_by_key(|identifier| rank(&identifier.kind));
    for collection in [Collection::Users, Collection::Accounts] {
        for identifier in identifiers.iter().filter(|identifier| identifier.collection.as_str() == collection.as_str())
        {
            let identifier = Identifier::new(collection, &identifier.kind, &identifier.value);
            if let Some(profile) = search.reader.find(search.space.first_fragment(&identifier))? {
                search.add(&profile, FoundBy::Recent)?;
                break;
            }
        }
    }
    Ok(())
}

fn has_words(reader: &ProfileReader, profile: &ProfileRef, wanted: &[String]) -> Result<bool, ApiError> {
    let mut words = Vec::new();
    for (_, row) in reader.rows(profile)? {
        words.extend(row.words().map_err(prime_profiles::StoreError::from)?);
    }
    Ok(wanted.iter().all(|wanted| words.iter().any(|word| word.starts_with(wanted.as_str()))))
}

/// The trait of a fragment that has a word, or its identifier.
fn told_by(reader: &ProfileReader, fragment: FragmentId, word: &str) -> Result<FoundBy, ApiError> {
    let Some(row) = reader.row(fragment)? else { return Ok(FoundBy::Recent) };
    let traits = row.traits().map_err(prime_profiles::StoreError::from)?;
    let told =
        traits.iter().find(|(name, value)| trait_words(name, &value.value).iter().any(|known| known.starts_with(word)));
    Ok(match told {
        Some((name, value)) => {
            let text = serde_json::from_str::<String>(&value.value).unwrap_or_else(|_| value.value.to_string());
            FoundBy::Trait { name: name.to_owned(), value: text }
        }
        None => FoundBy::Identifier { kind: row.identifier.kind.to_string(), value: row.identifier.value.to_string() },
    })
}
