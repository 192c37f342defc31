//! From what profile ids and the keys of all that is kept about people are made.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use prime_event::RequestId;

pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("identity-key")
}

/// The key of a data folder, drawn at the first start. It lies beside the profiles and not among them: profiles that are
/// made again from events under the same key have the same ids.
pub(crate) fn of(data_dir: &Path) -> io::Result<[u8; 16]> {
    let path = path(data_dir);
    match fs::read_to_string(&path) {
        Ok(text) => parse(text.trim()).ok_or_else(|| {
            let what = "it holds no key of 32 digits; put it back from a copy, or remove it together with `profiles`";
            io::Error::new(io::ErrorKind::InvalidData, what)
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = RequestId::random().0;
            write(&path, key)?;
            Ok(key)
        }
        Err(error) => Err(error),
    }
}

fn parse(text: &str) -> Option<[u8; 16]> {
    let key = u128::from_str_radix(text, 16).ok().filter(|_| text.len() == 32)?;
    Some(key.to_be_bytes())
}

fn write(path: &Path, key: [u8; 16]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&fresh)?;
    writeln!(file, "{:032x}", u128::from_be_bytes(key))?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_key_and_a_damaged_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let key = of(folder.path()).unwrap();
        assert_eq!(of(folder.path()).unwrap(), key);
        assert_ne!(of(tempfile::tempdir().unwrap().path()).unwrap(), key);
        fs::write(path(folder.path()), "half").unwrap();
        assert!(of(folder.path()).unwrap_err().to_string().contains("remove it together"));
    }
}
