use prime_event::{Timestamp, WorkspaceId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::{ControlError, Resource};
use crate::ledger::{Author, Entry, record};
use crate::secret::{Digest, Secret, random_id};
use crate::snapshot::millis;
use crate::store::ControlStore;
use crate::validation::checked_name;

/// Each is looked for with every read; more than anybody has servers.
const PER_WORKSPACE_MAX: i64 = 1_000;

/// A token of the Profile API, without the token itself. It reads everybody of its workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileToken {
    pub id: String,
    pub workspace: WorkspaceId,
    pub name: String,
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// About when it was used last, to a minute; not told to nodes that follow.
    #[serde(skip)]
    pub last_used_at: Option<Timestamp>,
}

impl ControlStore {
    /// Issues a token. What it is in clear cannot be had again. Blocking.
    pub fn create_profile_token(
        &self,
        workspace: &WorkspaceId,
        name: &str,
        by: &Author,
    ) -> Result<(ProfileToken, Secret), ControlError> {
        let name = checked_name("name", name)?;
        let (id, workspace) = (random_id(), workspace.clone());
        let token = ProfileToken { id, workspace, name, created_at: by.at, last_used_at: None };
        let secret = Secret::random();
        self.change(|transaction| {
            let count = "SELECT count(*) FROM profile_tokens WHERE workspace = ?1";
            let count: i64 = transaction.query_row(count, params![token.workspace.as_str()], |row| row.get(0))?;
            if count >= PER_WORKSPACE_MAX {
                let sentence = "The workspace has 1,000 profile tokens, which is the most; delete some first.";
                return Err(ControlError::invalid("name", sentence));
            }
            transaction.execute(
                "INSERT INTO profile_tokens (id, workspace, name, digest, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    token.id,
                    token.workspace.as_str(),
                    token.name,
                    Digest::of(secret.reveal()),
                    token.created_at.as_millis()
                ],
            )?;
            record(transaction, by, &entry(&token, "created"))
        })?;
        Ok((token, secret))
    }

    /// The workspace's tokens of the Profile API, oldest first. Blocking.
    pub fn profile_tokens(&self, workspace: &WorkspaceId) -> Result<Vec<ProfileToken>, ControlError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, workspace, name, created_at, last_used_at FROM profile_tokens WHERE workspace = ?1
                 ORDER BY created_at, rowid",
            )?;
            let rows = statement.query_map(params![workspace.as_str()], read_token)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Ends a token at once. Blocking.
    pub fn delete_profile_token(&self, workspace: &WorkspaceId, id: &str, by: &Author) -> Result<(), ControlError> {
        self.change(|transaction| {
            let token = transaction
                .query_row(
                    "SELECT id, workspace, name, created_at, last_used_at FROM profile_tokens
                     WHERE id = ?1 AND workspace = ?2",
                    params![id, workspace.as_str()],
                    read_token,
                )
                .optional()?
                .ok_or_else(|| ControlError::not_found(Resource::ProfileToken, id))?;
            transaction.execute("DELETE FROM profile_tokens WHERE id = ?1", params![id])?;
            record(transaction, by, &entry(&token, "deleted"))
        })
    }

    /// Remembers when tokens were used, by their ids. Those that were deleted meanwhile are passed over. Blocking.
    pub fn note_profile_tokens_used(&self, used: &[(String, Timestamp)]) -> Result<(), ControlError> {
        self.change_unpublished(|transaction| {
            let mut statement = transaction.prepare_cached(
                "UPDATE profile_tokens SET last_used_at = max(coalesce(last_used_at, ?2), ?2) WHERE id = ?1",
            )?;
            for (id, at) in used {
                statement.execute(params![id, at.as_millis()])?;
            }
            Ok(())
        })
    }
}

fn entry<'a>(token: &'a ProfileToken, verb: &'static str) -> Entry<'a> {
    Entry {
        workspace: &token.workspace,
        verb,
        resource: Resource::ProfileToken,
        id: &token.id,
        name: &token.name,
        change: json!({ "name": token.name }),
    }
}

fn read_token(row: &Row<'_>) -> rusqlite::Result<ProfileToken> {
    Ok(ProfileToken {
        id: row.get(0)?,
        workspace: WorkspaceId::from(row.get::<_, String>(1)?),
        name: row.get(2)?,
        created_at: Timestamp::from_millis(row.get(3)?),
        last_used_at: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis),
    })
}

pub(crate) fn load(connection: &Connection) -> Result<Vec<(Digest, ProfileToken)>, ControlError> {
    let mut statement = connection
        .prepare_cached("SELECT id, workspace, name, created_at, last_used_at, digest FROM profile_tokens")?;
    let rows = statement.query_map([], |row| Ok((row.get(5)?, read_token(row)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
