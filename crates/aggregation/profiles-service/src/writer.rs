//! The one who writes a space: identity decides, profiles follow, both are one batch.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use prime_event::{Timestamp, WorkspaceId};
use prime_identity::{
    CarryOutError, Change, CompiledRules, Extractor, Fragment, IdentifiedEvent, IdentityGraph, Memory, OperationRecord,
    OwnedIdentifier, Plan, ProfileId, StoreError as GraphError,
};
use prime_profiles::{Dropped, Member, Move, Placement, ProfileStore, RowCache, StoreError, Update, UpdateCounts};
use prime_state::{Batch, Durability, State, StateError};
use thiserror::Error;

use crate::commit_point::{CommitFamilies, CommitPoint};
use crate::fragments::{fragment_id, profile_identifier, profile_number};
use crate::graph_store::GraphStore;
use crate::outputs::{self, Cause};
use crate::prepared::Prepared;

/// How a space is made and what it may take.
#[derive(Clone)]
pub struct SpaceOptions {
    /// Rules of a new space; one that is there keeps its own.
    pub rules: CompiledRules,
    /// From which each space's fragments and profile ids are made. Kept for as long as the spaces.
    pub identity_key: [u8; 16],
    pub memory: Memory,
    /// Rows of fragments held in memory by the writer.
    pub rows_max: usize,
}

/// What was done since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceCounts {
    pub applied: u64,
    /// Events that were there already.
    pub repeated: u64,
    /// Events that no identifier owns.
    pub unowned: u64,
    /// Traits left out because their time has no zone.
    pub zoneless_traits: u64,
    /// Events that leave no trace on profiles, by the reason.
    pub dropped: BTreeMap<Dropped, u64>,
}

#[derive(Debug, Error)]
pub(crate) enum WriterError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Profiles(#[from] StoreError),
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error(transparent)]
    Open(#[from] prime_identity::OpenError),
}

/// Changes that are decided and not written.
pub(crate) struct Round {
    batch: Batch,
    /// Records for `computed` that are not there yet.
    pub(crate) records: Vec<Bytes>,
    point: CommitPoint,
    counts: UpdateCounts,
}

pub(crate) struct SpaceWriter {
    workspace: WorkspaceId,
    state: State,
    store: ProfileStore,
    families: CommitFamilies,
    graph: IdentityGraph<GraphStore>,
    extractor: Arc<Extractor>,
    rows: RowCache,
    point: CommitPoint,
    /// Records of `computed` with smaller numbers need not be written any more.
    emitted: u64,
    /// Records of `computed` with smaller numbers were seen there behind the commit point.
    seen: u64,
    /// Records in the outbox that have reached `computed`.
    delivered: Vec<u64>,
    pub(crate) counts: ServiceCounts,
}

impl SpaceWriter {
    /// `computed_end` is where `computed` ends: what lies before is older than a space that is new.
    pub(crate) fn open(
        workspace: WorkspaceId,
        state: State,
        options: &SpaceOptions,
        computed_end: u64,
    ) -> Result<Self, WriterError> {
        let families = CommitFamilies::open(&state)?;
        let graph_store = GraphStore::open(&state)?;
        let graph = IdentityGraph::open(graph_store, options.rules.clone(), options.identity_key, options.memory)?;
        let point = match families.read(&state.snapshot())? {
            Some(point) => point,
            None => {
                let point = CommitPoint { computed_next: computed_end, ..CommitPoint::default() };
                let mut batch = Batch::new();
                families.put(point, &mut batch);
                state.write(batch, Durability::Machine)?;
                point
            }
        };
        Ok(Self {
            extractor: Arc::new(Extractor::new(graph.rules())),
            store: ProfileStore::open(state.clone())?,
            rows: RowCache::new(options.rows_max),
            emitted: point.sequence_next,
            seen: 0,
            delivered: Vec::new(),
            counts: ServiceCounts::default(),
            workspace,
            state,
            families,
            graph,
            point,
        })
    }

    pub(crate) fn store(&self) -> &ProfileStore {
        &self.store
    }

    pub(crate) fn graph(&self) -> &IdentityGraph<GraphStore> {
        &self.graph
    }

    pub(crate) fn extractor(&self) -> Arc<Extractor> {
        self.extractor.clone()
    }

    pub(crate) fn point(&self) -> CommitPoint {
        self.point
    }

    /// Notes that `computed` holds a record of this space behind the commit point.
    pub(crate) fn note_emitted(&mut self, sequence: u64) {
        self.seen = self.seen.max(sequence + 1);
        self.emitted = self.emitted.max(self.seen);
    }

    /// Records that a person's act left to be written to `computed`, once all that is there was noted.
    pub(crate) fn undelivered(&mut self) -> Result<Vec<Bytes>, WriterError> {
        let waiting = self.families.waiting(&self.state.snapshot())?;
        self.delivered.extend(waiting.iter().map(|(sequence, _)| *sequence));
        // Where a commit followed the record, the record was taken out of the outbox with it.
        let missing = waiting.into_iter().filter(|(sequence, _)| *sequence >= self.seen);
        Ok(missing.map(|(_, record)| record.into()).collect())
    }

    /// Decides what a run of events changes. `next` is the event after them. After an error open the space again.
    pub(crate) fn decide(&mut self, events: &[Prepared], next: u64) -> Result<Round, WriterError> {
        let Self { store, graph, rows, families, point, emitted, .. } = self;
        let mut update = store.update(rows);
        let mut after = CommitPoint { events_next: next.max(point.events_next), ..*point };
        let mut records = Vec::new();
        for prepared in events.iter().filter(|prepared| prepared.offset >= point.events_next) {
            let event = &prepared.event;
            let identified = IdentifiedEvent {
                message_id: &event.stamp.message_id,
                source: event.stamp.source.as_str(),
                timestamp_ms: event.stamp.timestamp.as_millis(),
                received_at_ms: prepared.received_at_ms,
                identifiers: &prepared.identifiers,
            };
            let resolved = graph.resolve(&identified)?;
            // Identifiers have several lives since a person removed some: then members are taken whole from the graph.
            let has_lives = graph.has_several_lives();
            if !has_lives {
                resolved.first_seen.iter().for_each(|fragment| update.note_unseen(fragment_id(*fragment)));
            }
            follow(&mut update, graph, &resolved.changes, has_lives)?;
            for change in &resolved.changes {
                if after.sequence_next >= *emitted {
                    let place = (after.sequence_next, prepared.offset);
                    let record = outputs::record(change, Cause::Event(event), &self.workspace, place, |fragment| {
                        named(graph, fragment)
                    })?;
                    records.push(record.encode());
                }
                after.sequence_next += 1;
            }
            let time_ms = graph.time_ms(&identified);
            update.add(event, &placement(graph, prepared, &resolved, time_ms))?;
        }
        let counts = update.counts();
        let mut batch = update.finish();
        let changes = graph.take_changes();
        graph.store_mut().put(changes, &mut batch);
        for sequence in self.delivered.drain(..) {
            families.remove_waiting(sequence, &mut batch);
        }
        Ok(Round { batch, records, point: after, counts })
    }

    /// Writes what was decided, once its records are in `computed` and that ends at `computed_next`.
    pub(crate) fn commit(&mut self, mut round: Round, computed_next: u64) -> Result<(), WriterError> {
        round.point.computed_next = round.point.computed_next.max(computed_next);
        self.families.put(round.point, &mut round.batch);
        self.state.write(round.batch, Durability::Process)?;
        self.graph.store_mut().refresh(&self.state);
        self.point = round.point;
        self.emitted = self.emitted.max(round.point.sequence_next);
        self.counts.applied += round.counts.applied;
        self.counts.repeated += round.counts.repeated;
        self.counts.unowned += round.counts.unowned;
        self.counts.zoneless_traits += round.counts.zoneless_traits;
        Ok(())
    }

    pub(crate) fn count_dropped(&mut self, dropped: &[Dropped]) {
        for reason in dropped {
            *self.counts.dropped.entry(*reason).or_default() += 1;
        }
    }

    /// Learns types of identifiers that events name themselves. True where there were any.
    pub(crate) fn learn(&mut self, events: &[Prepared]) -> bool {
        let mut learned = false;
        for identifier in events.iter().flat_map(|prepared| &prepared.identifiers) {
            let (collection, kind) = (identifier.collection, &*identifier.kind);
            if self.graph.rules().rules().rule(collection, kind).is_some() {
                continue;
            }
            match self.graph.learn_type(collection, kind) {
                Ok(()) => learned = true,
                Err(_) => tracing::debug!("a type of identifiers could not be added to the rules"),
            }
        }
        if learned {
            self.extractor = Arc::new(Extractor::new(self.graph.rules()));
        }
        learned
    }
}

impl SpaceWriter {
    /// Plans an act of a person and carries it out, if planning allows it. The records for `computed` are in the outbox
    /// when this returns, and durable with all the rest.
    pub(crate) fn operate<E>(
        &mut self,
        cause: prime_identity::Cause,
        plan: impl FnOnce(&IdentityGraph<GraphStore>) -> Result<Plan, E>,
    ) -> Result<Operated<E>, WriterError> {
        let at = Timestamp::from_millis(cause.at_ms);
        let planned = match plan(&self.graph) {
            Ok(planned) => planned,
            Err(error) => return Ok(Err(OperateError::Plan(error))),
        };
        let (record, changes) = match self.graph.carry_out(planned, cause) {
            Ok(done) => done,
            Err(error) => return Ok(Err(OperateError::CarryOut(error))),
        };
        let records = self.write_act(&changes, Cause::Operation { number: record.number, at })?;
        Ok(Ok((record, records)))
    }

    /// Puts other rules in force for all of history.
    pub(crate) fn apply_rules(&mut self, rules: &CompiledRules, at: Timestamp) -> Result<Vec<Bytes>, WriterError> {
        let change = self.graph.apply_rules(rules)?;
        self.extractor = Arc::new(Extractor::new(self.graph.rules()));
        self.write_act(&change.changes, Cause::Rules { at })
    }

    fn write_act(&mut self, changes: &[Change], cause: Cause<'_>) -> Result<Vec<Bytes>, WriterError> {
        let Self { store, graph, rows, families, point, .. } = self;
        let mut update = store.update(rows);
        follow(&mut update, graph, changes, true)?;
        let mut batch = update.finish();
        let mut after = *point;
        let mut records = Vec::new();
        for change in changes {
            let place = (after.sequence_next, point.events_next);
            let record = outputs::record(change, cause, &self.workspace, place, |fragment| named(graph, fragment))?;
            let record = record.encode();
            families.put_waiting(after.sequence_next, &record, &mut batch);
            self.delivered.push(after.sequence_next);
            records.push(record);
            after.sequence_next += 1;
        }
        let written = graph.take_changes();
        graph.store_mut().put(written, &mut batch);
        families.put(after, &mut batch);
        self.state.write(batch, Durability::Machine)?;
        graph.store_mut().refresh(&self.state);
        self.point = after;
        self.emitted = self.emitted.max(after.sequence_next);
        Ok(records)
    }
}

/// An act with its records for `computed`, or why it makes no sense.
pub(crate) type Operated<E> = Result<(OperationRecord, Vec<Bytes>), OperateError<E>>;

/// Why an act was not carried out.
#[derive(Debug, Error)]
pub(crate) enum OperateError<E> {
    #[error("it cannot be planned")]
    Plan(E),
    #[error(transparent)]
    CarryOut(CarryOutError),
}

/// Lets profiles follow what identity changed.
fn follow(
    update: &mut Update<'_>,
    graph: &IdentityGraph<GraphStore>,
    changes: &[Change],
    has_lives: bool,
) -> Result<(), WriterError> {
    if has_lives && !changes.is_empty() {
        return follow_whole(update, graph, changes);
    }
    for change in changes {
        let (fragment, profile) = match *change {
            Change::Mapped { fragment, profile } | Change::Moved { fragment, to: profile, .. } => {
                (fragment, Some(profile_number(profile)))
            }
            Change::Unmapped { fragment, .. } => (fragment, None),
            _ => continue,
        };
        update.follow(Move::To { fragment: fragment_id(fragment), profile })?;
    }
    Ok(())
}

/// Takes the members of all profiles that are named in the changes as the graph has them.
fn follow_whole(
    update: &mut Update<'_>,
    graph: &IdentityGraph<GraphStore>,
    changes: &[Change],
) -> Result<(), WriterError> {
    let mut profiles = BTreeSet::new();
    let mut lives: HashMap<Fragment, ()> = HashMap::new();
    for change in changes {
        match *change {
            Change::Created { profile }
            | Change::Ended { profile }
            | Change::Mapped { profile, .. }
            | Change::Unmapped { profile, .. } => drop(profiles.insert(profile)),
            Change::Removed { fragment, profile } | Change::Restored { fragment, profile } => {
                profiles.insert(profile);
                lives.insert(fragment, ());
            }
            Change::Moved { from, to, .. } | Change::Merged { from, into: to } | Change::Split { from, new: to } => {
                profiles.extend([from, to]);
            }
        }
    }
    for profile in profiles {
        update.set_members(profile_number(profile), members(graph, profile)?)?;
    }
    for fragment in lives.into_keys() {
        let identifier = named(graph, fragment)?;
        let first = fragment_id(graph.fragment_key().fragment(&identifier));
        let now = fragment_id(graph.fragment_at(&identifier, i64::MAX));
        update.follow(Move::Life { first, now: Some(now) })?;
    }
    Ok(())
}

/// None for a profile that is another one by now.
fn members(graph: &IdentityGraph<GraphStore>, profile: ProfileId) -> Result<Vec<Member>, WriterError> {
    if graph.canonical(profile) != Some(profile) {
        return Ok(Vec::new());
    }
    let Some(profile) = graph.profile(profile)? else { return Ok(Vec::new()) };
    let members = profile.mappings.into_iter().flat_map(|mapping| {
        let member = Member { fragment: fragment_id(mapping.fragment), is_removed: mapping.is_removed };
        // What was collected in a life that was undone shows no identifier of its own.
        let parts = mapping.parts.into_iter().map(|part| Member { fragment: fragment_id(part), is_removed: true });
        std::iter::once(member).chain(parts)
    });
    Ok(members.collect())
}

fn named(graph: &IdentityGraph<GraphStore>, fragment: Fragment) -> Result<OwnedIdentifier, GraphError> {
    graph.identifier(fragment)?.ok_or(GraphError::Record("an identifier is missing"))
}

fn placement(
    graph: &IdentityGraph<GraphStore>,
    prepared: &Prepared,
    resolved: &prime_identity::Resolved,
    time_ms: i64,
) -> Placement {
    let mut placement = Placement {
        owner: resolved.user.map(|place| fragment_id(place.owner)),
        account: resolved.account.map(|place| fragment_id(place.owner)),
        ..Placement::default()
    };
    for identifier in &prepared.identifiers {
        let fragment = graph.fragment_at(identifier, time_ms);
        let is_placed = graph.holder(fragment).is_some();
        if !is_placed && graph.rules().is_blocked(identifier) {
            continue;
        }
        let fragment = fragment_id(fragment);
        if !is_placed {
            placement.unplaced.push(fragment);
        }
        placement.named.push((fragment, profile_identifier(identifier)));
    }
    placement
}
