//! The table of discard codes in the reference, against the code.

use crate::Tree;
use crate::tidy::Finding;
use crate::tidy::rust_source::{Token, tokens};

const CODE: &str = "crates/foundation/event/src/code.rs";
const REFERENCE: &str = "docs/reference/tracking-api.md";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let rows: Vec<&str> = tree.text(REFERENCE).unwrap_or_default().lines().collect();
    let codes = codes(tree.text(CODE).unwrap_or_default());
    if codes.is_empty() {
        return vec![Finding::of_file(CODE, "holds no discard codes that this check can read")];
    }
    codes
        .iter()
        .filter_map(|[code, sentence, remedy]| {
            let row = format!("| `{code}` | {sentence} | {remedy} |");
            let name = format!("| `{code}` |");
            let line = rows.iter().position(|line| line.starts_with(&name)).map(|index| index + 1);
            let sentence = format!("the discard code {code} should have the row {row}");
            (!rows.contains(&row.as_str())).then(|| Finding { path: REFERENCE.to_owned(), line, sentence })
        })
        .collect()
}

/// Code, sentence and remedy: a word and three texts in a row, as the `codes!` macro takes them.
fn codes(source: &str) -> Vec<[String; 3]> {
    let tokens = tokens(source);
    let four = tokens.windows(4).filter_map(|window| match window {
        [Token::Word(_), Token::Text(code), Token::Text(sentence), Token::Text(remedy)] => {
            Some([code.clone(), sentence.clone(), remedy.clone()])
        }
        _ => None,
    });
    four.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "codes! {\n Empty \"empty\"\n \"Nothing is there.\"\n \"Send something.\"\n}";

    fn sentences(reference: &str) -> Vec<String> {
        check(&Tree::of(&[(CODE, SOURCE), (REFERENCE, reference)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_table_with_every_code_is_in_order() {
        assert_eq!(sentences("x\n| `empty` | Nothing is there. | Send something. |\n"), [""; 0]);
    }

    #[test]
    fn a_missing_code_and_another_sentence_are_reported() {
        assert!(sentences("")[0].starts_with("docs/reference/tracking-api.md: the discard code empty should"));
        let found = sentences("x\n| `empty` | All is there. | Send something. |");
        assert!(found[0].starts_with("docs/reference/tracking-api.md:2: the discard code empty"), "{found:?}");
    }

    #[test]
    fn a_source_that_cannot_be_read_is_reported() {
        assert_eq!(check(&Tree::of(&[(CODE, "enum Nothing {}")])).len(), 1);
    }
}
