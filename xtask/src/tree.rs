//! The repository's files as the checks see them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// What git ignores or keeps for itself; files below these names are nobody's source.
const SKIPPED_FOLDERS: [&str; 6] = [".git", "target", "node_modules", "dist", "results", "__pycache__"];
/// Skipped at the root only, where the server keeps its data by default.
const SKIPPED_AT_ROOT: [&str; 1] = ["data"];
/// Larger files are data: the largest hand-written file is far below, and so are lock files.
const TEXT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Files by their path from the root, with `/` between folders. A file that is not text has a path and no text.
#[derive(Default)]
pub struct Tree {
    files: BTreeMap<String, Option<String>>,
}

impl Tree {
    /// Reads every file of a repository but those that git ignores.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    /// A tree that exists in memory only.
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| ((*path).to_owned(), Some((*text).to_owned()))).collect() }
    }

    pub fn len(&self) -> usize {
        self.files.len()
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Every file that is text, in the order of its path.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    pub fn has_file(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    pub fn has_folder(&self, path: &str) -> bool {
        let prefix = format!("{path}/");
        path.is_empty() || self.files.range(prefix.clone()..).next().is_some_and(|(file, _)| file.starts_with(&prefix))
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
            let kind = entry.file_type()?;
            let skipped = SKIPPED_FOLDERS.contains(&name.as_str())
                || (prefix.is_empty() && SKIPPED_AT_ROOT.contains(&name.as_str()));
            if kind.is_dir() && !skipped {
                self.read_folder(&entry.path(), &path)?;
            } else if kind.is_file() {
                // Somebody may save or remove a file while the tree is being read; a file that is gone is no finding.
                let Ok(metadata) = entry.metadata() else { continue };
                let text = (metadata.len() <= TEXT_BYTES_MAX)
                    .then(|| fs::read(entry.path()).ok())
                    .flatten()
                    .and_then(|bytes| String::from_utf8(bytes).ok());
                self.files.insert(path, text);
            }
        }
        Ok(())
    }
}

/// The folder of a path: `a/b` of `a/b/c.md`, and the empty text of `c.md`.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Resolves `relative` against a folder; none when it climbs out of the repository.
pub(crate) fn resolve(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_resolves_within_the_repository_only() {
        assert_eq!(resolve("docs/guides", "../README.md").as_deref(), Some("docs/README.md"));
        assert_eq!(resolve("", "./a/b/").as_deref(), Some("a/b"));
        assert_eq!(resolve("docs", "../../elsewhere"), None);
    }

    #[test]
    fn a_tree_on_disk_leaves_out_what_git_ignores() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["src/lib.rs", "target/x.rs", "console/node_modules/a.js", "data/node.json", "docs/data/kept.md"] {
            let file = folder.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "text").unwrap();
        }
        fs::write(folder.path().join("picture.png"), [0x89, 0xff, 0x00]).unwrap();
        let tree = Tree::read(folder.path()).unwrap();
        assert_eq!(tree.paths().collect::<Vec<_>>(), ["docs/data/kept.md", "picture.png", "src/lib.rs"]);
        assert_eq!(tree.text("src/lib.rs"), Some("text"));
        assert_eq!(tree.text("picture.png"), None);
        assert!(tree.has_folder("docs/data") && !tree.has_folder("doc"));
    }
}
