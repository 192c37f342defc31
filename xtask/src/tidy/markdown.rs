//! As much of Markdown as is needed to see links and headings.

/// A link or picture, with the line it stands on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub line: usize,
    pub target: String,
}

/// Every link of a document, in order. Code, fenced or between backticks, holds no links.
pub(super) fn links(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    for (line, prose) in prose_lines(text) {
        let mut add = |target: &str| links.push(Link { line, target: target.to_owned() });
        for (at, _) in prose.match_indices("](") {
            let inside = &prose[at + 2..];
            let target = match inside.strip_prefix('<') {
                Some(quoted) => quoted.split('>').next(),
                None => inside.split([')', ' ']).next(),
            };
            target.into_iter().for_each(&mut add);
        }
        for mark in ["src=\"", "href=\""] {
            for (at, _) in prose.match_indices(mark) {
                prose[at + mark.len()..].split('"').next().into_iter().for_each(&mut add);
            }
        }
        if let Some((_, target)) = prose.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
            target.split_whitespace().next().into_iter().for_each(&mut add);
        }
    }
    links
}

/// The anchors that a document's headings get, in the way of the common forges.
pub(super) fn anchors(text: &str) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for (_, line) in lines_outside_of_fences(text) {
        let Some(heading) = line.strip_prefix('#').map(|rest| rest.trim_start_matches('#')) else { continue };
        let Some(heading) = heading.strip_prefix(' ') else { continue };
        let plain: String = heading
            .trim()
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let same = anchors.iter().filter(|anchor| **anchor == plain).count();
        anchors.push(if same == 0 { plain } else { format!("{plain}-{same}") });
    }
    anchors
}

fn lines_outside_of_fences(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence: Option<&str> = None;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) => return Some((index + 1, line)),
            _ => {}
        }
        None
    })
}

/// Lines outside of fences, with what stands between backticks taken out.
fn prose_lines(text: &str) -> impl Iterator<Item = (usize, String)> {
    lines_outside_of_fences(text).map(|(number, line)| {
        let pieces: Vec<&str> = line.split('`').collect();
        // An odd number of backticks leaves the last one without a partner: what follows it is prose.
        let last_is_prose = pieces.len().is_multiple_of(2);
        let prose = pieces
            .iter()
            .enumerate()
            .filter(|(index, _)| index.is_multiple_of(2) || (last_is_prose && index + 1 == pieces.len()))
            .map(|(_, piece)| *piece)
            .collect::<Vec<_>>()
            .concat();
        (number, prose)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_seen_in_each_of_their_forms() {
        let text =
            "[a](one.md) and ![b](two.png \"title\")\n[`c`](<three four.md>)\n<img src=\"five.png\">\n[d]: six.md\n";
        let found: Vec<_> = links(text).into_iter().map(|link| (link.line, link.target)).collect();
        let expected = [(1, "one.md"), (1, "two.png"), (2, "three four.md"), (3, "five.png"), (4, "six.md")];
        assert_eq!(found, expected.map(|(line, target)| (line, target.to_owned())));
    }

    #[test]
    fn code_holds_no_links_and_no_headings() {
        let text = "`[a](b.md)`\n```sh\n# [c](d.md)\n```\n~~~\n```\n[e](f.md)\n~~~\n";
        assert_eq!(links(text), []);
        assert_eq!(anchors(text), [""; 0]);
    }

    #[test]
    fn anchors_are_lower_case_words_with_dashes_and_count_repetitions() {
        let text = "# What it is, in `one` line\n## Limits\n## Limits\n#no-heading\n";
        assert_eq!(anchors(text), ["what-it-is-in-one-line", "limits", "limits-1"]);
    }
}
