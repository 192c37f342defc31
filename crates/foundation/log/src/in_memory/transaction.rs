//! Transactions: checked first, then carried out, under one lock.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;

use super::records::bytes_of;
use super::{Inner, State, now_ms};
use crate::names;
use crate::transaction::{Output, Position, Transact, TransactionError};

pub(super) struct MemoryTransact {
    log: Arc<Inner>,
    id: String,
    epoch: u64,
}

impl MemoryTransact {
    pub(super) fn new(log: Arc<Inner>, id: &str, epoch: u64) -> Self {
        Self { log, id: id.to_owned(), epoch }
    }
}

#[async_trait]
impl Transact for MemoryTransact {
    async fn commit(&mut self, outputs: Vec<Output>, positions: Vec<Position>) -> Result<(), TransactionError> {
        let mut state = self.log.state.lock();
        if state.epochs.get(&self.id) != Some(&self.epoch) {
            return Err(TransactionError::Fenced);
        }
        state.check(&outputs, &positions).map_err(TransactionError::Aborted)?;
        let now_ms = now_ms();
        for Output { partition, values } in outputs {
            let place = state.place(&partition).map_err(TransactionError::Aborted)?;
            state.partitions[place].append(values, now_ms);
        }
        for Position { group, partition, next } in positions {
            state.set_position(&group, &partition, next);
        }
        Ok(())
    }
}

impl State {
    /// Nothing that is asked for here may be refused later.
    fn check(&self, outputs: &[Output], positions: &[Position]) -> io::Result<()> {
        self.check_open()?;
        for output in outputs {
            let place = self.place(&output.partition)?;
            let same_place = outputs.iter().filter(|other| self.place(&other.partition).is_ok_and(|p| p == place));
            let bytes = same_place.map(|other| bytes_of(&other.values)).sum();
            self.partitions[place].check_room(bytes).map_err(io::Error::other)?;
        }
        for position in positions {
            names::check_group(&position.group)?;
            self.place(&position.partition)?;
        }
        Ok(())
    }
}
