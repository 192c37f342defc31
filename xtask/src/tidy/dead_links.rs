//! Relative links that lead nowhere.

use crate::Tree;
use crate::tidy::Finding;
use crate::tidy::markdown::{anchors, links};
use crate::tree::{folder_of, resolve};

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| path.ends_with(".md")) {
        for link in links(text).iter().filter(|link| !is_outside(&link.target)) {
            if let Some(reason) = reason_it_is_dead(tree, path, &link.target) {
                findings.push(Finding::at(path, link.line, format!("the link to {} {reason}", link.target)));
            }
        }
    }
    findings
}

/// Whether a link leads out of the repository, where we cannot follow it.
fn is_outside(target: &str) -> bool {
    ["http://", "https://", "mailto:"].iter().any(|scheme| target.starts_with(scheme))
}

fn reason_it_is_dead(tree: &Tree, from: &str, target: &str) -> Option<&'static str> {
    if target.starts_with('/') {
        return Some("begins at the root of some server; write it relative to this file");
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = match file {
        "" => from.to_owned(),
        file => match resolve(folder_of(from), file) {
            Some(path) => path,
            None => return Some("leads out of the repository"),
        },
    };
    if !tree.has_file(&path) && !tree.has_folder(&path) {
        return Some("leads to no file");
    }
    let headings = tree.text(&path).filter(|_| path.ends_with(".md")).map(anchors);
    match headings {
        Some(headings) if !anchor.is_empty() && !headings.iter().any(|heading| heading == anchor) => {
            Some("names a heading that the document does not have")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(readme: &str) -> Vec<String> {
        let tree = Tree::of(&[("docs/README.md", readme), ("docs/guides/first.md", "# A start"), ("LICENSE-MIT", "")]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn links_to_files_folders_headings_and_other_sites_are_alive() {
        let text = "# Top\n[a](guides/first.md) [b](guides/) [c](guides/first.md#a-start) [d](#top) [e](../LICENSE-MIT) \
                    [f](https://example.com/x) [g](mailto:a@example.com)";
        assert_eq!(sentences(text), [""; 0]);
    }

    #[test]
    fn links_to_nothing_are_reported_with_their_line() {
        assert_eq!(
            sentences("\n[a](guides/second.md)"),
            ["docs/README.md:2: the link to guides/second.md leads to no file"]
        );
        assert!(sentences("[a](guides/first.md#an-end)")[0].contains("names a heading"));
        assert!(sentences("[a](../../elsewhere.md)")[0].contains("leads out of the repository"));
        assert!(sentences("[a](/guides/first.md)")[0].contains("begins at the root"));
    }
}
