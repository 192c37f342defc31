//! The map in ARCHITECTURE.md, against the crates that are there.

use std::collections::BTreeSet;

use crate::Tree;
use crate::tidy::Finding;
use crate::tidy::manifest::crates;

const MAP: &str = "ARCHITECTURE.md";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let (crates, _) = crates(tree);
    let built: BTreeSet<String> =
        crates.iter().map(|found| format!("crates/{}/{}", found.storey_folder, found.folder)).collect();
    let drawn = drawn(tree.text(MAP).unwrap_or_default());
    let missing = built.iter().filter(|folder| !drawn.iter().any(|(_, drawn)| drawn == *folder));
    let missing = missing.map(|folder| Finding::of_file(MAP, format!("the map does not show {folder}")));
    let gone = drawn.iter().filter(|(_, folder)| !built.contains(folder));
    let gone =
        gone.map(|(line, folder)| Finding::at(MAP, *line, format!("the map shows {folder}, which is not there")));
    missing.chain(gone).collect()
}

/// The crates of the map, with their lines: `crates/<storey>/` begins a part, and lines that are set in by two blanks
/// name the folders in it.
fn drawn(text: &str) -> Vec<(usize, String)> {
    let mut part: Option<&str> = None;
    let mut drawn = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let first = line.split_whitespace().next().unwrap_or_default();
        match (line.starts_with("crates/"), line.strip_prefix("  ").is_some_and(|rest| !rest.starts_with(' '))) {
            (true, _) => part = Some(first.trim_end_matches('/')),
            (false, true) => drawn.extend(part.map(|part| (index + 1, format!("{part}/{first}")))),
            (false, false) => part = None,
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(map: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("crates/foundation/log/Cargo.toml", "[package]\nname = 'prime-log'"),
            ("crates/app/cli/Cargo.toml", "[package]\nname = 'primedata'"),
            (MAP, map),
        ]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_map_of_every_crate_is_in_order() {
        let map = "crates/foundation/    stands\n  log    streams\ncrates/app/   sees\n  cli    commands\nconsole/  web\n  x\n";
        assert_eq!(sentences(map), [""; 0]);
    }

    #[test]
    fn crates_that_are_missing_or_long_gone_are_reported() {
        assert_eq!(
            sentences("crates/foundation/\n  log  streams\n  state  gone\n"),
            [
                "ARCHITECTURE.md: the map does not show crates/app/cli",
                "ARCHITECTURE.md:3: the map shows crates/foundation/state, which is not there",
            ]
        );
    }
}
