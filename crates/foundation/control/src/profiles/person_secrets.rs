use std::fmt;

use prime_event::{Timestamp, WorkspaceId};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::{ControlError, Resource};
use crate::ledger::{Author, Entry, record};
use crate::secret::{Secret, random_id};
use crate::snapshot::millis;
use crate::store::ControlStore;

/// One in use, one on its way out, and room for a mistake. Each is tried on every token.
const PER_WORKSPACE_MAX: usize = 5;

/// A secret with which tokens for one person are signed. The newest of a workspace is the current one; the others are
/// still good for checking until they are deleted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonSecret {
    pub id: String,
    pub workspace: WorkspaceId,
    /// In clear.
    pub secret: String,
    #[serde(with = "millis")]
    pub created_at: Timestamp,
}

impl fmt::Debug for PersonSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonSecret").field("id", &self.id).finish_non_exhaustive()
    }
}

impl ControlStore {
    /// Makes a secret, which is the current one from now on. Blocking.
    pub fn create_person_secret(&self, workspace: &WorkspaceId, by: &Author) -> Result<PersonSecret, ControlError> {
        let made = PersonSecret {
            id: random_id(),
            workspace: workspace.clone(),
            secret: Secret::random().reveal().to_owned(),
            created_at: by.at,
        };
        self.change(|transaction| {
            let known = load(transaction)?.into_iter().filter(|secret| secret.workspace == *workspace).count();
            if known >= PER_WORKSPACE_MAX {
                let sentence = "The workspace has 5 secrets for person tokens, which is the most; delete one first.";
                return Err(ControlError::invalid("secret", sentence));
            }
            transaction.execute(
                "INSERT INTO person_secrets (id, workspace, secret, created_at) VALUES (?1, ?2, ?3, ?4)",
                params![made.id, workspace.as_str(), made.secret, made.created_at.as_millis()],
            )?;
            record(transaction, by, &entry(workspace, "created", &made.id))
        })?;
        Ok(made)
    }

    /// Ends a secret: tokens that were signed with it are refused at once. Blocking.
    pub fn delete_person_secret(&self, workspace: &WorkspaceId, id: &str, by: &Author) -> Result<(), ControlError> {
        self.change(|transaction| {
            let query = "DELETE FROM person_secrets WHERE id = ?1 AND workspace = ?2";
            if transaction.execute(query, params![id, workspace.as_str()])? == 0 {
                return Err(ControlError::not_found(Resource::PersonSecret, id));
            }
            record(transaction, by, &entry(workspace, "deleted", id))
        })
    }
}

fn entry<'a>(workspace: &'a WorkspaceId, verb: &'static str, id: &'a str) -> Entry<'a> {
    Entry { workspace, verb, resource: Resource::PersonSecret, id, name: id, change: json!({}) }
}

/// Newest first.
pub(crate) fn load(connection: &Connection) -> Result<Vec<PersonSecret>, ControlError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, workspace, secret, created_at FROM person_secrets ORDER BY created_at DESC, rowid DESC",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(PersonSecret {
            id: row.get(0)?,
            workspace: WorkspaceId::from(row.get::<_, String>(1)?),
            secret: row.get(2)?,
            created_at: Timestamp::from_millis(row.get(3)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
