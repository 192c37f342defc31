//! Rust files that no crate reaches: they compile nowhere, and mislead whoever reads them.

use std::collections::BTreeSet;

use crate::Tree;
use crate::tidy::Finding;
use crate::tidy::manifest::{Crate, crates};
use crate::tidy::rust_source::{Reference, references};
use crate::tree::{folder_of, resolve};

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let (crates, _) = crates(tree);
    let mut reached = BTreeSet::new();
    for found in &crates {
        for root in roots(tree, found) {
            reach(tree, &root, true, &mut reached);
        }
    }
    let roots: Vec<_> = crates.iter().map(Crate::root).collect();
    let orphans = tree.paths().filter(|path| {
        let compiled = |root: &&str| {
            let below = path.strip_prefix(*root).and_then(|below| below.strip_prefix('/'));
            below.is_some_and(|below| below.starts_with("src/") || below.starts_with("tests/"))
        };
        path.ends_with(".rs") && roots.iter().any(compiled) && !reached.contains(*path)
    });
    orphans
        .map(|path| Finding::of_file(path, "no `mod` or `include!` reaches this file; declare it or remove it"))
        .collect()
}

/// The files that cargo compiles by themselves.
fn roots(tree: &Tree, found: &Crate) -> Vec<String> {
    let root = found.root();
    let named = found.target_paths.iter().filter_map(|path| resolve(root, path));
    let automatic = tree.paths().filter(|path| {
        let Some(below) = path.strip_prefix(root).and_then(|below| below.strip_prefix('/')) else { return false };
        match below.split('/').collect::<Vec<_>>()[..] {
            ["build.rs"] | ["src", "lib.rs" | "main.rs"] => true,
            ["src", "bin", file] | ["tests" | "benches" | "examples", file] => file.ends_with(".rs"),
            ["src", "bin", _, "main.rs"] | ["tests" | "benches" | "examples", _, "main.rs"] => true,
            _ => false,
        }
    });
    named.chain(automatic.map(str::to_owned)).collect()
}

/// Marks a file and everything it brings in. `is_root` files and `mod.rs` own the folder they lie in, others the folder
/// that bears their name.
fn reach(tree: &Tree, path: &str, is_root: bool, reached: &mut BTreeSet<String>) {
    let Some(source) = tree.text(path) else { return };
    if !reached.insert(path.to_owned()) {
        return;
    }
    let folder = folder_of(path);
    let owned =
        if is_root || path.ends_with("/mod.rs") { folder.to_owned() } else { path.trim_end_matches(".rs").to_owned() };
    for reference in references(source) {
        match reference {
            Reference::Module { parents, name } => {
                let folder = below(&owned, &parents);
                reach(tree, &format!("{folder}/{name}.rs"), false, reached);
                reach(tree, &format!("{folder}/{name}/mod.rs"), false, reached);
            }
            Reference::ModuleAt { parents, path } => {
                // At the top of a file the path counts from the file, within inline modules from their folder.
                let folder = if parents.is_empty() { folder.to_owned() } else { below(&owned, &parents) };
                if let Some(path) = resolve(&folder, &path) {
                    reach(tree, &path, true, reached);
                }
            }
            Reference::Include(path) => {
                if let Some(path) = resolve(folder, &path) {
                    reach(tree, &path, is_root, reached);
                }
            }
        }
    }
}

fn below(folder: &str, parents: &[String]) -> String {
    parents.iter().fold(folder.to_owned(), |folder, parent| format!("{folder}/{parent}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orphans(files: &[(&str, &str)]) -> Vec<String> {
        let manifest =
            ("crates/foundation/log/Cargo.toml", "[package]\nname = 'prime-log'\n[[bin]]\npath = 'src/tool.rs'");
        let moved: Vec<_> = files.iter().map(|(path, text)| (format!("crates/foundation/log/{path}"), *text)).collect();
        let mut all: Vec<_> = moved.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        all.push(manifest);
        check(&Tree::of(&all)).into_iter().map(|finding| finding.path).collect()
    }

    #[test]
    fn files_that_are_declared_in_any_way_are_not_orphans() {
        let found = orphans(&[
            ("src/lib.rs", "mod a; mod b; #[path = \"far/c.rs\"] mod c; include!(\"d.rs\");"),
            ("src/a.rs", "mod deep { mod er; }"),
            ("src/a/deep/er.rs", ""),
            ("src/b/mod.rs", "mod inner;"),
            ("src/b/inner.rs", ""),
            ("src/far/c.rs", ""),
            ("src/d.rs", ""),
            ("src/bin/extra.rs", ""),
            ("src/tool.rs", ""),
            ("tests/claims.rs", "mod support;"),
            ("tests/support/mod.rs", ""),
        ]);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn a_file_that_nothing_declares_is_reported() {
        let found = orphans(&[
            ("src/lib.rs", "// mod a;\nmod b;"),
            ("src/a.rs", ""),
            ("src/b.rs", ""),
            ("src/b/left_over.rs", ""),
            ("tests/claims.rs", ""),
            ("tests/support/mod.rs", ""),
        ]);
        assert_eq!(
            found,
            [
                "crates/foundation/log/src/a.rs",
                "crates/foundation/log/src/b/left_over.rs",
                "crates/foundation/log/tests/support/mod.rs"
            ]
        );
    }
}
