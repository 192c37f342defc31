//! The documented examples, event by event, from payloads.

mod support;

use prime_identity::{CarryOutError, Change, CompiledRules, Extractor, Identifier, ProfileId, Resolved, Rules};
use serde_json::{Value, json};
use support::node::Node;

/// A space that receives events a minute apart.
struct Space {
    node: Node,
    extractor: Extractor,
    minute: u32,
}

impl Space {
    fn new(rules: Rules) -> Self {
        let rules: CompiledRules = rules.compile().unwrap();
        Self { node: Node::new(&rules), extractor: Extractor::new(&rules), minute: 0 }
    }

    fn by_default() -> Self {
        Self::new(Rules::default())
    }

    fn send(&mut self, kind: &str, more: Value) -> Resolved {
        self.minute += 1;
        let (hour, minute) = (self.minute / 60, self.minute % 60);
        let time = format!("2024-03-{:02}T{:02}:{minute:02}:00.000Z", 1 + hour / 24, hour % 24);
        let mut event =
            json!({"type": kind, "messageId": format!("event_{}", self.minute), "timestamp": time, "receivedAt": time});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let payload = event.to_string();
        let extracted = self.extractor.extract(&payload).unwrap();
        self.node.graph.resolve(&extracted.event("web")).unwrap()
    }

    fn user(&mut self, kind: &str, more: Value) -> ProfileId {
        self.send(kind, more).user.unwrap().profile
    }

    fn find(&self, kind: &'static str, value: &'static str) -> Option<ProfileId> {
        self.node.graph.profile_of(&Identifier::user(kind, value))
    }

    fn ids(&self, profile: ProfileId) -> Vec<String> {
        let profile = self.node.graph.profile(profile).unwrap().unwrap();
        let mut ids: Vec<_> = profile.mappings.iter().map(|mapping| mapping.identifier.to_string()).collect();
        ids.sort();
        ids
    }
}

#[test]
fn example_a_a_second_user_id_with_a_known_email_gets_a_profile_of_its_own() {
    let mut space = Space::by_default();
    let first = space.user("identify", json!({"userId": "abc123", "traits": {"email": "jane@example1.com"}}));
    let second = space.user("identify", json!({"userId": "abc456", "traits": {"email": "jane@example1.com"}}));
    assert_ne!(first, second);
    assert_eq!(space.ids(second), ["user_id:abc456"]);
    assert_eq!(space.ids(first), ["email:jane@example1.com", "user_id:abc123"]);
}

#[test]
fn example_b_one_person_on_several_devices_is_one_profile() {
    let mut space = Space::by_default();
    let ios = json!({"device": {"type": "ios", "id": "ios_1"}});
    let android = |id: &str| json!({"device": {"type": "android", "id": id}});
    let first = space.user("screen", json!({"anonymousId": "anon_123", "context": ios}));
    let others = [
        space.user("identify", json!({"userId": "abc123def", "anonymousId": "anon_123", "context": ios})),
        space.user("identify", json!({"userId": "abc123def", "anonymousId": "anon_456", "context": android("and_1")})),
        space.user("track", json!({"userId": "abc123def", "anonymousId": "anon_789", "context": android("and_1")})),
    ];
    assert_eq!(others, [first; 3]);
    assert_eq!(
        space.ids(first),
        [
            "android.id:and_1",
            "anonymous_id:anon_123",
            "anonymous_id:anon_456",
            "anonymous_id:anon_789",
            "ios.id:ios_1",
            "user_id:abc123def"
        ]
    );
}

#[test]
fn a_shared_device_merges_no_users() {
    let mut space = Space::by_default();
    let device = json!({"device": {"type": "ios", "id": "shared"}});
    let mut profiles = Vec::new();
    for user in ["u1", "u2", "u3"] {
        profiles.push(space.user("identify", json!({"userId": user, "anonymousId": "a", "context": device})));
    }
    assert!(profiles[0] != profiles[1] && profiles[1] != profiles[2] && profiles[0] != profiles[2]);
    assert_eq!(space.ids(profiles[0]), ["anonymous_id:a", "ios.id:shared", "user_id:u1"]);
    assert_eq!(space.ids(profiles[2]), ["user_id:u3"]);
}

#[test]
fn an_anonymous_visitor_who_signs_in_stays_the_same_profile() {
    let mut space = Space::by_default();
    let visitor = space.user("page", json!({"anonymousId": "anon_123"}));
    assert!(visitor.to_string().starts_with("use_"));
    assert_eq!(space.user("track", json!({"anonymousId": "anon_123", "userId": "u"})), visitor);
    assert_eq!(space.ids(visitor), ["anonymous_id:anon_123", "user_id:u"]);
}

#[test]
fn values_that_name_nobody_are_not_promoted_and_the_event_resolves_by_its_others() {
    let mut space = Space::by_default();
    for (number, value) in ["0000-0000", "---", "-1", "null", "anonymous"].into_iter().enumerate() {
        let visitor = format!("a{number}");
        let profile = space.user("track", json!({"userId": value, "anonymousId": visitor}));
        assert_eq!(space.ids(profile), [format!("anonymous_id:{visitor}")]);
        assert_eq!(space.send("track", json!({"userId": value})).user, None);
    }
    assert_eq!(space.node.graph.figures().profiles, 5);
}

#[test]
fn a_second_user_on_one_browser_gets_a_profile_and_the_browser_stays_with_the_first() {
    let mut space = Space::by_default();
    let first = space.user("page", json!({"anonymousId": "a1"}));
    assert_eq!(space.user("identify", json!({"anonymousId": "a1", "userId": "u1"})), first);
    let second = space.user("identify", json!({"anonymousId": "a1", "userId": "u2"}));
    assert_eq!(space.ids(second), ["user_id:u2"]);
    assert_eq!(space.find("anonymous_id", "a1"), Some(first));
}

#[test]
fn the_sixth_email_of_a_user_is_not_attached_and_the_event_goes_to_the_user() {
    let mut space = Space::by_default();
    let mut profile = None;
    for number in 1..=6 {
        let email = format!("{number}@x.com");
        profile = Some(space.user("identify", json!({"userId": "u1", "traits": {"email": email}})));
    }
    assert_eq!(space.find("user_id", "u1"), profile);
    assert_eq!(space.find("email", "6@x.com"), None);
    assert_eq!(space.ids(profile.unwrap()).len(), 6);
}

#[test]
fn an_email_joins_two_visitors_and_all_ids_lead_to_the_older_one() {
    let mut space = Space::by_default();
    let first = space.user("page", json!({"anonymousId": "a1"}));
    let second = space.user("page", json!({"anonymousId": "a2"}));
    assert_ne!(first, second);
    space.send("identify", json!({"anonymousId": "a1", "traits": {"email": "e@x.com"}}));
    let merged = space.send("identify", json!({"anonymousId": "a2", "traits": {"email": "e@x.com"}}));
    assert!(merged.changes.contains(&Change::Merged { from: second, into: first }));
    assert_eq!(merged.user.unwrap().profile, first);
    assert_eq!([space.find("anonymous_id", "a2"), space.find("email", "e@x.com")], [Some(first); 2]);
    assert_eq!(space.node.graph.canonical(second), Some(first));
    let profile = space.node.graph.profile(second).unwrap().unwrap();
    assert_eq!((profile.id, profile.merged, profile.first_message_id.as_str()), (first, vec![second], "event_1"));
}

#[test]
fn merges_chain_and_every_id_leads_to_the_oldest() {
    let mut space = Space::by_default();
    let all: Vec<_> = ["a0", "a1", "a2"].map(|id| space.user("page", json!({"anonymousId": id}))).into();
    for (number, visitor) in ["a1", "a2", "a0"].into_iter().enumerate() {
        space.send("identify", json!({"anonymousId": visitor, "traits": {"email": "e@x.com"}}));
        assert_eq!(space.node.graph.canonical(all[2]) == Some(all[1]), number == 1);
    }
    assert!(all.iter().all(|id| space.node.graph.canonical(*id) == Some(all[0])));
}

#[test]
fn the_hundred_and_first_merge_resolves_without_merging() {
    let mut rules = Rules::default();
    for rule in rules.types.iter_mut().filter(|rule| rule.kind == "anonymous_id") {
        rule.limit.values = 10_000;
    }
    let mut space = Space::new(rules);
    let oldest = space.user("page", json!({"anonymousId": "a"}));
    space.send("identify", json!({"anonymousId": "a", "traits": {"email": "e@x.com"}}));
    for number in 1..=101 {
        let visitor = format!("a{number}");
        let before = space.user("page", json!({"anonymousId": visitor}));
        let joined = space.send("identify", json!({"anonymousId": visitor, "traits": {"email": "e@x.com"}}));
        assert_eq!(joined.changes.contains(&Change::Merged { from: before, into: oldest }), number <= 100);
        assert!(joined.user.is_some());
    }
    assert_eq!(space.node.graph.profile(oldest).unwrap().unwrap().merged.len(), 100);
}

#[test]
fn no_profile_has_more_than_a_thousand_identifiers() {
    let mut rules = Rules::default();
    for rule in rules.types.iter_mut().filter(|rule| rule.kind == "anonymous_id") {
        rule.limit.values = 10_000;
    }
    rules.hairballs.sets = 100_000;
    let mut space = Space::new(rules);
    for number in 0..1_010 {
        space.send("track", json!({"userId": "u", "anonymousId": format!("a{number}")}));
    }
    let profile = space.find("user_id", "u").unwrap();
    assert_eq!(space.ids(profile).len(), 1_000);
    assert_eq!(space.find("anonymous_id", "a1005"), None);
    assert_eq!(space.user("track", json!({"userId": "u", "anonymousId": "a1005"})), profile);
}

#[test]
fn groups_are_profiles_of_their_own_collection() {
    let mut space = Space::by_default();
    let group = space.send("group", json!({"userId": "u", "groupId": "acme"}));
    let account = group.account.unwrap().profile;
    assert!(account.to_string().starts_with("acc_"));
    assert_ne!(group.user.unwrap().profile, account);
    let track = space.send("track", json!({"userId": "v", "context": {"groupId": "acme"}}));
    assert_eq!(track.account.unwrap().profile, account);
    assert_eq!(space.node.graph.profile_of(&Identifier::account("group_id", "acme")), Some(account));
    assert_eq!(space.find("group_id", "acme"), None);
}

#[test]
fn lookups_by_another_casing_find_nothing() {
    let mut space = Space::by_default();
    let profile = space.user("identify", json!({"userId": "U", "traits": {"email": "Jane@X.com"}}));
    assert_eq!(space.find("email", "jane@x.com"), Some(profile));
    assert_eq!(space.find("email", "JANE@x.com"), None);
    assert_eq!((space.find("user_id", "U"), space.find("user_id", "u")), (Some(profile), None));
}

#[test]
fn ids_of_a_type_nobody_configured_join_by_the_default_limit() {
    let mut space = Space::by_default();
    let external = |id: &str| json!([{"id": id, "type": "phone_number", "collection": "users", "encoding": "none"}]);
    let profile =
        space.user("track", json!({"anonymousId": "a", "context": {"externalIds": external("+15555550123")}}));
    assert_eq!(space.find("phone_number", "+15555550123"), Some(profile));
    assert_eq!(
        space.user("track", json!({"anonymousId": "b", "context": {"externalIds": external("+15555550123")}})),
        profile
    );
}

#[test]
fn alias_calls_merge_nobody() {
    let mut space = Space::by_default();
    let old = space.user("track", json!({"userId": "old"}));
    let new = space.user("alias", json!({"userId": "new", "previousId": "old", "anonymousId": "a"}));
    assert_ne!(old, new);
    assert_eq!(space.find("anonymous_id", "a"), None);
}

#[test]
fn the_error_of_a_stale_plan_is_a_sentence() {
    assert_eq!(CarryOutError.to_string(), "the graph has changed since this was planned; plan it again");
}
