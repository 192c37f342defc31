//! What may name a topic or a group, the same for every provider.

use std::io;

use crate::error::OpenError;

const TOPIC_NAME_BYTES_MAX: usize = 100;
const GROUP_NAME_BYTES_MAX: usize = 1024;

/// Refuses what could not be a folder's name on every system, or would leave the log's folder.
pub fn check_topic(name: &str) -> Result<(), OpenError> {
    let begins_well = name.starts_with(|c: char| c.is_ascii_lowercase());
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    if begins_well && name.len() <= TOPIC_NAME_BYTES_MAX && name.chars().all(allowed) {
        Ok(())
    } else {
        Err(OpenError::TopicName { name: name.to_owned() })
    }
}

pub fn check_group(name: &str) -> io::Result<()> {
    if name.is_empty() || name.len() > GROUP_NAME_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a group's name has 1 to 1024 bytes"));
    }
    Ok(())
}
