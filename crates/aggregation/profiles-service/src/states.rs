use std::path::PathBuf;
use std::{fs, io};

use prime_event::WorkspaceId;
use prime_state::{State, StateError, StateOptions};

/// Where each space's state is.
pub trait SpaceStates: Send + Sync + 'static {
    /// Spaces that have one.
    fn known(&self) -> io::Result<Vec<WorkspaceId>>;

    /// Opens a space's state, a new one where there is none. Called once for each space.
    fn open(&self, space: &WorkspaceId) -> Result<State, StateError>;
}

/// A folder with a folder for each space.
pub struct FolderStates {
    dir: PathBuf,
    options: StateOptions,
}

/// Before the name of a space that could not be a folder's; its bytes follow in hexadecimal.
const ENCODED: &str = "x-";

impl FolderStates {
    /// `options` hold for each space, but for the folder.
    pub fn new(dir: impl Into<PathBuf>, options: StateOptions) -> Self {
        Self { dir: dir.into(), options }
    }
}

impl SpaceStates for FolderStates {
    fn known(&self) -> io::Result<Vec<WorkspaceId>> {
        fs::create_dir_all(&self.dir)?;
        let mut known = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            if let (true, Ok(name)) = (entry.file_type()?.is_dir(), entry.file_name().into_string()) {
                known.extend(space_of(&name));
            }
        }
        known.sort();
        Ok(known)
    }

    fn open(&self, space: &WorkspaceId) -> Result<State, StateError> {
        fs::create_dir_all(&self.dir)?;
        State::open(&StateOptions { dir: self.dir.join(folder_of(space)), ..self.options.clone() })
    }
}

fn folder_of(space: &WorkspaceId) -> String {
    let name = space.as_str();
    let is_plain = (1..=100).contains(&name.len())
        && !name.starts_with(ENCODED)
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_plain {
        name.to_owned()
    } else {
        name.bytes().fold(ENCODED.to_owned(), |out, byte| out + &format!("{byte:02x}"))
    }
}

fn space_of(folder: &str) -> Option<WorkspaceId> {
    let Some(digits) = folder.strip_prefix(ENCODED) else { return Some(WorkspaceId::new(folder)) };
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let bytes = (0..digits.len()).step_by(2).map(byte).collect::<Option<Vec<_>>>()?;
    String::from_utf8(bytes).ok().map(WorkspaceId::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_space_has_a_folder_of_its_own_that_leads_back_to_it() {
        for name in ["w", "9dQ-_7", "x-41", "../up", "", "a b", "ünï"] {
            let space = WorkspaceId::new(name);
            let folder = folder_of(&space);
            assert!(!folder.is_empty() && !folder.contains(['/', '.', ' ']), "{folder}");
            assert_eq!(space_of(&folder), Some(space));
        }
    }
}
