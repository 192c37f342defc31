//! The promises of a log as checks that every provider runs, in its own tests: feature `conformance`.
//!
//! ```text
//! #[tokio::test(flavor = "multi_thread")]
//! async fn it_keeps_every_promise_of_a_log() {
//!     prime_log::conformance::check_all(Arc::new(MyHarness)).await;
//! }
//! ```
//!
//! Checks know nothing of files, brokers or segments. They never assume that one batch's offsets follow upon the last's
//! without a gap, nor that what a transaction wrote can be read the moment it is done.

mod acknowledgement;
mod basic;
mod membership;
mod model;
mod positions;
mod retention;
mod support;
mod transactions;

pub use support::{ALL, Random, read_from, value, values};

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinSet;

use crate::Log;

/// Makes logs of one provider.
#[async_trait]
pub trait Harness: Send + Sync {
    fn capabilities(&self) -> Capabilities;

    /// A log without topics and groups, that shares nothing with others.
    async fn fresh(&self, settings: Settings) -> Box<dyn Instance>;
}

/// One log, as long as a check needs it.
#[async_trait]
pub trait Instance: Send + Sync {
    fn log(&self) -> &Log;

    /// Closes the log and opens the same again. Only where it survives that.
    async fn reopen(&mut self);

    /// The log as a second process would see it. Where only one process may have it open, the same handle.
    fn another(&self) -> Log {
        self.log().clone()
    }
}

/// What a provider can do beyond the least.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// What was acknowledged is there when the log is opened again.
    pub survives_reopen: bool,
    /// `TopicOptions::bytes_max` holds after every append, and `WhenFull::Refuse` refuses.
    pub bounds_bytes: bool,
    /// `Log::maintain` lets records of an age go, by the time it is told.
    pub maintains_age: bool,
    pub transactions: bool,
    /// Several members share a topic's partitions.
    pub members: bool,
    /// How long lost partitions wait for a member that does not release them; `None` if it is too long for a test.
    pub release_max: Option<Duration>,
    /// How many random histories to run: 40 where an append takes well under a millisecond.
    pub histories: u64,
}

/// What a check would like the log to be like.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Where records lie in files: how large these may become. Others pay no heed.
    pub segment_bytes_max: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { segment_bytes_max: 1 << 30 }
    }
}

/// A check under way.
pub type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One promise.
pub struct Check {
    /// A sentence.
    pub name: &'static str,
    /// Whether a provider with these capabilities has to keep it.
    pub applies: fn(&Capabilities) -> bool,
    /// Panics if the promise is broken.
    pub run: fn(Arc<dyn Harness>) -> Running,
}

/// Checks that run at the same time: most of what they do is to wait for a disk or a broker.
const AT_ONCE: usize = 8;

/// Runs every check that applies, each in a task of its own, and then panics if any did. To be called on a runtime of
/// several threads, as checks call what may block.
pub async fn check_all(harness: Arc<dyn Harness>) {
    let capabilities = harness.capabilities();
    let mut running = JoinSet::new();
    let mut broken = Vec::new();
    for check in CHECKS.iter().filter(|check| (check.applies)(&capabilities)) {
        if running.len() == AT_ONCE {
            broken.extend(running.join_next().await.expect("some are running").expect("it only waits"));
        }
        let promise = tokio::spawn((check.run)(harness.clone()));
        running.spawn(async move { promise.await.is_err().then_some(check.name) });
    }
    broken.extend(running.join_all().await.into_iter().flatten());
    assert!(broken.is_empty(), "promises that were broken: {broken:#?}");
}

macro_rules! checks {
    ($($module:ident::$name:ident $(if $capability:ident)*),* $(,)?) => {
        /// All promises, in an order in which one learns most from the first that is broken.
        pub const CHECKS: &[Check] = &[$(Check {
            name: concat!(stringify!($module), "::", stringify!($name)),
            applies: |_capabilities| true $(&& _capabilities.$capability)*,
            run: |harness| Box::pin(async move { $module::$name(&*harness).await }),
        }),*];
    };
}

checks![
    basic::records_are_read_back_in_order,
    basic::an_empty_batch_appends_nothing,
    basic::the_end_reads_as_empty_and_what_lies_beyond_is_an_error,
    basic::a_read_keeps_within_its_limits_but_returns_at_least_one_record,
    basic::any_record_can_be_read_first,
    basic::a_reader_is_woken_when_the_record_it_waits_for_is_durable,
    basic::a_time_leads_to_the_first_record_appended_since,
    basic::partitions_are_separate_and_asking_twice_gives_the_same_one,
    basic::names_that_could_not_be_folders_are_refused,
    basic::what_is_shown_for_diagnosis_holds_no_values,
    acknowledgement::batches_of_concurrent_callers_stay_whole_and_each_learns_its_own_offsets,
    acknowledgement::readers_of_a_partition_that_grows_and_loses_its_oldest_never_meet_a_wrong_record if bounds_bytes,
    acknowledgement::closing_makes_durable_what_was_sent_and_refuses_what_comes_after,
    acknowledgement::what_was_acknowledged_is_there_after_reopening if survives_reopen,
    positions::groups_and_partitions_keep_their_own_positions,
    positions::committed_positions_survive_reopening if survives_reopen,
    positions::a_forgotten_group_is_gone_for_good_and_may_begin_again,
    positions::positions_that_cannot_be_are_refused,
    retention::a_full_partition_refuses_without_a_trace_until_it_is_trimmed if bounds_bytes,
    retention::a_reader_that_keeps_up_never_meets_a_full_partition if bounds_bytes,
    retention::a_batch_that_can_never_fit_is_too_large if bounds_bytes,
    retention::history_lets_its_oldest_records_go_and_stays_within_its_bytes if bounds_bytes,
    retention::records_past_their_age_go_and_offsets_go_on if maintains_age,
    retention::a_partition_without_an_age_keeps_old_records,
    retention::trimming_takes_records_below_the_offset_and_no_other,
    model::every_history_reads_as_a_list_would,
    transactions::outputs_and_positions_appear_together if transactions,
    transactions::a_reader_of_outputs_never_sees_half_of_a_transaction if transactions,
    transactions::who_was_replaced_writes_nothing_more if transactions,
    transactions::a_transaction_that_cannot_be_leaves_no_trace if transactions,
    membership::a_lone_member_has_all_partitions if members,
    membership::members_share_and_no_partition_ever_has_two if members,
    membership::lost_partitions_wait_for_their_release if members,
    membership::who_does_not_release_is_overruled if members,
];
