//! The promises of a state as checks that every provider runs, in its own tests: feature `conformance`.

mod batches;
mod model;
mod scans;
mod snapshots;
mod support;

pub use support::Random;

use crate::State;

/// Makes states of one provider.
pub trait Harness: Send + Sync {
    /// An empty state that shares nothing with others.
    fn fresh(&self) -> Box<dyn Instance>;
}

/// One state, as long as a check needs it.
pub trait Instance: Send {
    fn state(&self) -> &State;

    /// Lets go of the state and opens the same again. Where it does not survive that, does nothing and says so with
    /// `false`.
    fn reopen(&mut self) -> bool;
}

/// One promise.
pub struct Check {
    /// A sentence.
    pub name: &'static str,
    /// Panics if the promise is broken.
    pub run: fn(&dyn Harness),
}

/// Runs every check, and then panics if any did.
pub fn check_all(harness: &dyn Harness) {
    let broken: Vec<_> = CHECKS
        .iter()
        .filter(|check| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (check.run)(harness))).is_err())
        .map(|check| check.name)
        .collect();
    assert!(broken.is_empty(), "promises that were broken: {broken:#?}");
}

macro_rules! checks {
    ($($module:ident::$name:ident),* $(,)?) => {
        /// All promises, in an order in which one learns most from the first that is broken.
        pub const CHECKS: &[Check] = &[$(Check {
            name: concat!(stringify!($module), "::", stringify!($name)),
            run: |harness| $module::$name(harness),
        }),*];
    };
}

checks![
    batches::what_was_written_is_read_back,
    batches::of_several_changes_to_one_key_the_last_one_counts,
    batches::a_family_asked_for_twice_is_one_and_families_are_separate,
    batches::names_that_could_not_be_folders_are_refused,
    batches::what_was_written_is_there_after_opening_again,
    scans::keys_are_scanned_in_order_of_their_bytes_from_both_ends,
    scans::bounds_that_hold_nothing_give_nothing,
    scans::a_prefix_finds_its_keys_and_no_others,
    snapshots::a_snapshot_never_changes,
    snapshots::readers_never_see_half_of_a_batch,
    model::every_history_reads_as_a_map_would,
];
