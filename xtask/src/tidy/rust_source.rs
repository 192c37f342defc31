//! As much of Rust as is needed to see its words and texts, and which files a file brings in.

/// A file that a Rust source brings in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// `mod name;`, below the inline modules it stands in.
    Module { parents: Vec<String>, name: String },
    /// `#[path = "..."] mod name;`
    ModuleAt { parents: Vec<String>, path: String },
    /// `include!("...")`
    Include(String),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

/// Everything that `source` brings in, in the order of the text. Comments and texts are not mistaken for code.
pub(super) fn references(source: &str) -> Vec<Reference> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    // One entry per open brace: the inline module it belongs to, if it belongs to one.
    let mut braces: Vec<Option<String>> = Vec::new();
    let mut path = None;
    for (place, token) in tokens.iter().enumerate() {
        let next = |ahead: usize| tokens.get(place + ahead);
        match token {
            Token::Word(word) if word == "mod" => match (next(1), next(2)) {
                (Some(Token::Word(name)), Some(Token::Sign(';'))) => {
                    let parents = braces.iter().flatten().cloned().collect();
                    found.push(match path.take() {
                        Some(path) => Reference::ModuleAt { parents, path },
                        None => Reference::Module { parents, name: name.clone() },
                    });
                }
                _ => path = None,
            },
            Token::Word(word) if word == "path" => {
                if let (Some(Token::Sign('=')), Some(Token::Text(text)), Some(Token::Sign(']'))) =
                    (next(1), next(2), next(3))
                {
                    path = Some(text.clone());
                }
            }
            Token::Word(word) if word == "include" => {
                if let (Some(Token::Sign('!')), Some(Token::Sign('(')), Some(Token::Text(text))) =
                    (next(1), next(2), next(3))
                {
                    found.push(Reference::Include(text.clone()));
                }
            }
            Token::Sign('{') => braces.push(inline_module(&tokens[..place])),
            Token::Sign('}') => {
                braces.pop();
            }
            _ => {}
        }
    }
    found
}

/// The name in `mod name` right before an opening brace.
fn inline_module(before: &[Token]) -> Option<String> {
    match before {
        [.., Token::Word(keyword), Token::Word(name)] if keyword == "mod" => Some(name.clone()),
        _ => None,
    }
}

/// The words, texts and signs of a source, without comments, characters and blanks.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        if let Some(length) = comment(rest) {
            rest = &rest[length..];
        } else if let Some((text, length)) = raw_text(rest).or_else(|| plain_text(rest)) {
            tokens.push(Token::Text(text));
            rest = &rest[length..];
        } else if let Some(length) = character(rest) {
            rest = &rest[length..];
        } else if first.is_alphanumeric() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..length].to_owned()));
            rest = &rest[length..];
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Sign(first));
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    tokens
}

/// The length of the comment that `rest` begins with; block comments nest.
fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let tail = &rest.as_bytes()[at..];
        match tail {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    Some(at)
}

/// `r"..."`, `r#"..."#` and the same behind a `b` or `c`.
fn raw_text(rest: &str) -> Option<(String, usize)> {
    let marks = rest.strip_prefix("br").or_else(|| rest.strip_prefix("cr")).or_else(|| rest.strip_prefix('r'))?;
    let hashes = marks.len() - marks.trim_start_matches('#').len();
    let body = marks[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end)?;
    Some((body[..length].to_owned(), rest.len() - body.len() + length + end.len()))
}

fn plain_text(rest: &str) -> Option<(String, usize)> {
    let body = rest.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some((body[..at].to_owned(), at + 2)),
            _ => {}
        }
    }
    Some((body.to_owned(), rest.len()))
}

/// `'x'` and `'\n'`, and not the lifetime `'x`.
fn character(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('\'')?;
    if let Some(escape) = body.strip_prefix('\\') {
        let kind = escape.chars().next()?;
        return Some(2 + kind.len_utf8() + escape[kind.len_utf8()..].find('\'')? + 1);
    }
    let first = body.chars().next()?;
    body[first.len_utf8()..].starts_with('\'').then(|| 1 + first.len_utf8() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(parents: &[&str], name: &str) -> Reference {
        Reference::Module { parents: parents.iter().map(|parent| (*parent).to_owned()).collect(), name: name.into() }
    }

    #[test]
    fn modules_paths_and_includes_are_seen() {
        let source = r#"
            pub(crate) mod one;
            #[cfg(test)]
            mod tests { mod inner; }
            #[path = "elsewhere.rs"]
            mod two;
            include!("generated.rs");
        "#;
        assert_eq!(
            references(source),
            [
                module(&[], "one"),
                module(&["tests"], "inner"),
                Reference::ModuleAt { parents: vec![], path: "elsewhere.rs".into() },
                Reference::Include("generated.rs".into()),
            ]
        );
    }

    #[test]
    fn comments_texts_and_characters_bring_nothing_in() {
        let source = r##"
            // mod a;
            /* mod b; /* mod c; */ mod d; */
            const TEXT: &str = "mod e; \" mod f;";
            const RAW: &str = r#"mod g; " mod h;"#;
            fn open<'a>() -> [char; 4] { ['{', '"', '\'', '\u{7b}'] }
            mod real;
        "##;
        assert_eq!(references(source), [module(&[], "real")]);
    }
}
