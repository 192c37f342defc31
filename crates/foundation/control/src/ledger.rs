//! The append-only record of every change: who, when, what, and how, without secrets.

use prime_event::{Timestamp, WorkspaceId};
use rusqlite::{Transaction, params};
use serde_json::Value;

use crate::error::{ControlError, Resource};
use crate::store::ControlStore;

/// Who makes a change, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    pub actor: Actor,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The server itself, at its first start for example.
    System,
    Account {
        id: String,
        email: String,
    },
    Token {
        id: String,
        name: String,
    },
}

/// One change, as it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerEntry {
    /// Dense, from 1, in the order of the changes.
    pub seq: u64,
    pub at: Timestamp,
    pub workspace: WorkspaceId,
    /// An account's id, a token's id, or `system`.
    pub actor: String,
    pub actor_email: Option<String>,
    /// What happened, as `Source Created`.
    pub kind: String,
    /// A [`Resource::code`].
    pub resource_type: String,
    pub resource_id: String,
    pub resource_name: String,
    /// The values that were set, secrets left out.
    pub change: Value,
}

/// A change about to be recorded.
pub(crate) struct Entry<'a> {
    pub(crate) workspace: &'a WorkspaceId,
    pub(crate) verb: &'static str,
    pub(crate) resource: Resource,
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) change: Value,
}

/// A change of who is who, which is kept with the profiles and told here.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentityChange {
    /// What happened, `split` or `applied` for example.
    pub verb: &'static str,
    /// [`Resource::Profile`] or [`Resource::IdentityRules`].
    pub resource: Resource,
    pub id: String,
    pub name: String,
    pub change: Value,
}

impl ControlStore {
    /// Tells of a change that is durable elsewhere. Blocking.
    pub fn record_identity_change(
        &self,
        workspace: &WorkspaceId,
        change: IdentityChange,
        by: &Author,
    ) -> Result<(), ControlError> {
        let IdentityChange { verb, resource, id, name, change } = change;
        self.change_unpublished(|transaction| {
            record(transaction, by, &Entry { workspace, verb, resource, id: &id, name: &name, change })
        })
    }

    /// Changes of one workspace, newest first, at most `count`, all older than entry `before` when that is given. Blocking.
    pub fn ledger(
        &self,
        workspace: &WorkspaceId,
        before: Option<u64>,
        count: usize,
    ) -> Result<Vec<LedgerEntry>, ControlError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq, at, workspace, actor, actor_email, kind, resource_type, resource_id, resource_name, change
                 FROM ledger WHERE workspace = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3",
            )?;
            let before = before.map_or(i64::MAX, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
            let rows = statement.query_map(params![workspace.as_str(), before, count as i64], |row| {
                Ok(LedgerEntry {
                    seq: row.get::<_, i64>(0)? as u64,
                    at: Timestamp::from_millis(row.get(1)?),
                    workspace: WorkspaceId::from(row.get::<_, String>(2)?),
                    actor: row.get(3)?,
                    actor_email: row.get(4)?,
                    kind: row.get(5)?,
                    resource_type: row.get(6)?,
                    resource_id: row.get(7)?,
                    resource_name: row.get(8)?,
                    change: serde_json::from_str(&row.get::<_, String>(9)?).unwrap_or(Value::Null),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// Writes one entry in the transaction of the change that it tells of.
pub(crate) fn record(transaction: &Transaction<'_>, by: &Author, entry: &Entry<'_>) -> Result<(), ControlError> {
    let (actor, email) = match &by.actor {
        Actor::System => ("system", None),
        Actor::Account { id, email } => (id.as_str(), Some(email.as_str())),
        Actor::Token { id, .. } => (id.as_str(), None),
    };
    transaction.prepare_cached(
        "INSERT INTO ledger (at, workspace, actor, actor_email, kind, resource_type, resource_id, resource_name, change)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        by.at.as_millis(),
        entry.workspace.as_str(),
        actor,
        email,
        kind(entry.resource, entry.verb),
        entry.resource.code(),
        entry.id,
        entry.name,
        entry.change.to_string(),
    ])?;
    Ok(())
}

/// `Source Created`, from the resource and the verb.
fn kind(resource: Resource, verb: &str) -> String {
    let mut text = String::new();
    for word in resource.as_str().split(' ').chain(verb.split(' ')) {
        if !text.is_empty() {
            text.push(' ');
        }
        let mut letters = word.chars();
        text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        text.push_str(letters.as_str());
    }
    text
}

impl Author {
    /// The author as people know them: an email, the name of a token, or `system`.
    pub fn name(&self) -> &str {
        match &self.actor {
            Actor::System => "system",
            Actor::Account { email, .. } => email,
            Actor::Token { name, .. } => name,
        }
    }

    pub fn new(actor: Actor, at: Timestamp) -> Self {
        Self { actor, at }
    }

    pub fn system(at: Timestamp) -> Self {
        Self::new(Actor::System, at)
    }
}
