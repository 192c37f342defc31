//! Outputs and the position they came from, as one.

use std::io;

use async_trait::async_trait;
use bytes::Bytes;
use thiserror::Error;

use crate::partition::Partition;
use crate::record::Offset;

/// Records that a transaction appends to one partition, in order.
pub struct Output {
    pub partition: Partition,
    pub values: Vec<Bytes>,
}

/// Where a group stands once a transaction is done. A transaction's positions are not compared with the partition's end,
/// as they may count something else: a collector keeps its place in its own journal beside what it forwarded.
pub struct Position {
    pub group: String,
    pub partition: Partition,
    pub next: Offset,
}

/// Writes one transaction after the other under one id.
pub struct Transactor(Box<dyn Transact>);

/// Why a transaction did not happen, as far as is known. After [`TransactionError::Aborted`] nothing of it is or will be
/// visible; otherwise the committed position tells whoever goes on from there.
#[derive(Debug, Error)]
pub enum TransactionError {
    /// Another transactor has begun under the same id: whoever holds this one is no longer the owner and has to stop.
    #[error("another process has taken over")]
    Fenced,
    /// Nothing happened. It may be tried again.
    #[error("the transaction was given up: {0}")]
    Aborted(#[source] io::Error),
    /// It happened or not, and this transactor writes no more: open a new one and read the committed position.
    #[error("the transaction's end is unknown: {0}")]
    Unknown(#[source] io::Error),
}

/// What a provider of transactions implements.
#[async_trait]
pub trait Transact: Send {
    async fn commit(&mut self, outputs: Vec<Output>, positions: Vec<Position>) -> Result<(), TransactionError>;
}

impl Transactor {
    pub fn new(transact: impl Transact + 'static) -> Self {
        Self(Box::new(transact))
    }

    /// Appends all outputs and moves all positions, or nothing of it. Durable once it returns. Readers see all or
    /// nothing.
    pub async fn commit(&mut self, outputs: Vec<Output>, positions: Vec<Position>) -> Result<(), TransactionError> {
        self.0.commit(outputs, positions).await
    }
}
