//! Credentials before the `@` of a URL, as in `https://name:password@example.com` and `https://token@example.com`.

use prime_destination::MASK;

/// Whether one of the words is a URL with a credential.
pub(crate) fn has_credential(text: &str) -> bool {
    text.split_whitespace().any(|word| Parts::of(word).is_some())
}

/// The text with each credential as the mask: the password, or the name where it stands alone.
pub(crate) fn masked(text: &str) -> String {
    each_word(text, |word| Parts::of(word).map(|parts| parts.with(MASK)))
}

/// The text with each mask of a credential put back to what is stored for the same place and name, and without what is stored
/// for none: a credential does not go to another host because its mask was moved there.
pub(crate) fn unmasked(stored: &str, sent: &str) -> String {
    each_word(sent, |word| {
        let parts = Parts::of(word).filter(|parts| parts.credential == MASK)?;
        let known = stored.split_whitespace().filter_map(Parts::of);
        let credential = known.filter(|known| known.is_beside(&parts)).map(|known| known.credential).next();
        Some(credential.map_or_else(|| parts.without(), |credential| parts.with(credential)))
    })
}

/// A URL around its credential.
struct Parts<'a> {
    /// To the end of `//`.
    scheme: &'a str,
    /// With its colon; empty where the name is the credential.
    name: &'a str,
    credential: &'a str,
    /// Host and port.
    place: &'a str,
    rest: &'a str,
}

impl<'a> Parts<'a> {
    /// None for what is no URL or has no credential.
    fn of(word: &'a str) -> Option<Self> {
        let (scheme, after) = word.split_at(word.find("://")? + "://".len());
        // A backslash ends the host of a web address, too.
        let (authority, rest) = after.split_at(after.find(['/', '?', '#', '\\']).unwrap_or(after.len()));
        let (user, place) = authority.rsplit_once('@')?;
        let (name, credential) = match user.find(':') {
            Some(colon) if colon + 1 < user.len() => user.split_at(colon + 1),
            _ => ("", user.trim_end_matches(':')),
        };
        (!credential.is_empty()).then_some(Self { scheme, name, credential, place, rest })
    }

    fn is_beside(&self, other: &Self) -> bool {
        (self.scheme, self.name) == (other.scheme, other.name) && self.place.eq_ignore_ascii_case(other.place)
    }

    fn with(&self, credential: &str) -> String {
        let Self { scheme, name, place, rest, .. } = self;
        format!("{scheme}{name}{credential}@{place}{rest}")
    }

    fn without(&self) -> String {
        let Self { scheme, place, rest, .. } = self;
        format!("{scheme}{place}{rest}")
    }
}

/// With another word in place of each for which there is one; what is between words stays.
fn each_word(text: &str, other: impl Fn(&str) -> Option<String>) -> String {
    let parts = text.split_inclusive(char::is_whitespace).map(|part| {
        let word = part.trim_end();
        other(word).map_or_else(|| part.to_owned(), |other| other + &part[word.len()..])
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_and_a_name_that_stands_alone_are_masked_and_nothing_else() {
        for (text, shown) in [
            ("https://me:pass@a.test/in?x=@", "https://me:********@a.test/in?x=@"),
            ("https://token@a.test:8443", "https://********@a.test:8443"),
            ("https://token:@a.test", "https://********@a.test"),
            ("https://me:p@ss:w@a.test#x", "https://me:********@a.test#x"),
            ("https://a.test/?mail=me@b.test", "https://a.test/?mail=me@b.test"),
            ("https://a.test\n  https://t@b.test ", "https://a.test\n  https://********@b.test "),
            ("me@a.test", "me@a.test"),
            ("https://@a.test", "https://@a.test"),
        ] {
            assert_eq!(masked(text), shown);
            assert_eq!(has_credential(text), text != shown, "{text}");
        }
    }

    #[test]
    fn a_text_that_comes_back_as_it_was_shown_is_unchanged() {
        for text in ["https://me:pass@a.test/in", "https://t@a.test https://u@b.test\nhttps://c.test", "$.properties"] {
            assert_eq!(unmasked(text, &masked(text)), text);
        }
    }

    #[test]
    fn a_credential_follows_to_another_path_and_not_to_another_host_or_name() {
        let stored = "https://me:pass@a.test/in";
        assert_eq!(unmasked(stored, "https://me:********@a.test/out"), "https://me:pass@a.test/out");
        assert_eq!(unmasked(stored, "https://me:********@b.test/in"), "https://b.test/in");
        assert_eq!(unmasked(stored, "http://me:********@a.test/in"), "http://a.test/in");
        assert_eq!(unmasked(stored, "https://you:********@a.test/in"), "https://a.test/in");
        assert_eq!(unmasked(stored, "https://you:new@a.test/in"), "https://you:new@a.test/in");
    }
}
