//! The exit codes in the reference, against the ones that `--help` shows.

use crate::Tree;
use crate::tidy::Finding;

const CODE: &str = "crates/app/cli/src/failure.rs";
const REFERENCE: &str = "docs/reference/command-line.md";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let rows = rows(tree.text(CODE).unwrap_or_default());
    if rows.is_empty() {
        return vec![Finding::of_file(CODE, "shows no exit codes that this check can read")];
    }
    let reference = tree.text(REFERENCE).unwrap_or_default();
    let missing = rows.iter().filter(|row| !reference.lines().any(|line| line == *row));
    missing.map(|row| Finding::of_file(REFERENCE, format!("the exit codes should have the row {row}"))).collect()
}

/// The lines behind `Exit codes:`, as rows of a table.
fn rows(source: &str) -> Vec<String> {
    let shown = source.lines().skip_while(|line| line.trim() != "Exit codes:").skip(1);
    let codes = shown.map_while(|line| {
        let (code, meaning) = line.trim().trim_end_matches("\";").split_once("  ")?;
        code.parse::<u8>().ok()?;
        Some(format!("| {code} | {} |", meaning.trim()))
    });
    codes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELP: &str = "const CODES: &str = \"\\\nExit codes:\n  0  done\n  12  no server answers\";\nfn next() {}";

    #[test]
    fn an_exit_code_that_the_reference_does_not_list_is_reported() {
        let found = |reference| check(&Tree::of(&[(CODE, HELP), (REFERENCE, reference)])).len();
        assert_eq!(found("| 0 | done |\n| 12 | no server answers |"), 0);
        assert_eq!(found("| 0 | done |\n| 12 | something else |"), 1);
    }

    #[test]
    fn a_source_that_cannot_be_read_is_reported() {
        assert_eq!(check(&Tree::of(&[(CODE, "enum Nothing {}")])).len(), 1);
    }
}
