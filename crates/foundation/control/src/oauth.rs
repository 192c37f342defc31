use std::collections::HashMap;

use prime_event::{Timestamp, WorkspaceId};
use rusqlite::Connection;

use crate::error::ControlError;
use crate::secret::Digest;

/// What an OAuth access token allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessGrant {
    pub workspace: WorkspaceId,
    /// Id of the OAuth app that obtained the token.
    pub app: String,
    /// As granted, separated by blanks: `tracking_api:write`.
    pub scope: String,
    pub expires_at: Timestamp,
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
