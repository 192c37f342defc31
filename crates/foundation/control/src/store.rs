use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use parking_lot::{Mutex, MutexGuard};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::watch;

use crate::definitions::{Definitions, Parts};
use crate::error::{ControlError, OpenError};
use crate::snapshot::SnapshotError;
use crate::{destinations, oauth, profiles, schema, sources, workspaces};

/// The control store of one node: a cheap handle to one SQLite file, or to the definitions followed from another node.
///
/// Every change is durable when its call returns, stands in the ledger beside who made it, and is then visible in
/// [`definitions`](Self::definitions). Methods marked *blocking* do disk work: from async code call them through
/// `spawn_blocking`.
#[derive(Clone)]
pub struct ControlStore(Arc<Inner>);

struct Inner {
    kept: Kept,
    current: ArcSwap<Definitions>,
    published: watch::Sender<Arc<Definitions>>,
}

enum Kept {
    Here(Mutex<Connection>),
    /// On another node; the newest snapshot of it lies in this file.
    Elsewhere(Mutex<PathBuf>),
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
        let definitions = load(&connection)?;
        Ok(Self::new(Kept::Here(Mutex::new(connection)), definitions))
    }

    /// A store that has no definitions of its own: it begins with the snapshot in `file`, with nothing at revision 0
    /// where there is none, and goes on with what it is given to [`take`](Self::take). Every question and every change
    /// is answered by [`ControlError::Elsewhere`]. Blocking.
    pub fn follow(file: &Path) -> Result<Self, OpenError> {
        let definitions = match fs::read(file) {
            Ok(snapshot) => Definitions::from_snapshot(&snapshot)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Definitions::default(),
            Err(error) => return Err(error.into()),
        };
        Ok(Self::new(Kept::Elsewhere(Mutex::new(file.to_owned())), definitions))
    }

    fn new(kept: Kept, definitions: Definitions) -> Self {
        let definitions = Arc::new(definitions);
        let current = ArcSwap::new(definitions.clone());
        Self(Arc::new(Inner { kept, current, published: watch::Sender::new(definitions) }))
    }

    /// Takes over what another node's [`to_snapshot`](Definitions::to_snapshot) made. It is durable, readable by its
    /// owner only, and published when this returns; on an error nothing has changed. Blocking.
    pub fn take(&self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let definitions = Arc::new(Definitions::from_snapshot(snapshot)?);
        let Kept::Elsewhere(file) = &self.0.kept else { return Err(SnapshotError::NotFollowing) };
        let file = file.lock();
        replace(&file, snapshot)?;
        self.0.publish(definitions);
        Ok(())
    }

    pub fn is_follower(&self) -> bool {
        matches!(self.0.kept, Kept::Elsewhere(_))
    }

    fn connection(&self) -> Result<MutexGuard<'_, Connection>, ControlError> {
        match &self.0.kept {
            Kept::Here(connection) => Ok(connection.lock()),
            Kept::Elsewhere(_) => Err(ControlError::Elsewhere),
        }
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
        ask(&*self.connection()?)
    }

    /// Runs one change: all of it is durable and published when this returns, or nothing of it happened.
    pub(crate) fn change<T>(
        &self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, ControlError>,
    ) -> Result<T, ControlError> {
        let mut connection = self.connection()?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = act(&transaction)?;
        // Compiled before the commit: a change that could not be published must not be durable either.
        let definitions = Arc::new(load(&transaction)?);
        transaction.commit()?;
        self.0.publish(definitions);
        Ok(value)
    }

    /// Runs one change of what no snapshot holds: accounts, sessions, tokens, invites.
    pub(crate) fn change_unpublished<T>(
        &self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, ControlError>,
    ) -> Result<T, ControlError> {
        let mut connection = self.connection()?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = act(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }
}

impl Inner {
    fn publish(&self, definitions: Arc<Definitions>) {
        self.current.store(definitions.clone());
        self.published.send_replace(definitions);
    }
}

/// Writes a file whole or not at all, for its owner's eyes only.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn load(connection: &Connection) -> Result<Definitions, ControlError> {
    let revision: i64 = connection.query_row("SELECT coalesce(max(seq), 0) FROM ledger", [], |row| row.get(0))?;
    Ok(Definitions::compile(Parts {
        revision: revision as u64,
        workspaces: workspaces::load(connection)?,
        sources: sources::load(connection)?,
        destinations: destinations::load(connection)?,
        grants: oauth::load_grants(connection)?,
        profile_tokens: profiles::load_tokens(connection)?.into_iter().collect(),
        person_secrets: profiles::load_secrets(connection)?,
    }))
}
