use prime_event::{Timestamp, WorkspaceId};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::json;

use crate::accounts::{self, Account, stored_role};
use crate::error::{ControlError, Resource};
use crate::ledger::{Actor, Author, Entry, record};
use crate::scopes::Role;
use crate::secret::{Digest, Secret, hash_password, random_id};
use crate::store::ControlStore;
use crate::tokens::oldest_workspace;
use crate::validation::{checked_email, checked_name, checked_password};
use crate::workspaces;

/// A week: long enough for holidays over a weekend, short enough that an old mail opens nothing.
const LIFETIME_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// A link, usable once, with which a person makes an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    pub id: String,
    pub workspace: WorkspaceId,
    pub kind: InviteKind,
    /// Whom it is for; the first account chooses its own address.
    pub email: Option<String>,
    pub role: Role,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteKind {
    /// Makes the first account of the server.
    Setup,
    /// Makes one more account, for one address.
    Invite,
}

/// What a person says when taking up an invite.
#[derive(Clone, Default)]
pub struct NewAccount {
    pub email: String,
    pub name: String,
    pub password: String,
    /// A new name for the workspace; only the first account may give one.
    pub workspace_name: Option<String>,
}

impl ControlStore {
    /// Invites a person. What the invite is in clear cannot be had again. Blocking.
    pub fn create_invite(
        &self,
        workspace: &WorkspaceId,
        email: &str,
        role: Role,
        by: &Author,
    ) -> Result<(Invite, Secret), ControlError> {
        let invite = Invite {
            id: random_id(),
            workspace: workspace.clone(),
            kind: InviteKind::Invite,
            email: Some(checked_email(email)?),
            role,
            created_at: by.at,
            expires_at: expiry(by.at),
        };
        let secret = Secret::random();
        self.change_unpublished(|transaction| {
            let known: bool = transaction.query_row(
                "SELECT EXISTS (SELECT 1 FROM accounts WHERE email = ?1)",
                params![invite.email],
                |row| row.get(0),
            )?;
            if known {
                return Err(ControlError::invalid("email", "A person with this address has an account already."));
            }
            transaction.execute("DELETE FROM invites WHERE email = ?1", params![invite.email])?;
            insert(transaction, &invite, &secret)?;
            record(transaction, by, &entry(&invite, "created"))
        })?;
        Ok((invite, secret))
    }

    /// The invites still open, oldest first, without the one for the first account. Blocking.
    pub fn invites(&self, workspace: &WorkspaceId, now: Timestamp) -> Result<Vec<Invite>, ControlError> {
        self.read(|connection| {
            let query = format!(
                "SELECT {COLUMNS} FROM invites WHERE workspace = ?1 AND kind = 'invite' AND expires_at > ?2
                 ORDER BY created_at, rowid"
            );
            let mut statement = connection.prepare_cached(&query)?;
            let rows = statement.query_map(params![workspace.as_str(), now.as_millis()], |row| Ok(read_invite(row)))?;
            rows.map(|row| row?).collect()
        })
    }

    /// Withdraws an invite. Blocking.
    pub fn delete_invite(&self, workspace: &WorkspaceId, id: &str, by: &Author) -> Result<(), ControlError> {
        self.change_unpublished(|transaction| {
            let query = format!("SELECT {COLUMNS} FROM invites WHERE id = ?1 AND workspace = ?2 AND kind = 'invite'");
            let invite = transaction
                .query_row(&query, params![id, workspace.as_str()], |row| Ok(read_invite(row)))
                .optional()?
                .ok_or_else(|| ControlError::not_found(Resource::Invite, id))??;
            transaction.execute("DELETE FROM invites WHERE id = ?1", params![id])?;
            record(transaction, by, &entry(&invite, "deleted"))
        })
    }

    /// The invite that was presented, if it can still be taken up. Blocking.
    pub fn invite(&self, presented: &str, now: Timestamp) -> Result<Option<Invite>, ControlError> {
        self.read(|connection| find(connection, presented, now))
    }

    /// Makes the account that the invite is for, and uses the invite up. `None` when it cannot be taken up: it was never
    /// issued, has expired, or was used. Blocking, and heavy: it hashes a password.
    pub fn accept_invite(
        &self,
        presented: &str,
        new: &NewAccount,
        now: Timestamp,
    ) -> Result<Option<Account>, ControlError> {
        // Asked before the password is hashed, so that guessing costs us little; asked again in the transaction.
        let Some(invite) = self.invite(presented, now)? else { return Ok(None) };
        let email = checked_email(&new.email)?;
        if invite.email.as_ref().is_some_and(|invited| *invited != email) {
            return Err(ControlError::invalid(
                "email",
                "The invite is for another address; use the one it was sent to.",
            ));
        }
        let name = checked_name("name", &new.name)?;
        let hash = hash_password(checked_password("password", &new.password)?)?;
        let account = Account {
            id: random_id(),
            workspace: invite.workspace.clone(),
            email,
            name,
            role: invite.role,
            created_at: now,
        };
        self.change(|transaction| accept(transaction, presented, &account, &hash, new.workspace_name.as_deref()))
    }

    /// Issues the link for the first account and ends the one issued before. `None` when an account exists. Blocking.
    pub fn issue_setup_token(&self, now: Timestamp) -> Result<Option<Secret>, ControlError> {
        self.change_unpublished(|transaction| {
            if accounts::any(transaction)? {
                return Ok(None);
            }
            let workspace = oldest_workspace(transaction)?;
            insert_setup(transaction, &workspace, now).map(Some)
        })
    }
}

pub(crate) fn insert_setup(
    transaction: &Transaction<'_>,
    workspace: &WorkspaceId,
    now: Timestamp,
) -> Result<Secret, ControlError> {
    transaction.execute("DELETE FROM invites WHERE kind = 'setup'", [])?;
    let invite = Invite {
        id: random_id(),
        workspace: workspace.clone(),
        kind: InviteKind::Setup,
        email: None,
        role: Role::Owner,
        created_at: now,
        expires_at: expiry(now),
    };
    let secret = Secret::random();
    insert(transaction, &invite, &secret)?;
    Ok(secret)
}

fn accept(
    transaction: &Transaction<'_>,
    presented: &str,
    account: &Account,
    hash: &str,
    workspace_name: Option<&str>,
) -> Result<Option<Account>, ControlError> {
    let Some(invite) = find(transaction, presented, account.created_at)? else { return Ok(None) };
    let by = Author::new(Actor::Account { id: account.id.clone(), email: account.email.clone() }, account.created_at);
    accounts::insert(transaction, account, hash, &by)?;
    // The link for the first account dies with the first account, whichever way that came.
    transaction.execute("DELETE FROM invites WHERE id = ?1 OR kind = 'setup'", params![invite.id])?;
    if let (InviteKind::Setup, Some(name)) = (invite.kind, workspace_name) {
        workspaces::rename(transaction, &invite.workspace, name, &by)?;
    }
    Ok(Some(account.clone()))
}

fn expiry(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.as_millis() + LIFETIME_MS)
}

fn insert(transaction: &Transaction<'_>, invite: &Invite, secret: &Secret) -> Result<(), ControlError> {
    let kind = match invite.kind {
        InviteKind::Setup => "setup",
        InviteKind::Invite => "invite",
    };
    transaction.execute(
        "INSERT INTO invites (id, workspace, kind, email, role, digest, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            invite.id,
            invite.workspace.as_str(),
            kind,
            invite.email,
            invite.role.as_str(),
            Digest::of(secret.reveal()),
            invite.created_at.as_millis(),
            invite.expires_at.as_millis(),
        ],
    )?;
    Ok(())
}

fn find(connection: &Connection, presented: &str, now: Timestamp) -> Result<Option<Invite>, ControlError> {
    let query = format!("SELECT {COLUMNS} FROM invites WHERE digest = ?1 AND expires_at > ?2");
    let row = connection
        .query_row(&query, params![Digest::of(presented), now.as_millis()], |row| Ok(read_invite(row)))
        .optional()?;
    row.transpose()
}

fn entry<'a>(invite: &'a Invite, verb: &'static str) -> Entry<'a> {
    Entry {
        workspace: &invite.workspace,
        verb,
        resource: Resource::Invite,
        id: &invite.id,
        name: invite.email.as_deref().unwrap_or_default(),
        change: json!({ "email": invite.email, "role": invite.role.as_str() }),
    }
}

/// In the order that [`read_invite`] expects.
const COLUMNS: &str = "id, workspace, kind, email, role, created_at, expires_at";

fn read_invite(row: &Row<'_>) -> Result<Invite, ControlError> {
    Ok(Invite {
        id: row.get(0)?,
        workspace: WorkspaceId::from(row.get::<_, String>(1)?),
        kind: match row.get::<_, String>(2)?.as_str() {
            "setup" => InviteKind::Setup,
            "invite" => InviteKind::Invite,
            _ => return Err(ControlError::Damaged { what: "kind of invite" }),
        },
        email: row.get(3)?,
        role: stored_role(&row.get::<_, String>(4)?)?,
        created_at: Timestamp::from_millis(row.get(5)?),
        expires_at: Timestamp::from_millis(row.get(6)?),
    })
}
