use std::collections::HashMap;

use prime_event::{Timestamp, WorkspaceId};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::apps::{entry, name_of};
use crate::error::{ControlError, Resource};
use crate::ledger::{Author, record};
use crate::secret::Digest;
use crate::snapshot::millis;
use crate::store::ControlStore;

/// What an OAuth access token allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessGrant {
    pub workspace: WorkspaceId,
    /// Id of the OAuth app that obtained the token.
    pub app: String,
    /// As granted: `tracking_api:write`.
    pub scope: String,
    #[serde(with = "millis")]
    pub expires_at: Timestamp,
}

/// A token that an app obtained, without the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthToken {
    pub id: String,
    pub scope: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

impl ControlStore {
    /// What an access token allows, if it is one of ours, is not revoked and has not expired. In memory.
    pub fn access_token(&self, token: &str, now: Timestamp) -> Option<AccessGrant> {
        self.definitions().access_token(token, now).cloned()
    }

    /// The app's tokens that are still good, oldest first. Blocking.
    pub fn oauth_tokens(
        &self,
        workspace: &WorkspaceId,
        app: &str,
        now: Timestamp,
    ) -> Result<Vec<OauthToken>, ControlError> {
        self.read(|connection| {
            name_of(connection, workspace, app)?;
            let mut statement = connection.prepare_cached(
                "SELECT id, scope, created_at, expires_at FROM oauth_tokens WHERE app = ?1 AND expires_at > ?2
                 ORDER BY created_at, rowid",
            )?;
            let rows = statement.query_map(params![app, now.as_millis()], |row| {
                Ok(OauthToken {
                    id: row.get(0)?,
                    scope: row.get(1)?,
                    created_at: Timestamp::from_millis(row.get(2)?),
                    expires_at: Timestamp::from_millis(row.get(3)?),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Ends one access token at once. Blocking.
    pub fn revoke_oauth_token(
        &self,
        workspace: &WorkspaceId,
        app: &str,
        id: &str,
        by: &Author,
    ) -> Result<(), ControlError> {
        self.change(|transaction| {
            let name = name_of(transaction, workspace, app)?;
            let changed =
                transaction.execute("DELETE FROM oauth_tokens WHERE id = ?1 AND app = ?2", params![id, app])?;
            if changed == 0 {
                return Err(ControlError::not_found(Resource::OauthToken, id));
            }
            record(
                transaction,
                by,
                &entry(workspace, Resource::OauthToken, "deleted", id, &name, json!({ "app": app })),
            )
        })
    }
}

pub(crate) fn load_grants(connection: &Connection) -> Result<HashMap<Digest, AccessGrant>, ControlError> {
    let mut statement = connection.prepare_cached(
        "SELECT token.digest, app.workspace, app.id, token.scope, token.expires_at
         FROM oauth_tokens AS token JOIN oauth_apps AS app ON app.id = token.app",
    )?;
    let rows = statement.query_map([], |row| {
        let grant = AccessGrant {
            workspace: WorkspaceId::from(row.get::<_, String>(1)?),
            app: row.get(2)?,
            scope: row.get(3)?,
            expires_at: Timestamp::from_millis(row.get(4)?),
        };
        Ok((row.get(0)?, grant))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
