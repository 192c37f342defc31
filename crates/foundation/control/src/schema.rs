//! The tables, and the steps that bring an older file to the newest form.
//!
//! `PRAGMA user_version` counts the steps that a file has taken. A step, once released, is never edited: a change of the
//! tables is a new step at the end.

use rusqlite::Connection;

use crate::error::OpenError;

const STEPS: &[&str] = &[
    include_str!("schema/001_first.sql"),
    include_str!("schema/002_profiles.sql"),
    include_str!("schema/003_delivery.sql"),
];

/// Takes all missing steps, each in one transaction. A file of a newer program is refused untouched.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = STEPS.len() as u32;
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    for (number, step) in (1u32..).zip(STEPS).skip(found as usize) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
        tracing::info!(schema = number, "control store brought to a newer schema");
    }
    Ok(())
}
