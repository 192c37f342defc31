use std::sync::LazyLock;

use prime_event::{Timestamp, WorkspaceId};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::json;

use crate::error::{ControlError, Resource};
use crate::ledger::{Author, Entry, record};
use crate::scopes::Role;
use crate::secret::{hash_password, password_matches};
use crate::store::ControlStore;
use crate::validation::{checked_name, checked_password};

/// A person who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: String,
    pub workspace: WorkspaceId,
    /// In lower case; unique over all workspaces.
    pub email: String,
    pub name: String,
    pub role: Role,
    pub created_at: Timestamp,
}

/// What changes in an account; an absent value stays as it is.
#[derive(Clone, Debug, Default)]
pub struct AccountPatch {
    pub name: Option<String>,
    pub new_password: Option<String>,
}

/// Hash of a password nobody has, so that signing in to an account that does not exist takes as long as to one that does.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_password("nobody signs in with this").unwrap_or_default());

impl ControlStore {
    /// The account with this address and password, if there is one. Takes as long when there is none. Blocking, and
    /// heavy: it hashes a password, with 19 MiB of memory.
    pub fn sign_in(&self, email: &str, password: &str) -> Result<Option<Account>, ControlError> {
        let email = email.trim().to_lowercase();
        let found = self.read(|connection| {
            let query = format!("SELECT {COLUMNS}, password FROM accounts WHERE email = ?1");
            let mut statement = connection.prepare_cached(&query)?;
            let found = statement.query_row(params![email], |row| Ok((read_account(row), row.get::<_, String>(6)?)));
            Ok(found.optional()?)
        })?;
        match found {
            Some((account, stored)) if password_matches(password, &stored) => account.map(Some),
            Some(_) => Ok(None),
            None => {
                password_matches(password, &NOBODY);
                Ok(None)
            }
        }
    }

    /// Oldest first. Blocking.
    pub fn accounts(&self, workspace: &WorkspaceId) -> Result<Vec<Account>, ControlError> {
        self.read(|connection| {
            let query = format!("SELECT {COLUMNS} FROM accounts WHERE workspace = ?1 ORDER BY created_at, rowid");
            let mut statement = connection.prepare_cached(&query)?;
            let rows = statement.query_map(params![workspace.as_str()], |row| Ok(read_account(row)))?;
            rows.map(|row| row?).collect()
        })
    }

    /// Blocking; heavy when the password changes. A new password ends every session of the account.
    pub fn update_account(
        &self,
        workspace: &WorkspaceId,
        id: &str,
        patch: AccountPatch,
        by: &Author,
    ) -> Result<Account, ControlError> {
        let name = patch.name.as_deref().map(|name| checked_name("name", name)).transpose()?;
        let password = match patch.new_password.as_deref() {
            Some(password) => Some(hash_password(checked_password("newPassword", password)?)?),
            None => None,
        };
        self.change_unpublished(|transaction| {
            find(transaction, workspace, id)?;
            if let Some(name) = &name {
                transaction.execute("UPDATE accounts SET name = ?2 WHERE id = ?1", params![id, name])?;
            }
            if let Some(hash) = &password {
                transaction.execute("UPDATE accounts SET password = ?2 WHERE id = ?1", params![id, hash])?;
                transaction.execute("DELETE FROM sessions WHERE account = ?1", params![id])?;
            }
            let account = find(transaction, workspace, id)?;
            let change = json!({ "name": name, "passwordChanged": password.is_some() });
            record(transaction, by, &entry(&account, "modified", change))?;
            Ok(account)
        })
    }

    /// Deletes an account with its sessions. The last owner of a workspace cannot be deleted. Blocking.
    pub fn delete_account(&self, workspace: &WorkspaceId, id: &str, by: &Author) -> Result<(), ControlError> {
        self.change_unpublished(|transaction| {
            let account = find(transaction, workspace, id)?;
            if account.role == Role::Owner && owners(transaction, workspace)? == 1 {
                return Err(ControlError::invalid(
                    "id",
                    "This is the only owner of the workspace; invite another owner before deleting this one.",
                ));
            }
            transaction.execute("DELETE FROM accounts WHERE id = ?1", params![id])?;
            record(transaction, by, &entry(&account, "deleted", json!({ "email": account.email })))
        })
    }
}

pub(crate) fn insert(
    transaction: &Transaction<'_>,
    account: &Account,
    password_hash: &str,
    by: &Author,
) -> Result<(), ControlError> {
    let taken: bool = transaction.query_row(
        "SELECT EXISTS (SELECT 1 FROM accounts WHERE email = ?1)",
        params![account.email],
        |row| row.get(0),
    )?;
    if taken {
        return Err(ControlError::invalid("email", "An account with this address exists; sign in with it instead."));
    }
    transaction.execute(
        "INSERT INTO accounts (id, workspace, email, name, role, password, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            account.id,
            account.workspace.as_str(),
            account.email,
            account.name,
            account.role.as_str(),
            password_hash,
            account.created_at.as_millis(),
        ],
    )?;
    let change = json!({ "email": account.email, "name": account.name, "role": account.role.as_str() });
    record(transaction, by, &entry(account, "created", change))
}

pub(crate) fn any(connection: &Connection) -> Result<bool, ControlError> {
    Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM accounts)", [], |row| row.get(0))?)
}

fn owners(connection: &Connection, workspace: &WorkspaceId) -> Result<u32, ControlError> {
    Ok(connection.query_row(
        "SELECT count(*) FROM accounts WHERE workspace = ?1 AND role = ?2",
        params![workspace.as_str(), Role::Owner.as_str()],
        |row| row.get(0),
    )?)
}

fn find(connection: &Connection, workspace: &WorkspaceId, id: &str) -> Result<Account, ControlError> {
    connection
        .query_row(
            &format!("SELECT {COLUMNS} FROM accounts WHERE id = ?1 AND workspace = ?2"),
            params![id, workspace.as_str()],
            |row| Ok(read_account(row)),
        )
        .optional()?
        .ok_or_else(|| ControlError::not_found(Resource::Account, id))?
}

fn entry<'a>(account: &'a Account, verb: &'static str, change: serde_json::Value) -> Entry<'a> {
    Entry {
        workspace: &account.workspace,
        verb,
        resource: Resource::Account,
        id: &account.id,
        name: &account.name,
        change,
    }
}

/// In the order that [`read_account`] expects.
pub(crate) const COLUMNS: &str = "id, workspace, email, name, role, created_at";

pub(crate) fn read_account(row: &Row<'_>) -> Result<Account, ControlError> {
    Ok(Account {
        id: row.get(0)?,
        workspace: WorkspaceId::from(row.get::<_, String>(1)?),
        email: row.get(2)?,
        name: row.get(3)?,
        role: stored_role(&row.get::<_, String>(4)?)?,
        created_at: Timestamp::from_millis(row.get(5)?),
    })
}

pub(crate) fn stored_role(text: &str) -> Result<Role, ControlError> {
    Role::parse(text).ok_or(ControlError::Damaged { what: "role" })
}
