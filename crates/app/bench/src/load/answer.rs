//! Just enough HTTP to tell a success from anything else.

const SUCCESS: &[u8] = br#"{"success":true}"#;
/// How the Profile API begins to answer.
const TRAITS: &[u8] = br#"{"traits":{""#;

/// What the bytes that have come so far are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// More has to come.
    Partial,
    /// 200 and the body of a success.
    Success { bytes: usize },
    /// 429 or 503: the server asks to come again later.
    Refused { bytes: usize },
    /// Anything else. Nothing of it is expected while measuring.
    Wrong,
}

pub(super) fn read(bytes: &[u8]) -> Answer {
    let Some(head) = end_of_head(bytes) else { return Answer::Partial };
    let (Some(status), Some(length)) = (status(bytes), content_length(&bytes[..head])) else { return Answer::Wrong };
    let end = head + length;
    let Some(body) = bytes.get(head..end) else { return Answer::Partial };
    match status {
        b"200" if body == SUCCESS || body.starts_with(TRAITS) => Answer::Success { bytes: end },
        b"429" | b"503" => Answer::Refused { bytes: end },
        _ => Answer::Wrong,
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|place| place + 4)
}

fn status(bytes: &[u8]) -> Option<&[u8]> {
    bytes.strip_prefix(b"HTTP/1.1 ")?.get(..3)
}

fn content_length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let (name, value) = line.split_at_checked(NAME.len())?;
        name.eq_ignore_ascii_case(NAME).then(|| std::str::from_utf8(value).ok()?.trim().parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nContent-Length: 16\r\n\r\n{\"success\":true}";

    #[test]
    fn an_answer_counts_once_it_is_whole() {
        assert_eq!(read(ANSWER), Answer::Success { bytes: ANSWER.len() });
        for end in 0..ANSWER.len() {
            assert_eq!(read(&ANSWER[..end]), Answer::Partial, "{end}");
        }
    }

    #[test]
    fn whatever_is_no_success_is_told_apart() {
        let refused = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 2\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(read(refused), Answer::Refused { bytes: refused.len() });
        assert_eq!(read(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}"), Answer::Wrong);
        assert_eq!(read(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"), Answer::Wrong, "a success says so");
        assert_eq!(read(b"HTTP/1.1 200 OK\r\n\r\n"), Answer::Wrong, "an answer without a length");
    }
}
