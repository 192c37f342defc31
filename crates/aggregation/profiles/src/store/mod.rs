//! Profiles in a state: what an event changes, and what a reader sees.

mod families;
mod reader;
mod rows;
mod updater;

pub use families::links::Link;
pub use families::profiles::Member;
pub use reader::{MemberRow, ProfileReader, ProfileRef};
pub use rows::RowCache;
pub use updater::{Move, Placement, Update, UpdateCounts};

use prime_state::{Snapshot, State, StateError};
use thiserror::Error;

use crate::encoding::Damaged;
use families::Families;

/// All profiles of one space, in a state that they share with whatever else commits with them.
#[derive(Clone, Debug)]
pub struct ProfileStore {
    state: State,
    families: Families,
}

/// Why stored profiles cannot be read or written.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Damaged(#[from] Damaged),
}

impl ProfileStore {
    pub fn open(state: State) -> Result<Self, StoreError> {
        let families = Families::open(&state)?;
        Ok(Self { state, families })
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    /// What is there now, unmoved by what comes.
    pub fn reader(&self) -> ProfileReader {
        self.reader_at(self.state.snapshot())
    }

    pub fn reader_at(&self, snapshot: Snapshot) -> ProfileReader {
        ProfileReader::new(snapshot, self.families)
    }
}
