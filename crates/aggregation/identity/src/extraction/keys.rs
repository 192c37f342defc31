//! Keys of traits and properties in the spellings that senders use.

use prime_event::Value;

use crate::rules::{Reading, TypeRule};

/// The spellings of one key, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spellings(Vec<String>);

impl Spellings {
    pub(super) fn of(rule: &TypeRule) -> Self {
        match &rule.read {
            Reading::Traits { key, .. } => Self(vec![key.clone()]),
            Reading::Key(key) => {
                let mut spellings = vec![key.clone(), camel_case(key), snake_case(key)];
                spellings.sort();
                spellings.dedup();
                Self(spellings)
            }
            _ => Self(Vec::new()),
        }
    }

    /// The value under any of the spellings; of a key that is there twice the last one counts.
    pub(super) fn in_object<'t, 'a>(&self, object: Value<'t, 'a>) -> Option<Value<'t, 'a>> {
        self.0.iter().find_map(|spelling| object.get(spelling))
    }
}

fn camel_case(key: &str) -> String {
    let mut words = key.split(['_', '-', ' ']).filter(|word| !word.is_empty());
    let mut text = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        text.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        text.push_str(letters.as_str());
    }
    text
}

fn snake_case(key: &str) -> String {
    let mut text = String::with_capacity(key.len() + 4);
    let mut before = None;
    for letter in key.chars() {
        match letter {
            '-' | ' ' => text.push('_'),
            _ if letter.is_uppercase() => {
                if before.is_some_and(|before: char| before.is_lowercase() || before.is_ascii_digit()) {
                    text.push('_');
                }
                text.extend(letter.to_lowercase());
            }
            _ => text.push(letter),
        }
        before = Some(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_camel_case_and_in_snake_case() {
        for (key, camel, snake) in [
            ("loyalty_card_id", "loyaltyCardId", "loyalty_card_id"),
            ("loyaltyCardId", "loyaltyCardId", "loyalty_card_id"),
            ("phone", "phone", "phone"),
            ("crm id", "crmId", "crm_id"),
            ("customerID", "customerID", "customer_id"),
        ] {
            assert_eq!((camel_case(key).as_str(), snake_case(key).as_str()), (camel, snake));
        }
    }
}
