use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::DecodingKey;
use prime_event::{Timestamp, WorkspaceId};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::{Value, json};

use crate::error::{ControlError, Resource};
use crate::ledger::{Author, Entry, record};
use crate::secret::random_id;
use crate::store::ControlStore;
use crate::validation::checked_name;

/// A program that may obtain access tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthApp {
    pub id: String,
    pub name: String,
    /// Oldest first; at most two, one in use and one that takes over.
    pub keys: Vec<OauthKey>,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthKey {
    /// What assertions name in their header as `kid`.
    pub id: String,
    pub created_at: Timestamp,
}

const KEYS_MAX: u32 = 2;

impl ControlStore {
    /// Oldest first. Blocking.
    pub fn oauth_apps(&self, workspace: &WorkspaceId) -> Result<Vec<OauthApp>, ControlError> {
        self.read(|connection| load(connection, workspace))
    }

    /// Registers an app with its first RSA public key, in PEM. Blocking.
    pub fn create_oauth_app(
        &self,
        workspace: &WorkspaceId,
        name: &str,
        public_key: &str,
        by: &Author,
    ) -> Result<OauthApp, ControlError> {
        let name = checked_name("name", name)?;
        let public_key = checked_key(public_key)?;
        self.change(|transaction| {
            let id = random_id();
            transaction.execute(
                "INSERT INTO oauth_apps (id, workspace, name, created_at) VALUES (?1, ?2, ?3, ?4)",
                params![id, workspace.as_str(), name, by.at.as_millis()],
            )?;
            let key = insert_key(transaction, &id, public_key, by.at)?;
            let change = json!({ "name": name, "kid": key.id });
            record(transaction, by, &entry(workspace, Resource::OauthApp, "created", &id, &name, change))?;
            Ok(OauthApp { id, name, keys: vec![key], created_at: by.at })
        })
    }

    /// Gives an app its second public key. Blocking.
    pub fn add_oauth_key(
        &self,
        workspace: &WorkspaceId,
        app: &str,
        public_key: &str,
        by: &Author,
    ) -> Result<OauthKey, ControlError> {
        let public_key = checked_key(public_key)?;
        self.change(|transaction| {
            let name = name_of(transaction, workspace, app)?;
            let count: u32 =
                transaction
                    .query_row("SELECT count(*) FROM oauth_keys WHERE app = ?1", params![app], |row| row.get(0))?;
            if count >= KEYS_MAX {
                return Err(ControlError::invalid(
                    "publicKey",
                    "The app has two public keys, which is the most; delete the one that is no longer used.",
                ));
            }
            let key = insert_key(transaction, app, public_key, by.at)?;
            let change = json!({ "app": app });
            record(transaction, by, &entry(workspace, Resource::OauthKey, "created", &key.id, &name, change))?;
            Ok(key)
        })
    }

    /// Blocking.
    pub fn delete_oauth_key(
        &self,
        workspace: &WorkspaceId,
        app: &str,
        key: &str,
        by: &Author,
    ) -> Result<(), ControlError> {
        self.change(|transaction| {
            let name = name_of(transaction, workspace, app)?;
            let changed =
                transaction.execute("DELETE FROM oauth_keys WHERE id = ?1 AND app = ?2", params![key, app])?;
            if changed == 0 {
                return Err(ControlError::not_found(Resource::OauthKey, key));
            }
            let change = json!({ "app": app });
            record(transaction, by, &entry(workspace, Resource::OauthKey, "deleted", key, &name, change))
        })
    }

    /// Deletes an app with its keys, and ends all tokens that it obtained. Blocking.
    pub fn delete_oauth_app(&self, workspace: &WorkspaceId, app: &str, by: &Author) -> Result<(), ControlError> {
        self.change(|transaction| {
            let name = name_of(transaction, workspace, app)?;
            transaction.execute("DELETE FROM oauth_apps WHERE id = ?1", params![app])?;
            record(transaction, by, &entry(workspace, Resource::OauthApp, "deleted", app, &name, json!({})))
        })
    }
}

fn checked_key(pem: &str) -> Result<&str, ControlError> {
    let pem = pem.trim();
    let refuse = |sentence: &str| Err(ControlError::invalid("publicKey", sentence));
    if pem.contains("PRIVATE KEY") {
        return refuse("This is a private key, which nobody but the app should hold; send the public key instead.");
    }
    if DecodingKey::from_rsa_pem(pem.as_bytes()).is_err() {
        return refuse("This is not an RSA public key in PEM; it begins with `-----BEGIN PUBLIC KEY-----`.");
    }
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    // The modulus of a key of 2,048 bits alone has 256 bytes.
    if STANDARD.decode(body).is_ok_and(|der| der.len() > 256) {
        return Ok(pem);
    }
    refuse("The key is too short; make one of at least 2,048 bits.")
}

fn insert_key(
    transaction: &Transaction<'_>,
    app: &str,
    public_key: &str,
    now: Timestamp,
) -> Result<OauthKey, ControlError> {
    let id = random_id();
    transaction.execute(
        "INSERT INTO oauth_keys (id, app, public_key, created_at) VALUES (?1, ?2, ?3, ?4)",
        params![id, app, public_key, now.as_millis()],
    )?;
    Ok(OauthKey { id, created_at: now })
}

/// The name of an app, which proves that it is one of this workspace.
pub(super) fn name_of(connection: &Connection, workspace: &WorkspaceId, app: &str) -> Result<String, ControlError> {
    connection
        .query_row(
            "SELECT name FROM oauth_apps WHERE id = ?1 AND workspace = ?2",
            params![app, workspace.as_str()],
            |row| row.get(0),
        )
        .optional()?
        .ok_or_else(|| ControlError::not_found(Resource::OauthApp, app))
}

pub(super) fn entry<'a>(
    workspace: &'a WorkspaceId,
    resource: Resource,
    verb: &'static str,
    id: &'a str,
    name: &'a str,
    change: Value,
) -> Entry<'a> {
    Entry { workspace, verb, resource, id, name, change }
}

fn load(connection: &Connection, workspace: &WorkspaceId) -> Result<Vec<OauthApp>, ControlError> {
    let mut keys: HashMap<String, Vec<OauthKey>> = HashMap::new();
    let mut statement =
        connection.prepare_cached("SELECT app, id, created_at FROM oauth_keys ORDER BY created_at, rowid")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key = OauthKey { id: row.get(1)?, created_at: Timestamp::from_millis(row.get(2)?) };
        keys.entry(row.get(0)?).or_default().push(key);
    }
    let mut statement = connection.prepare_cached(
        "SELECT id, name, created_at FROM oauth_apps WHERE workspace = ?1 ORDER BY created_at, rowid",
    )?;
    let apps = statement.query_map(params![workspace.as_str()], |row| {
        let id: String = row.get(0)?;
        let keys = keys.remove(&id).unwrap_or_default();
        Ok(OauthApp { keys, id, name: row.get(1)?, created_at: Timestamp::from_millis(row.get(2)?) })
    })?;
    Ok(apps.collect::<Result<_, _>>()?)
}
