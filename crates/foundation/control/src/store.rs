use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::watch;

use crate::definitions::{Definitions, Parts};
use crate::error::{ControlError, OpenError};
use crate::{destinations, oauth, schema, sources, workspaces};

/// The control store of one node: a cheap handle to one SQLite file.
///
/// Every change is durable when its call returns, stands in the ledger beside who made it, and is then visible in
/// [`definitions`](Self::definitions). Methods marked *blocking* do disk work: from async code call them through
/// `spawn_blocking`.
#[derive(Clone)]
pub struct ControlStore(Arc<Inner>);

struct Inner {
    connection: Mutex<Connection>,
    current: ArcSwap<Definitions>,
    published: watch::Sender<Arc<Definitions>>,
}

impl ControlStore {
    /// Opens or creates the file, readable by its owner only, and brings it to the newest schema. Blocking.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        // Created here so that SQLite, which copies these rights to its other files, never opens it to others.
        OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // 2 MiB of pages: definitions are small, and the data plane never reads them from here.
        connection.pragma_update(None, "cache_size", -2_048)?;
        schema::migrate(&mut connection)?;
        let definitions = Arc::new(load(&connection)?);
        let inner = Inner {
            connection: Mutex::new(connection),
            current: ArcSwap::new(definitions.clone()),
            published: watch::Sender::new(definitions),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// The newest snapshot. Takes nanoseconds and never waits for a change in progress.
    pub fn definitions(&self) -> Arc<Definitions> {
        self.0.current.load_full()
    }

    /// Follows the snapshots. A slow reader sees the newest one and may miss those between.
    pub fn subscribe(&self) -> watch::Receiver<Arc<Definitions>> {
        self.0.published.subscribe()
    }

    /// Runs one question.
    pub(crate) fn read<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, ControlError>) -> Result<T, ControlError> {
        ask(&self.0.connection.lock())
    }

    /// Runs one change: all of it is durable and published when this returns, or nothing of it happened.
    pub(crate) fn change<T>(
        &self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, ControlError>,
    ) -> Result<T, ControlError> {
        let mut connection = self.0.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = act(&transaction)?;
        // Compiled before the commit: a change that could not be published must not be durable either.
        let definitions = Arc::new(load(&transaction)?);
        transaction.commit()?;
        self.0.current.store(definitions.clone());
        self.0.published.send_replace(definitions);
        Ok(value)
    }

    /// Runs one change of what no snapshot holds: accounts, sessions, tokens, invites.
    pub(crate) fn change_unpublished<T>(
        &self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, ControlError>,
    ) -> Result<T, ControlError> {
        let mut connection = self.0.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = act(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }
}

fn load(connection: &Connection) -> Result<Definitions, ControlError> {
    let revision: i64 = connection.query_row("SELECT coalesce(max(seq), 0) FROM ledger", [], |row| row.get(0))?;
    Ok(Definitions::compile(Parts {
        revision: revision as u64,
        workspaces: workspaces::load(connection)?,
        sources: sources::load(connection)?,
        destinations: destinations::load(connection)?,
        grants: oauth::load_grants(connection)?,
    }))
}
