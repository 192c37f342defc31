//! The metrics in the reference, against the ones that are registered.

use crate::Tree;
use crate::tidy::Finding;
use crate::tidy::rust_source::{Token, tokens};

const CODE: &str = "crates/foundation/runtime/src/counters.rs";
const REFERENCE: &str = "docs/reference/metrics.md";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let names = registered(tree.text(CODE).unwrap_or_default());
    if names.is_empty() {
        return vec![Finding::of_file(CODE, "registers no metrics that this check can read")];
    }
    let reference = tree.text(REFERENCE).unwrap_or_default();
    let is_explained = |name: &String| {
        // A counter's name gets a suffix when it is printed.
        let rows = [format!("| `primedata_{name}_total` |"), format!("| `primedata_{name}` |")];
        reference.lines().any(|line| rows.iter().any(|row| line.starts_with(row)))
    };
    let missing = names.into_iter().filter(|name| !is_explained(name));
    missing.map(|name| Finding::of_file(REFERENCE, format!("does not explain the metric primedata_{name}"))).collect()
}

/// The first argument of each call of `register`.
fn registered(source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let calls = tokens.windows(3).filter_map(|window| match window {
        [Token::Word(word), Token::Sign('('), Token::Text(name)] if word == "register" => Some(name.clone()),
        _ => None,
    });
    calls.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_that_the_reference_does_not_explain_is_reported() {
        let code = "registry.register(\"requests\", \"Requests\", x); registry.register(\n\"depth\", \"Depth\", y);";
        let found = |reference| check(&Tree::of(&[(CODE, code), (REFERENCE, reference)])).len();
        assert_eq!(found("| `primedata_requests_total` | | x |\n| `primedata_depth` | | y |"), 0);
        assert_eq!(found("| `primedata_requests_total` | | x |"), 1);
        assert_eq!(found("primedata_requests_total and primedata_depth"), 2);
    }

    #[test]
    fn a_source_that_cannot_be_read_is_reported() {
        assert_eq!(check(&Tree::of(&[(CODE, "enum Nothing {}")])).len(), 1);
    }
}
