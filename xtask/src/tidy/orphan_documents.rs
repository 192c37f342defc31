//! Documents that nobody can find from the index.

use std::collections::BTreeSet;

use crate::Tree;
use crate::tidy::Finding;
use crate::tidy::markdown::links;
use crate::tree::resolve;

const INDEX: &str = "docs/README.md";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let linked: BTreeSet<String> = links(tree.text(INDEX).unwrap_or_default())
        .iter()
        .filter_map(|link| resolve("docs", link.target.split('#').next()?))
        .collect();
    let documents = tree.paths().filter(|path| path.starts_with("docs/") && path.ends_with(".md") && *path != INDEX);
    documents
        .filter(|path| !linked.contains(*path))
        .map(|path| Finding::of_file(path, format!("{INDEX} does not link this document; add it to the index")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_the_index_does_not_link_is_reported() {
        let tree = Tree::of(&[
            ("docs/README.md", "[first](guides/first.md#start) and `guides/quoted.md`"),
            ("docs/guides/first.md", ""),
            ("docs/guides/quoted.md", ""),
            ("docs/images/overview.png", ""),
        ]);
        let found: Vec<_> = check(&tree).into_iter().map(|finding| finding.path).collect();
        assert_eq!(found, ["docs/guides/quoted.md"]);
    }

    #[test]
    fn without_an_index_every_document_is_an_orphan() {
        assert_eq!(check(&Tree::of(&[("docs/alone.md", "")])).len(), 1);
    }
}
