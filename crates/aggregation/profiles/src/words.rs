//! Words by which people look for somebody whose identifiers they do not know.

use std::collections::BTreeSet;

use icu_normalizer::DecomposingNormalizerBorrowed;

use crate::encoding::Damaged;
use crate::fragment_row::FragmentRow;
use crate::identifier::Identifier;

/// Traits that say what somebody is called, in all spellings: compared without case and underscores.
const TELLING_TRAITS: [&str; 12] = [
    "name",
    "firstname",
    "lastname",
    "fullname",
    "displayname",
    "nickname",
    "username",
    "email",
    "phone",
    "company",
    "companyname",
    "domain",
];

/// Types of identifiers that people remember the beginning of. All others are found by their whole value.
const TELLING_TYPES: [&str; 4] = ["email", "phone", "phone_number", "username"];

/// Longer texts are no names.
const TEXT_CHARS_MAX: usize = 100;
/// Bytes of a word that are looked at.
pub(crate) const WORD_BYTES_MAX: usize = 40;
/// Words of one fragment: those of twelve traits fit.
const WORDS_MAX: usize = 40;

/// Whether a trait's value is looked at.
pub(crate) fn is_telling(trait_name: &str) -> bool {
    let letters = trait_name.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase());
    TELLING_TRAITS.iter().any(|known| known.bytes().eq(letters.clone()))
}

/// All words by which a fragment is found.
pub(crate) fn words_of_row(row: &FragmentRow) -> Result<BTreeSet<String>, Damaged> {
    let mut words = words_of_identifier(&row.identifier);
    if row.has_traits() {
        for (name, value) in row.traits()?.iter() {
            add_trait_words(name, &value.value, &mut words);
        }
    }
    Ok(words)
}

pub(crate) fn words_of_identifier(identifier: &Identifier) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    if TELLING_TYPES.contains(&&*identifier.kind) {
        add_words(&identifier.value, &mut words);
    }
    words
}

/// The words by which a value of a trait is found; none for a trait that is not looked at.
pub fn trait_words(name: &str, json: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    add_trait_words(name, json, &mut words);
    words
}

fn add_trait_words(name: &str, json: &str, words: &mut BTreeSet<String>) {
    if is_telling(name)
        && let Some(text) = text_of(json)
    {
        add_words(&text, words);
    }
}

/// The words of a text that somebody looks for, as they are kept.
pub fn search_words(text: &str) -> Vec<String> {
    if let Some(digits) = phone(text) {
        return vec![digits];
    }
    text.split_whitespace().map(|word| cut(&folded(word)).to_owned()).filter(|word| !word.is_empty()).collect()
}

/// A text, or the name of a company that is given as an object.
fn text_of(json: &str) -> Option<String> {
    match quoted(json) {
        Some(text) => Some(text),
        None => {
            let name = sonic_rs::get(json, ["name"]).ok()?;
            quoted(name.as_raw_str())
        }
    }
    .filter(|text| text.chars().count() <= TEXT_CHARS_MAX)
}

fn quoted(json: &str) -> Option<String> {
    json.starts_with('"').then(|| sonic_rs::from_str(json).ok()).flatten()
}

fn add_words(text: &str, words: &mut BTreeSet<String>) {
    let mut add = |word: &str| {
        let word = cut(word);
        if !word.is_empty() && words.len() < WORDS_MAX {
            words.insert(word.to_owned());
        }
    };
    if let Some(digits) = phone(text) {
        return add(&digits);
    }
    for word in text.split_whitespace().map(folded) {
        add(&word);
        if let Some((mailbox, host)) = word.split_once('@') {
            mailbox.split(['.', '_', '-', '+']).skip(1).for_each(&mut add);
            add(host);
        } else {
            word.split(|letter: char| !letter.is_alphanumeric()).for_each(&mut add);
        }
    }
}

/// A word without case and accents, and with a plain apostrophe: as it is typed on any keyboard.
fn folded(word: &str) -> String {
    let lower = word.to_lowercase();
    if lower.is_ascii() {
        return lower;
    }
    let mut plain = String::with_capacity(lower.len());
    for letter in DecomposingNormalizerBorrowed::new_nfkd().normalize(&lower).chars() {
        match letter {
            // Accents, once they stand apart.
            '\u{300}'..='\u{36f}' => {}
            '‘' | '’' | 'ʼ' | '′' => plain.push('\''),
            // Letters that have no accent to take away.
            'ł' => plain.push('l'),
            'ø' => plain.push('o'),
            'đ' | 'ð' => plain.push('d'),
            'ı' => plain.push('i'),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'ß' => plain.push_str("ss"),
            other => plain.push(other),
        }
    }
    plain
}

/// The digits of what can only be a telephone number, however it is written.
fn phone(text: &str) -> Option<String> {
    let fits = |letter: char| letter.is_ascii_digit() || matches!(letter, '+' | ' ' | '-' | '(' | ')' | '/' | '.');
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (text.chars().all(fits) && digits.len() >= 3).then_some(digits)
}

/// The beginning of a word, at the border of a character. 0 would end it.
fn cut(word: &str) -> &str {
    let word = word.split('\0').next().unwrap_or_default();
    let mut end = word.len().min(WORD_BYTES_MAX);
    while !word.is_char_boundary(end) {
        end -= 1;
    }
    &word[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = BTreeSet::new();
        add_words(text, &mut words);
        words.into_iter().collect()
    }

    #[test]
    fn a_name_and_an_address_are_found_by_the_beginning_of_each_of_their_parts() {
        assert_eq!(words("Jane Doe-Miller"), ["doe", "doe-miller", "jane", "miller"]);
        let address = ["beck", "example.com", "jane.beck@example.com"];
        assert_eq!(words("Jane.Beck@example.com"), address);
        assert_eq!(words("ÅSA"), ["asa"]);
        assert!(words(" ").is_empty() && words("\0").is_empty());
    }

    #[test]
    fn a_name_is_found_whichever_keyboard_it_is_typed_on() {
        for (name, typed) in [
            ("Łukasz", "lukasz"),
            ("Zoë", "zoe"),
            ("Søren", "Soren"),
            ("Jörg Weiß", "jorg weiss"),
            ("O’Brien", "O'Brien"),
            ("Nguyễn", "nguyen"),
            ("Ζωή", "ζωη"),
            ("田中", "田中"),
        ] {
            for spelling in [name, typed] {
                let known = words(name);
                assert!(search_words(spelling).iter().all(|word| known.contains(word)), "{spelling}: {known:?}");
            }
        }
    }

    #[test]
    fn a_telephone_number_is_found_however_it_is_written() {
        for text in ["+49 (170) 12-34/5", "49170 12345"] {
            assert_eq!(words(text), ["491701 2345".replace(' ', "")]);
            assert_eq!(search_words(text), ["49170 12345".replace(' ', "")]);
        }
        assert_eq!(search_words("7 Eleven"), ["7", "eleven"]);
    }

    #[test]
    fn texts_and_names_of_objects_are_read_and_nothing_else() {
        assert_eq!(text_of("\"J\\u00f6rg\"").as_deref(), Some("Jörg"));
        assert_eq!(text_of(r#"{"id":1,"name":"Initech"}"#).as_deref(), Some("Initech"));
        for json in ["7", "null", r#"{"id":1}"#, r#"["a"]"#] {
            assert_eq!(text_of(json), None, "{json}");
        }
        assert_eq!(text_of(&format!("\"{}\"", "a".repeat(101))), None);
    }

    #[test]
    fn telling_traits_are_known_in_all_spellings() {
        assert!(["firstName", "first_name", "FIRSTNAME", "email", "company"].iter().all(|name| is_telling(name)));
        assert!(!["plan", "names", ""].iter().any(|name| is_telling(name)));
    }

    #[test]
    fn long_words_are_cut_at_the_border_of_a_character() {
        assert_eq!(cut(&"ä".repeat(30)), "ä".repeat(20));
        assert_eq!(cut(&format!("a{}", "ä".repeat(30))), format!("a{}", "ä".repeat(19)));
    }
}
