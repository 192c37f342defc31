//! The rules a workspace begins with.

use super::{BlockedValues, Caps, DeviceField, Hairballs, Lateness, Limit, Reading, Rules, TypeRule, Window};
use crate::identifier::Collection;

/// Below this, priorities are given by name: `user_id` and `email`. From here on by the alphabet.
pub(super) const ALPHABET_FROM: u32 = 3;
/// What a type without a limit of its own may have of values in one profile.
pub(super) const LIMIT: Limit = Limit { values: 5, window: Window::Ever };

impl Default for Rules {
    fn default() -> Self {
        let types = [
            TypeRule { limit: Limit { values: 1, window: Window::Ever }, ..rule("user_id", 1, Reading::UserId) },
            TypeRule {
                lower_case: true,
                ..rule("email", 2, Reading::Traits { key: "email".to_owned(), properties: false })
            },
            rule("android.id", 3, device("android", DeviceField::Id)),
            rule("android.idfa", 4, device("android", DeviceField::AdvertisingId)),
            rule("android.push_token", 5, device("android", DeviceField::Token)),
            rule("anonymous_id", 6, Reading::AnonymousId),
            rule("ga_client_id", 7, Reading::GoogleAnalytics),
            rule("ios.id", 8, device("ios", DeviceField::Id)),
            rule("ios.idfa", 9, device("ios", DeviceField::AdvertisingId)),
            rule("ios.push_token", 10, device("ios", DeviceField::Token)),
            TypeRule { collection: Collection::Accounts, ..rule("group_id", 1, Reading::GroupId) },
        ];
        Self {
            version: 1,
            types: types.into(),
            caps: Caps::default(),
            hairballs: Hairballs::default(),
            lateness: Lateness::default(),
        }
    }
}

impl Default for Caps {
    fn default() -> Self {
        Self { merges: 100, mappings: 1_000 }
    }
}

impl Default for Hairballs {
    /// As many as a profile may have mappings: whoever is seen with more is not one person.
    fn default() -> Self {
        Self { sets: 1_000 }
    }
}

impl Default for Lateness {
    /// A year and a bit: offline devices and imports of last year's history keep their time.
    fn default() -> Self {
        Self { late_hours: 400 * 24 }
    }
}

fn rule(kind: &str, priority: u32, read: Reading) -> TypeRule {
    TypeRule {
        kind: kind.to_owned(),
        collection: Collection::Users,
        read,
        limit: LIMIT,
        priority,
        blocked: BlockedValues::suggested(),
        lower_case: false,
    }
}

fn device(platform: &str, field: DeviceField) -> Reading {
    Reading::Device { platform: platform.to_owned(), field }
}

/// Takes the priority of the first type behind it in the alphabet: equal priorities are ordered by name, so it comes right
/// before that one.
pub(super) fn new_type(types: &[TypeRule], collection: Collection, kind: &str) -> TypeRule {
    TypeRule { collection, ..rule(kind, new_priority(types, collection, kind), Reading::ExternalIds) }
}

pub(super) fn new_priority(types: &[TypeRule], collection: Collection, kind: &str) -> u32 {
    let same = types.iter().filter(|rule| rule.collection == collection && rule.priority >= ALPHABET_FROM);
    let behind = same.clone().filter(|rule| rule.kind.as_str() > kind).map(|rule| rule.priority).min();
    behind.or_else(|| same.map(|rule| rule.priority).max()).unwrap_or(ALPHABET_FROM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_documented_ones() {
        let rules = Rules::default();
        assert_eq!(rules.problems(), []);
        let users: Vec<_> = rules.types.iter().filter(|rule| rule.collection == Collection::Users).collect();
        assert_eq!((users[0].kind.as_str(), users[0].limit.values), ("user_id", 1));
        assert!(users[1..].iter().all(|rule| rule.limit == LIMIT));
        let rest: Vec<_> = users[2..].iter().map(|rule| rule.kind.as_str()).collect();
        assert!(rest.is_sorted(), "{rest:?}");
        assert!(users.iter().zip(1..).all(|(rule, place)| rule.priority == place));
        assert_eq!((rules.caps.merges, rules.caps.mappings), (100, 1_000));
    }

    #[test]
    fn a_new_type_finds_its_place_in_the_alphabet() {
        let rules = Rules::default().with_new_type(Collection::Users, "braze_id");
        assert_eq!(rules.problems(), []);
        let mut users: Vec<_> = rules.types.iter().filter(|rule| rule.collection == Collection::Users).collect();
        users.sort_by_key(|rule| (rule.priority, rule.kind.clone()));
        let names: Vec<_> = users.iter().map(|rule| rule.kind.as_str()).collect();
        assert_eq!(names[..2], ["user_id", "email"]);
        assert!(names[2..].is_sorted(), "{names:?}");
        let last = rules.with_new_type(Collection::Users, "zz");
        assert_eq!(last.rule(Collection::Users, "zz").unwrap().priority, 10);
        assert_eq!(last.with_new_type(Collection::Users, "zz"), last);
    }

    #[test]
    fn rules_read_back_as_they_were_written() {
        let rules = Rules::default();
        let text = serde_json::to_string(&rules).unwrap();
        assert_eq!(serde_json::from_str::<Rules>(&text).unwrap(), rules);
    }
}
