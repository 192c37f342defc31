//! The commands in the reference, against the ones that the program takes.

use std::collections::BTreeMap;

use crate::Tree;
use crate::tidy::Finding;
use crate::tidy::rust_source::{Token, tokens};

const CODE: &str = "crates/app/cli/src/args.rs";
/// Commands of a noun may stand in a file of their own.
const CODE_FOLDER: &str = "crates/app/cli/src/args/";
const REFERENCE: &str = "docs/reference/command-line.md";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let code = tree.texts().filter(|(path, _)| *path == CODE || path.starts_with(CODE_FOLDER));
    let enums: BTreeMap<_, _> = code.flat_map(|(_, text)| enums(text)).collect();
    let Some(nouns) = enums.get("Command") else {
        return vec![Finding::of_file(CODE, "holds no commands that this check can read")];
    };
    let reference = tree.text(REFERENCE).unwrap_or_default();
    let mut findings = Vec::new();
    for noun in nouns {
        let verbs = enums.get(&format!("{noun}Command")).map_or(&[][..], Vec::as_slice);
        let noun = as_typed(noun);
        // What stands between backticks in the first cell of the noun's rows.
        let rows = reference.lines().filter(|line| line.starts_with(&format!("| `{noun}")));
        let cells: Vec<&str> = rows.filter_map(|line| line.split(" | ").next()).collect();
        let shown = |word: &str| cells.iter().any(|cell| cell.split([' ', '`', '|', '\\']).any(|part| part == word));
        let missing = [noun.clone()].into_iter().chain(verbs.iter().map(|verb| as_typed(verb)));
        findings.extend(missing.filter(|word| !shown(word)).map(|word| {
            let command = if word == noun { noun.clone() } else { format!("{noun} {word}") };
            Finding::of_file(REFERENCE, format!("does not list `primedata {command}`"))
        }));
    }
    findings
}

/// The variants of each enum of a source.
fn enums(source: &str) -> BTreeMap<String, Vec<String>> {
    let mut enums: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let tokens = tokens(source);
    for (at, window) in tokens.windows(3).enumerate() {
        if let [Token::Word(word), Token::Word(name), Token::Sign('{')] = window
            && word == "enum"
        {
            enums.insert(name.clone(), variants(&tokens[at + 3..]));
        }
    }
    enums
}

/// The words that begin an item at the outermost level, until its brace closes.
fn variants(body: &[Token]) -> Vec<String> {
    let (mut depth, mut begins, mut variants) = (0_usize, true, Vec::new());
    for token in body {
        match token {
            Token::Sign('}') if depth == 0 => break,
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            Token::Sign(',') if depth == 0 => begins = true,
            Token::Word(word) if depth == 0 && begins => {
                variants.push(word.clone());
                begins = false;
            }
            _ => {}
        }
    }
    variants
}

/// `AddKey` as `add-key`.
fn as_typed(variant: &str) -> String {
    let mut typed = String::new();
    for c in variant.chars() {
        if c.is_uppercase() && !typed.is_empty() {
            typed.push('-');
        }
        typed.extend(c.to_lowercase());
    }
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE_TEXT: &str = "enum Command { /// Run.\n Serve(Args), #[command(subcommand)] Source(SourceCommand), }\n\
                             enum SourceCommand { List, AddKey { id: String }, }";

    fn sentences(reference: &str) -> Vec<String> {
        check(&Tree::of(&[(CODE, CODE_TEXT), (REFERENCE, reference)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_reference_with_every_command_is_in_order() {
        assert_eq!(sentences("| `serve` | runs |\n| `source list` \\| `add-key` | sources |"), [""; 0]);
    }

    #[test]
    fn nouns_and_verbs_that_the_reference_leaves_out_are_reported() {
        let found = sentences("| `source list` | with `add-key` mentioned elsewhere |");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].ends_with("does not list `primedata serve`"), "{found:?}");
        assert!(found[1].ends_with("does not list `primedata source add-key`"), "{found:?}");
    }

    #[test]
    fn verbs_in_a_file_of_their_own_are_looked_for_too() {
        let verbs = "enum SourceCommand { List, AddKey { id: String }, }";
        let code = [(CODE, "enum Command { Source(SourceCommand), }"), ("crates/app/cli/src/args/source.rs", verbs)];
        let of = |reference| check(&Tree::of(&[&code[..], &[(REFERENCE, reference)]].concat())).len();
        assert_eq!((of("| `source list` \\| `add-key` |"), of("| `source list` |")), (0, 1));
    }

    #[test]
    fn a_source_that_cannot_be_read_is_reported() {
        assert_eq!(check(&Tree::of(&[(CODE, "fn nothing() {}")])).len(), 1);
    }
}
