use prime_event::{Timestamp, WorkspaceId};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::json;

use crate::error::{ControlError, Resource};
use crate::ledger::{Author, Entry, record};
use crate::scopes::Scope;
use crate::secret::{Digest, Secret, random_id};
use crate::store::ControlStore;
use crate::validation::checked_name;

/// A token of the public API, without the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    pub id: String,
    pub workspace: WorkspaceId,
    pub name: String,
    pub scopes: Vec<Scope>,
    pub created_at: Timestamp,
}

impl ControlStore {
    /// Issues a token. What it is in clear cannot be had again. Blocking.
    pub fn create_token(
        &self,
        workspace: &WorkspaceId,
        name: &str,
        scopes: &[Scope],
        by: &Author,
    ) -> Result<(ApiToken, Secret), ControlError> {
        let name = checked_name("name", name)?;
        if scopes.is_empty() {
            return Err(ControlError::invalid("scopes", "A token without scopes can do nothing; name at least one."));
        }
        let token = ApiToken {
            id: random_id(),
            workspace: workspace.clone(),
            name,
            scopes: scopes.to_vec(),
            created_at: by.at,
        };
        let secret = Secret::random();
        self.change_unpublished(|transaction| {
            insert(transaction, &token, &secret, Kind::Issued)?;
            record(transaction, by, &entry(&token, "created"))
        })?;
        Ok((token, secret))
    }

    /// The tokens that people made, oldest first. Blocking.
    pub fn tokens(&self, workspace: &WorkspaceId) -> Result<Vec<ApiToken>, ControlError> {
        self.read(|connection| {
            let query =
                format!("SELECT {COLUMNS} FROM tokens WHERE workspace = ?1 AND local = 0 ORDER BY created_at, rowid");
            let mut statement = connection.prepare_cached(&query)?;
            let rows = statement.query_map(params![workspace.as_str()], |row| Ok(read_token(row)))?;
            rows.map(|row| row?).collect()
        })
    }

    /// Ends a token at once. Blocking.
    pub fn delete_token(&self, workspace: &WorkspaceId, id: &str, by: &Author) -> Result<(), ControlError> {
        self.change_unpublished(|transaction| {
            let query = format!("SELECT {COLUMNS} FROM tokens WHERE id = ?1 AND workspace = ?2 AND local = 0");
            let token = transaction
                .query_row(&query, params![id, workspace.as_str()], |row| Ok(read_token(row)))
                .optional()?
                .ok_or_else(|| ControlError::not_found(Resource::Token, id))??;
            transaction.execute("DELETE FROM tokens WHERE id = ?1", params![id])?;
            record(transaction, by, &entry(&token, "deleted"))
        })
    }

    /// The token that was presented, if it is one of ours. Blocking.
    pub fn token(&self, presented: &str) -> Result<Option<ApiToken>, ControlError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached(&format!("SELECT {COLUMNS} FROM tokens WHERE digest = ?1"))?;
            let row = statement.query_row(params![Digest::of(presented)], |row| Ok(read_token(row)));
            row.optional()?.transpose()
        })
    }

    /// Issues the token of this machine's administrator, for everything, and ends the one issued before. Blocking.
    ///
    /// It belongs to the oldest workspace, which [`bootstrap`](Self::bootstrap) has created.
    pub fn local_token(&self, now: Timestamp) -> Result<Secret, ControlError> {
        let secret = Secret::random();
        self.change_unpublished(|transaction| {
            let workspace = oldest_workspace(transaction)?;
            transaction.execute("DELETE FROM tokens WHERE local = 1", [])?;
            let token = ApiToken {
                id: random_id(),
                workspace,
                name: "Command line on the server".into(),
                scopes: vec![Scope::All],
                created_at: now,
            };
            insert(transaction, &token, &secret, Kind::Local)
        })?;
        Ok(secret)
    }
}

pub(crate) fn oldest_workspace(transaction: &Transaction<'_>) -> Result<WorkspaceId, ControlError> {
    transaction
        .query_row("SELECT id FROM workspaces ORDER BY rowid LIMIT 1", [], |row| row.get::<_, String>(0))
        .optional()?
        .map(WorkspaceId::from)
        .ok_or_else(|| ControlError::not_found(Resource::Workspace, "any"))
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Issued,
    Local,
}

fn insert(transaction: &Transaction<'_>, token: &ApiToken, secret: &Secret, kind: Kind) -> Result<(), ControlError> {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    transaction.execute(
        "INSERT INTO tokens (id, workspace, name, scopes, digest, local, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            token.id,
            token.workspace.as_str(),
            token.name,
            scopes.join(" "),
            Digest::of(secret.reveal()),
            kind == Kind::Local,
            token.created_at.as_millis(),
        ],
    )?;
    Ok(())
}

fn entry<'a>(token: &'a ApiToken, verb: &'static str) -> Entry<'a> {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    Entry {
        workspace: &token.workspace,
        verb,
        resource: Resource::Token,
        id: &token.id,
        name: &token.name,
        change: json!({ "name": token.name, "scopes": scopes }),
    }
}

/// In the order that [`read_token`] expects.
const COLUMNS: &str = "id, workspace, name, scopes, created_at";

fn read_token(row: &Row<'_>) -> Result<ApiToken, ControlError> {
    let scopes: Option<Vec<Scope>> = row.get::<_, String>(3)?.split(' ').map(Scope::parse).collect();
    Ok(ApiToken {
        id: row.get(0)?,
        workspace: WorkspaceId::from(row.get::<_, String>(1)?),
        name: row.get(2)?,
        scopes: scopes.ok_or(ControlError::Damaged { what: "list of scopes" })?,
        created_at: Timestamp::from_millis(row.get(4)?),
    })
}
