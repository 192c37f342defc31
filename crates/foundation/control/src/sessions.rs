use prime_event::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::accounts::{Account, COLUMNS, read_account};
use crate::error::ControlError;
use crate::secret::{Digest, Secret};
use crate::store::ControlStore;

/// Two weeks: a person who works with the console every week stays signed in.
pub const SESSION_LIFETIME_S: i64 = 14 * 24 * 60 * 60;

impl ControlStore {
    /// Signs an account in on one more browser, for [`SESSION_LIFETIME_S`]. Blocking.
    pub fn open_session(&self, account: &Account, now: Timestamp) -> Result<Secret, ControlError> {
        let secret = Secret::random();
        let expires_at = now.as_millis() + SESSION_LIFETIME_S * 1_000;
        self.change_unpublished(|transaction| {
            transaction.execute("DELETE FROM sessions WHERE expires_at <= ?1", params![now.as_millis()])?;
            transaction.execute(
                "INSERT INTO sessions (digest, account, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
                params![Digest::of(secret.reveal()), account.id, now.as_millis(), expires_at],
            )?;
            Ok(())
        })?;
        Ok(secret)
    }

    /// The account that is signed in by this session. Blocking.
    pub fn session(&self, presented: &str, now: Timestamp) -> Result<Option<Account>, ControlError> {
        self.read(|connection| {
            let query = format!(
                "SELECT {COLUMNS} FROM accounts
                 WHERE id = (SELECT account FROM sessions WHERE digest = ?1 AND expires_at > ?2)"
            );
            let mut statement = connection.prepare_cached(&query)?;
            let row = statement.query_row(params![Digest::of(presented), now.as_millis()], |row| Ok(read_account(row)));
            row.optional()?.transpose()
        })
    }

    /// Signs out. A session that does not exist is no error. Blocking.
    pub fn close_session(&self, presented: &str) -> Result<(), ControlError> {
        self.change_unpublished(|transaction| {
            transaction.execute("DELETE FROM sessions WHERE digest = ?1", params![Digest::of(presented)])?;
            Ok(())
        })
    }
}
