//! The numbers of a running node: one set, read by the metrics page, the overview and the tests.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

use parking_lot::{Mutex, RwLock};
use prime_event::{DestinationId, DiscardCode, SourceId, Timestamp};
use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::dedupe_status::{DedupeGauges, DedupeStatus};
use crate::profiles_status::{ProfilesGauges, ProfilesStatus};
use crate::receipts_status::{ReceiptsGauges, ReceiptsStatus};

/// Minutes kept for the charts of the overview.
const MINUTES_MAX: usize = 24 * 60;
/// Seconds over which rates are averaged.
const RATE_SECONDS: usize = 10;

/// Counts since the start of the process, per source and per destination, with a history by minute.
pub struct Counters {
    registry: Registry,
    families: Families,
    sources: RwLock<HashMap<SourceId, Arc<SourceCounters>>>,
    destinations: RwLock<HashMap<DestinationId, Arc<DestinationCounters>>>,
    unknown_source: Counter,
    requests: Family<Answer, Counter>,
    requests_total: AtomicU64,
    journal: JournalGauges,
    dedupe: DedupeGauges,
    profiles: ProfilesGauges,
    receipts: ReceiptsGauges,
    samples: Mutex<VecDeque<(Timestamp, Totals)>>,
}

#[derive(Default)]
struct Families {
    accepted: Family<SourceLabel, Counter>,
    processed: Family<SourceLabel, Counter>,
    duplicates: Family<SourceLabel, Counter>,
    rejected: Family<SourceCodeLabel, Counter>,
    refused: Family<SourceCodeLabel, Counter>,
    delivered: Family<DestinationLabel, Counter>,
    failed: Family<DestinationLabel, Counter>,
    filtered: Family<DestinationLabel, Counter>,
    attempts: Family<DestinationLabel, Counter>,
    archived: Family<DestinationLabel, Counter>,
    waiting: Family<DestinationLabel, Gauge>,
    held_up: Family<DestinationLabel, Gauge>,
}

#[derive(Default)]
struct JournalGauges {
    bytes: Gauge,
    behind: Gauge,
    collected_behind: Gauge,
}

/// What was taken and is not processed yet, as it was recorded last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    pub journal_bytes: u64,
    /// Requests in the journal.
    pub journal_behind: u64,
    /// Records in the log that machines share.
    pub collected_behind: u64,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct SourceLabel {
    source: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct SourceCodeLabel {
    source: String,
    code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct DestinationLabel {
    destination: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answer {
    status: u16,
}

/// The counts of one source.
pub struct SourceCounters {
    source: String,
    accepted: Counter,
    processed: Counter,
    duplicates: Counter,
    rejected_total: AtomicU64,
    rejected: Family<SourceCodeLabel, Counter>,
    refused: Family<SourceCodeLabel, Counter>,
    last_event_at: AtomicI64,
    minutes: Mutex<BTreeMap<Minute, MinuteCounts>>,
}

/// The counts of one destination.
pub struct DestinationCounters {
    delivered: Counter,
    failed: Counter,
    filtered: Counter,
    attempts: Counter,
    archived: Counter,
    waiting: Gauge,
    held_up: Gauge,
    minutes: Mutex<BTreeMap<Minute, MinuteCounts>>,
}

/// A minute of time: the milliseconds of its start.
pub type Minute = i64;

/// What happened within one minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct MinuteCounts {
    pub accepted: u64,
    pub processed: u64,
    pub duplicates: u64,
    pub rejected: u64,
    pub delivered: u64,
    pub failed: u64,
}

/// Sums over all sources and destinations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Totals {
    /// Requests answered by the tracking API, whatever the answer.
    pub requests: u64,
    /// Messages acknowledged: everything in a request that was answered with success.
    pub accepted: u64,
    pub processed: u64,
    pub duplicates: u64,
    pub rejected: u64,
    pub delivered: u64,
    pub failed: u64,
    pub archived: u64,
}

/// Per second, averaged over the last ten.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Rates {
    pub requests: f64,
    pub accepted: f64,
    pub processed: f64,
    pub duplicates: f64,
    pub rejected: f64,
    pub delivered: f64,
}

impl Default for Counters {
    fn default() -> Self {
        Self::new()
    }
}

impl Counters {
    pub fn new() -> Self {
        let families = Families::default();
        let (unknown_source, requests, journal) = (Counter::default(), Family::default(), JournalGauges::default());
        let mut registry = Registry::with_prefix("primedata");
        let dedupe = DedupeGauges::registered(&mut registry);
        let profiles = ProfilesGauges::registered(&mut registry);
        let receipts = ReceiptsGauges::registered(&mut registry);
        registry.register("requests", "Requests answered by the tracking API", Clone::clone(&requests));
        registry.register("messages_accepted", "Messages acknowledged to a sender", families.accepted.clone());
        registry.register("messages_processed", "Messages written to the events stream", families.processed.clone());
        registry.register(
            "messages_duplicate",
            "Messages that had been processed before and were kept out of the events stream",
            families.duplicates.clone(),
        );
        registry.register("messages_rejected", "Messages and requests kept as rejected", families.rejected.clone());
        registry.register("requests_refused", "Requests refused, or answered and dropped", families.refused.clone());
        registry.register(
            "requests_unknown_source",
            "Requests whose write key belongs to no source",
            unknown_source.clone(),
        );
        registry.register("events_delivered", "Events delivered", families.delivered.clone());
        registry.register("events_failed", "Events that a destination refused for good", families.failed.clone());
        registry.register("events_filtered", "Events that a destination was not to receive", families.filtered.clone());
        registry.register("delivery_attempts", "Requests made to destinations", families.attempts.clone());
        registry.register("delivery_waiting", "Events that a destination has yet to get", families.waiting.clone());
        registry.register(
            "delivery_held_up",
            "Whether nothing, or only single requests, are sent to a destination",
            families.held_up.clone(),
        );
        registry.register("events_archived", "Events written to an archive", families.archived.clone());
        registry.register("journal_bytes", "Bytes the journal occupies", journal.bytes.clone());
        registry.register("journal_behind", "Requests journaled and not processed yet", journal.behind.clone());
        registry.register(
            "collected_behind",
            "Records of `collected` that wait to be processed, over all partitions",
            journal.collected_behind.clone(),
        );
        Self {
            registry,
            families,
            sources: RwLock::default(),
            destinations: RwLock::default(),
            unknown_source,
            requests,
            requests_total: AtomicU64::new(0),
            journal,
            dedupe,
            profiles,
            receipts,
            samples: Mutex::default(),
        }
    }

    /// The counters of a source; keep them where they are used often.
    pub fn source(&self, id: &SourceId) -> Arc<SourceCounters> {
        if let Some(known) = self.sources.read().get(id) {
            return Arc::clone(known);
        }
        let label = SourceLabel { source: id.to_string() };
        let fresh = || {
            Arc::new(SourceCounters {
                source: id.to_string(),
                accepted: self.families.accepted.get_or_create_owned(&label),
                processed: self.families.processed.get_or_create_owned(&label),
                duplicates: self.families.duplicates.get_or_create_owned(&label),
                rejected_total: AtomicU64::new(0),
                rejected: self.families.rejected.clone(),
                refused: self.families.refused.clone(),
                last_event_at: AtomicI64::new(0),
                minutes: Mutex::default(),
            })
        };
        Arc::clone(self.sources.write().entry(id.clone()).or_insert_with(fresh))
    }

    /// The counters of a destination; keep them where they are used often.
    pub fn destination(&self, id: &DestinationId) -> Arc<DestinationCounters> {
        if let Some(known) = self.destinations.read().get(id) {
            return Arc::clone(known);
        }
        let label = DestinationLabel { destination: id.to_string() };
        let fresh = || {
            Arc::new(DestinationCounters {
                delivered: self.families.delivered.get_or_create_owned(&label),
                failed: self.families.failed.get_or_create_owned(&label),
                filtered: self.families.filtered.get_or_create_owned(&label),
                attempts: self.families.attempts.get_or_create_owned(&label),
                archived: self.families.archived.get_or_create_owned(&label),
                waiting: self.families.waiting.get_or_create_owned(&label),
                held_up: self.families.held_up.get_or_create_owned(&label),
                minutes: Mutex::default(),
            })
        };
        Arc::clone(self.destinations.write().entry(id.clone()).or_insert_with(fresh))
    }

    /// Counts a request whose write key belongs to no source.
    pub fn unknown_source(&self) {
        self.unknown_source.inc();
    }

    pub fn unknown_source_total(&self) -> u64 {
        self.unknown_source.get()
    }

    /// Counts an answer of the tracking API.
    pub fn answered(&self, status: u16) {
        self.requests.get_or_create(&Answer { status }).inc();
        self.requests_total.fetch_add(1, Relaxed);
    }

    /// Records how much the journal holds and how many requests of it are still to be processed.
    pub fn journal(&self, bytes: u64, behind: u64) {
        self.journal.bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        self.journal.behind.set(i64::try_from(behind).unwrap_or(i64::MAX));
    }

    /// Records how many records of the log that machines share are still to be processed.
    pub fn collected(&self, behind: u64) {
        self.journal.collected_behind.set(i64::try_from(behind).unwrap_or(i64::MAX));
    }

    /// What [`Counters::journal`] and [`Counters::collected`] were told last.
    pub fn backlog(&self) -> Backlog {
        let read = |gauge: &Gauge| u64::try_from(gauge.get()).unwrap_or(0);
        Backlog {
            journal_bytes: read(&self.journal.bytes),
            journal_behind: read(&self.journal.behind),
            collected_behind: read(&self.journal.collected_behind),
        }
    }

    /// Records how the deduplication of this node stands, over all of its partitions.
    pub fn deduplication(&self, partition: u32, status: Option<DedupeStatus>) {
        self.dedupe.record(partition, status);
    }

    /// What [`Counters::deduplication`] was told last; none on a node that does not deduplicate.
    pub fn dedupe_status(&self) -> Option<DedupeStatus> {
        self.dedupe.status()
    }

    /// Records how the profiles of this node stand.
    pub fn profiles(&self, status: ProfilesStatus) {
        self.profiles.record(status);
    }

    /// Records how the following of receipts stands.
    pub fn receipts(&self, status: ReceiptsStatus) {
        self.receipts.record(status);
    }

    /// What [`Counters::profiles`] was told last; none on a node that keeps no profiles.
    pub fn profiles_status(&self) -> Option<ProfilesStatus> {
        self.profiles.status()
    }

    pub fn totals(&self) -> Totals {
        let mut totals = Totals { requests: self.requests_total.load(Relaxed), ..Totals::default() };
        for source in self.sources.read().values() {
            totals.accepted += source.accepted();
            totals.processed += source.processed();
            totals.duplicates += source.duplicates();
            totals.rejected += source.rejected();
        }
        for destination in self.destinations.read().values() {
            totals.delivered += destination.delivered();
            totals.failed += destination.failed();
            totals.archived += destination.archived();
        }
        totals
    }

    /// Remembers the totals of this second; call it once a second for [`Counters::rates`] to speak.
    pub fn sample(&self, now: Timestamp) {
        let mut samples = self.samples.lock();
        samples.push_back((now, self.totals()));
        while samples.len() > RATE_SECONDS + 1 {
            samples.pop_front();
        }
    }

    /// What happened per second over the last ten sampled seconds.
    pub fn rates(&self) -> Rates {
        let samples = self.samples.lock();
        let (Some((from, old)), Some((to, new))) = (samples.front(), samples.back()) else { return Rates::default() };
        let seconds = (to.as_millis() - from.as_millis()) as f64 / 1_000.0;
        if seconds <= 0.0 {
            return Rates::default();
        }
        let rate = |old: u64, new: u64| new.saturating_sub(old) as f64 / seconds;
        Rates {
            requests: rate(old.requests, new.requests),
            accepted: rate(old.accepted, new.accepted),
            processed: rate(old.processed, new.processed),
            duplicates: rate(old.duplicates, new.duplicates),
            rejected: rate(old.rejected, new.rejected),
            delivered: rate(old.delivered, new.delivered),
        }
    }

    /// What happened minute by minute, oldest first, over all or for one source (with the destinations given).
    ///
    /// `since` is inclusive; minutes in which nothing happened are absent.
    pub fn minutes(
        &self,
        since: Minute,
        source: Option<&SourceId>,
        destinations: Option<&[DestinationId]>,
    ) -> BTreeMap<Minute, MinuteCounts> {
        let mut sum = BTreeMap::new();
        for (_, counters) in self.sources.read().iter().filter(|(id, _)| source.is_none_or(|wanted| wanted == *id)) {
            add_minutes(&mut sum, &counters.minutes.lock(), since);
        }
        let wanted = |id: &DestinationId| destinations.is_none_or(|list| list.contains(id));
        for (_, counters) in self.destinations.read().iter().filter(|(id, _)| wanted(id)) {
            add_minutes(&mut sum, &counters.minutes.lock(), since);
        }
        sum
    }

    /// The metrics in the text form that Prometheus reads.
    pub fn prometheus(&self) -> String {
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            let _ = writeln!(text, "# encoding failed");
        }
        text
    }
}

fn add_minutes(sum: &mut BTreeMap<Minute, MinuteCounts>, from: &BTreeMap<Minute, MinuteCounts>, since: Minute) {
    for (minute, counts) in from.range(since..) {
        let total: &mut MinuteCounts = sum.entry(*minute).or_default();
        total.accepted += counts.accepted;
        total.processed += counts.processed;
        total.duplicates += counts.duplicates;
        total.rejected += counts.rejected;
        total.delivered += counts.delivered;
        total.failed += counts.failed;
    }
}

fn within_minute(minutes: &Mutex<BTreeMap<Minute, MinuteCounts>>, now: Timestamp, add: impl FnOnce(&mut MinuteCounts)) {
    let minute = now.as_millis().div_euclid(60_000) * 60_000;
    let mut minutes = minutes.lock();
    add(minutes.entry(minute).or_default());
    while minutes.len() > MINUTES_MAX {
        minutes.pop_first();
    }
}

impl SourceCounters {
    /// Counts messages that were acknowledged.
    pub fn add_accepted(&self, messages: u64, now: Timestamp) {
        self.accepted.inc_by(messages);
        within_minute(&self.minutes, now, |minute| minute.accepted += messages);
    }

    /// Counts messages that were written to `events`.
    pub fn add_processed(&self, messages: u64, now: Timestamp) {
        self.processed.inc_by(messages);
        self.last_event_at.fetch_max(now.as_millis(), Relaxed);
        within_minute(&self.minutes, now, |minute| minute.processed += messages);
    }

    /// Counts messages that had been processed before and were kept out of `events`.
    pub fn add_duplicates(&self, messages: u64, now: Timestamp) {
        self.duplicates.inc_by(messages);
        within_minute(&self.minutes, now, |minute| minute.duplicates += messages);
    }

    /// Counts messages or requests that were discarded.
    pub fn add_rejected(&self, code: DiscardCode, messages: u64, now: Timestamp) {
        self.rejected_total.fetch_add(messages, Relaxed);
        let label = SourceCodeLabel { source: self.source.clone(), code: code.as_str() };
        self.rejected.get_or_create(&label).inc_by(messages);
        within_minute(&self.minutes, now, |minute| minute.rejected += messages);
    }

    /// Counts a request that was not taken at all; it is no part of what was accepted.
    pub fn add_refused(&self, code: DiscardCode) {
        self.refused.get_or_create(&SourceCodeLabel { source: self.source.clone(), code: code.as_str() }).inc();
    }

    pub fn accepted(&self) -> u64 {
        self.accepted.get()
    }

    pub fn processed(&self) -> u64 {
        self.processed.get()
    }

    pub fn duplicates(&self) -> u64 {
        self.duplicates.get()
    }

    pub fn rejected(&self) -> u64 {
        self.rejected_total.load(Relaxed)
    }

    /// Rejections by code; codes that never occurred are absent.
    pub fn rejected_by_code(&self) -> Vec<(DiscardCode, u64)> {
        let count = |code: DiscardCode| {
            let label = SourceCodeLabel { source: self.source.clone(), code: code.as_str() };
            self.rejected.get(&label).map_or(0, |counter| counter.get())
        };
        DiscardCode::ALL.iter().map(|&code| (code, count(code))).filter(|(_, count)| *count > 0).collect()
    }

    /// When an event of this source was last processed, since the start of the process.
    pub fn last_event_at(&self) -> Option<Timestamp> {
        Some(self.last_event_at.load(Relaxed)).filter(|millis| *millis > 0).map(Timestamp::from_millis)
    }
}

impl DestinationCounters {
    /// Changes by how much what waits for it has changed, as several parts of the process may each know of some.
    pub fn move_waiting(&self, by: i64) {
        self.waiting.inc_by(by);
    }

    /// As [`DestinationCounters::move_waiting`], of the parts in which nothing, or only single requests, are sent to it.
    pub fn move_held_up(&self, by: i64) {
        self.held_up.inc_by(by);
    }

    pub fn add_delivered(&self, events: u64, now: Timestamp) {
        self.delivered.inc_by(events);
        within_minute(&self.minutes, now, |minute| minute.delivered += events);
    }

    /// Counts events that the destination refused for good.
    pub fn add_failed(&self, events: u64, now: Timestamp) {
        self.failed.inc_by(events);
        within_minute(&self.minutes, now, |minute| minute.failed += events);
    }

    /// Counts events that were not for this destination.
    pub fn add_filtered(&self, events: u64) {
        self.filtered.inc_by(events);
    }

    /// Counts one request made, whatever its outcome.
    pub fn add_attempt(&self) {
        self.attempts.inc();
    }

    pub fn add_archived(&self, events: u64) {
        self.archived.inc_by(events);
    }

    pub fn delivered(&self) -> u64 {
        self.delivered.get()
    }

    pub fn failed(&self) -> u64 {
        self.failed.get()
    }

    pub fn filtered(&self) -> u64 {
        self.filtered.get()
    }

    pub fn attempts(&self) -> u64 {
        self.attempts.get()
    }

    pub fn archived(&self) -> u64 {
        self.archived.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + second * 1_000)
    }

    #[test]
    fn totals_minutes_and_metrics_tell_one_story() {
        let counters = Counters::new();
        let (shop, app) = (SourceId::new("shop"), SourceId::new("app"));
        counters.source(&shop).add_accepted(3, at(0));
        counters.source(&shop).add_processed(2, at(0));
        counters.source(&shop).add_rejected(DiscardCode::NoUserAnonId, 1, at(61));
        counters.source(&app).add_duplicates(3, at(61));
        counters.source(&app).add_accepted(4, at(61));
        counters.destination(&DestinationId::new("hook")).add_delivered(2, at(61));
        let totals = counters.totals();
        assert_eq!((totals.accepted, totals.processed, totals.rejected, totals.delivered), (7, 2, 1, 2));
        assert_eq!((totals.duplicates, counters.source(&app).duplicates()), (3, 3));
        assert_eq!(counters.minutes(0, Some(&shop), Some(&[])).values().map(|minute| minute.accepted).sum::<u64>(), 3);
        let all = counters.minutes(at(60).as_millis() / 60_000 * 60_000, None, None);
        let shown = all.values().map(|minute| (minute.accepted, minute.duplicates, minute.delivered));
        assert_eq!(shown.collect::<Vec<_>>(), [(4, 3, 2)]);
        assert_eq!(counters.source(&shop).rejected_by_code(), [(DiscardCode::NoUserAnonId, 1)]);
        let text = counters.prometheus();
        assert!(text.contains("primedata_messages_accepted_total{source=\"shop\"} 3"), "{text}");
        assert!(text.contains("code=\"no_user_anon_id\"} 1"), "{text}");
        assert!(text.contains("primedata_messages_duplicate_total{source=\"app\"} 3"), "{text}");
    }

    #[test]
    fn rates_are_averaged_over_the_samples_kept() {
        let counters = Counters::new();
        let source = counters.source(&SourceId::new("shop"));
        for second in 0..30 {
            counters.sample(at(second));
            source.add_accepted(50, at(second));
        }
        assert!((counters.rates().accepted - 50.0).abs() < 1e-9);
    }
}
