//! Paths that exist on one machine only.

use crate::Tree;
use crate::tidy::Finding;

/// Folders at the root of a file system that belong to a person or a moment. Written without slashes, so that this file
/// does not report itself.
const FOLDERS: [&str; 5] = ["work", "root", "tmp", "home", "Users"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| !is_test(path)) {
        for (index, line) in text.lines().enumerate() {
            // By our habit, tests are the last part of a file; they may name any path as an example.
            if path.ends_with(".rs") && line.trim() == "#[cfg(test)]" {
                break;
            }
            if let Some(folder) = FOLDERS.iter().find(|folder| names_folder(line, folder)) {
                let sentence =
                    format!("/{folder}/ exists on one machine only; take the path from an option or a variable");
                findings.push(Finding::at(path, index + 1, sentence));
            }
        }
    }
    findings
}

fn is_test(path: &str) -> bool {
    let in_folder = path.split('/').any(|folder| matches!(folder, "tests" | "e2e"));
    in_folder || path.contains(".test.") || path.contains(".spec.") || path.ends_with("/tests.rs")
}

/// Whether the line holds `/folder/` as the beginning of a path, and not within a longer path or an address.
fn names_folder(line: &str, folder: &str) -> bool {
    let needle = format!("/{folder}/");
    line.match_indices(&needle).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '}' | '~' | '*' | ')' | '>'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<Option<usize>> {
        check(&Tree::of(&[(path, text)])).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_path_of_one_machine_is_reported_with_its_line() {
        assert_eq!(found("Makefile", "a\nexport TARGET=/root/.cache/x"), [Some(2)]);
        assert_eq!(found("docs/a.md", "see `/work/shared/design.md`"), [Some(1)]);
        assert_eq!(found("src/lib.rs", "const DIR: &str = \"/tmp/primedata\";"), [Some(1)]);
    }

    #[test]
    fn tests_addresses_and_longer_paths_may_hold_the_same_letters() {
        assert_eq!(found("src/lib.rs", "fn a() {}\n#[cfg(test)]\nmod tests { const DIR: &str = \"/tmp/x\"; }"), []);
        assert_eq!(found("crates/app/node/tests/start.rs", "\"/tmp/x\""), []);
        assert_eq!(found("console/src/a.test.ts", "'/tmp/x'"), []);
        assert_eq!(found("docs/a.md", "https://example.com/work/1 and var/tmp/x and ../root/x"), []);
    }
}
