//! A README per crate, which is also the crate's documentation.

use crate::Tree;
use crate::tidy::Finding;
use crate::tidy::manifest::crates;

const INCLUDE: &str = "#![doc = include_str!(\"../README.md\")]";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let (crates, _) = crates(tree);
    let mut findings = Vec::new();
    for found in crates {
        let readme = format!("{}/README.md", found.root());
        match tree.text(&readme) {
            None => findings.push(Finding::of_file(
                &found.path,
                "the crate has no README.md; say what it is for, what it promises and what it must not know",
            )),
            Some(text) => {
                if text.lines().next() != Some(&format!("# {}", found.package)) {
                    let sentence = format!("the first line is not `# {}`", found.package);
                    findings.push(Finding::at(&readme, 1, sentence));
                }
                findings.extend(root_without_readme(tree, found.root()));
            }
        }
    }
    findings
}

/// The library where there is one, else the program, has to show the README.
fn root_without_readme(tree: &Tree, root: &str) -> Option<Finding> {
    let candidates = [format!("{root}/src/lib.rs"), format!("{root}/src/main.rs")];
    let path = candidates.iter().find(|path| tree.has_file(path))?;
    let shown = tree.text(path).is_some_and(|text| text.lines().any(|line| line.trim() == INCLUDE));
    (!shown).then(|| Finding::at(path, 1, format!("the crate does not show its README; begin the file with {INCLUDE}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: (&str, &str) = ("crates/foundation/log/Cargo.toml", "[package]\nname = 'prime-log'");

    fn sentences(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::of(files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_crate_that_shows_its_readme_is_in_order() {
        let readme = ("crates/foundation/log/README.md", "# prime-log\n\nThe log.");
        let lib = ("crates/foundation/log/src/lib.rs", "#![doc = include_str!(\"../README.md\")]\n");
        assert_eq!(sentences(&[MANIFEST, readme, lib]), [""; 0]);
    }

    #[test]
    fn a_crate_without_a_readme_is_reported() {
        let found = sentences(&[MANIFEST]);
        assert!(found[0].starts_with("crates/foundation/log/Cargo.toml: the crate has no README.md"), "{found:?}");
    }

    #[test]
    fn a_readme_with_another_title_or_that_the_crate_does_not_show_is_reported() {
        let readme = ("crates/foundation/log/README.md", "# The log");
        let lib = ("crates/foundation/log/src/lib.rs", "//! The log.\n");
        let found = sentences(&[MANIFEST, readme, lib]);
        assert!(found[0].contains("README.md:1: the first line is not `# prime-log`"), "{found:?}");
        assert!(found[1].contains("src/lib.rs:1: the crate does not show its README"), "{found:?}");
    }
}
