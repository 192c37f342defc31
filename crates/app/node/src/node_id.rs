//! Who this node is among several, for good.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use prime_event::RequestId;

use crate::node::StartError;

const FILE: &str = "node-id";
/// Random letters in an id: 64 bits, so that no two folders meet.
const RANDOM_CHARS: usize = 16;

/// The id of the node that a data folder belongs to, drawn at the first start: the name that was chosen, if any, and
/// random letters. A folder that is begun anew is another node, even under the same name: it has another journal.
pub(crate) fn of(data_dir: &Path, name: &str) -> Result<String, StartError> {
    let path = data_dir.join(FILE);
    let refused = |source| StartError::DataDir { path: path.clone(), source };
    match fs::read_to_string(&path) {
        Ok(text) => {
            let id = text.trim().to_owned();
            let known = id.len().checked_sub(RANDOM_CHARS + 1).and_then(|end| id.get(..end)).unwrap_or("");
            match name.is_empty() || name == known {
                true => Ok(id),
                false => Err(StartError::NodeId { known: known.to_owned(), name: name.to_owned() }),
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let random: String = RequestId::random().to_string().replace('-', "").chars().take(RANDOM_CHARS).collect();
            let id = if name.is_empty() { random } else { format!("{name}-{random}") };
            write(&path, &id).map_err(refused)?;
            Ok(id)
        }
        Err(error) => Err(refused(error)),
    }
}

fn write(path: &Path, id: &str) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).open(&fresh)?;
    writeln!(file, "{id}")?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_id_and_a_new_folder_gets_another() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let id = of(one.path(), "eu-1").unwrap();
        assert!(id.starts_with("eu-1-"), "{id}");
        assert_eq!(of(one.path(), "eu-1").unwrap(), id);
        assert_eq!(of(one.path(), "").unwrap(), id);
        assert_ne!(of(two.path(), "eu-1").unwrap(), id);
        let refused = of(one.path(), "eu-2").unwrap_err();
        assert!(refused.to_string().contains("eu-1"), "{refused}");
    }

    #[test]
    fn a_folder_without_a_name_is_not_given_one_later() {
        let folder = tempfile::tempdir().unwrap();
        let id = of(folder.path(), "").unwrap();
        assert_eq!(of(folder.path(), "").unwrap(), id);
        assert!(of(folder.path(), "late").is_err());
    }
}
