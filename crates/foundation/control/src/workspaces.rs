use prime_event::{Timestamp, WorkspaceId};
use rusqlite::{Connection, Transaction, params};
use serde_json::json;

use crate::definitions::Workspace;
use crate::error::{ControlError, Resource};
use crate::ledger::{Author, Entry, record};
use crate::store::ControlStore;
use crate::validation::checked_name;

impl ControlStore {
    /// Gives a workspace another name; its slug stays. Blocking.
    pub fn rename_workspace(&self, id: &WorkspaceId, name: &str, by: &Author) -> Result<(), ControlError> {
        self.change(|transaction| rename(transaction, id, name, by))
    }
}

pub(crate) fn rename(
    transaction: &Transaction<'_>,
    id: &WorkspaceId,
    name: &str,
    by: &Author,
) -> Result<(), ControlError> {
    let name = checked_name("name", name)?;
    let changed = transaction.execute("UPDATE workspaces SET name = ?2 WHERE id = ?1", params![id.as_str(), name])?;
    if changed == 0 {
        return Err(ControlError::not_found(Resource::Workspace, id.as_str()));
    }
    record(
        transaction,
        by,
        &Entry {
            workspace: id,
            verb: "modified",
            resource: Resource::Workspace,
            id: id.as_str(),
            name: &name,
            change: json!({ "name": name }),
        },
    )
}

pub(crate) fn insert(transaction: &Transaction<'_>, workspace: &Workspace, by: &Author) -> Result<(), ControlError> {
    transaction.execute(
        "INSERT INTO workspaces (id, slug, name, created_at) VALUES (?1, ?2, ?3, ?4)",
        params![workspace.id.as_str(), workspace.slug, workspace.name, workspace.created_at.as_millis()],
    )?;
    record(
        transaction,
        by,
        &Entry {
            workspace: &workspace.id,
            verb: "created",
            resource: Resource::Workspace,
            id: workspace.id.as_str(),
            name: &workspace.name,
            change: json!({ "slug": workspace.slug, "name": workspace.name }),
        },
    )
}

pub(crate) fn load(connection: &Connection) -> Result<Vec<Workspace>, ControlError> {
    let mut statement =
        connection.prepare_cached("SELECT id, slug, name, created_at FROM workspaces ORDER BY rowid")?;
    let rows = statement.query_map([], |row| {
        Ok(Workspace {
            id: WorkspaceId::from(row.get::<_, String>(0)?),
            slug: row.get(1)?,
            name: row.get(2)?,
            created_at: Timestamp::from_millis(row.get(3)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
