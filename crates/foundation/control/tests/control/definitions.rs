use prime_control::{DestinationPatch, Label, NewDestination, NewSource, Settings, SourcePatch};
use prime_event::{DestinationId, SourceId, WorkspaceId};
use serde_json::json;

use super::{by, home, is_missing, refused, source};

fn settings(value: serde_json::Value) -> Settings {
    value.as_object().cloned().unwrap()
}

fn webhook() -> NewDestination {
    NewDestination {
        name: "Hook".into(),
        enabled: true,
        metadata_id: "webhook".into(),
        settings: settings(json!({"url": "https://example.com", "sharedSecret": "hunter2"})),
        delivery: Default::default(),
        secret_settings: vec!["sharedSecret".into()],
    }
}

#[test]
fn a_slug_is_unique_in_its_workspace_and_well_formed() {
    let home = home();
    let web = home.source("web");
    assert_eq!(refused(home.store.create_source(home.workspace(), source("web"), &by(2))), "slug");
    for bad in ["", "Web", "a b", "ü", &"x".repeat(101)] {
        assert_eq!(refused(home.store.create_source(home.workspace(), source(bad), &by(2))), "slug", "{bad:?}");
    }
    let other = home.source("app");
    let patch = SourcePatch { slug: Some("web".into()), ..SourcePatch::default() };
    assert_eq!(refused(home.store.update_source(home.workspace(), &other.id, patch.clone(), &by(2))), "slug");
    home.store.update_source(home.workspace(), &web.id, patch, &by(2)).expect("a source keeps its own slug");
}

#[test]
fn a_patch_changes_what_it_names_and_nothing_else() {
    let home = home();
    let web = home.source("web");
    let labels = vec![Label { key: "env".into(), value: "prod".into(), description: None }];
    let patch = SourcePatch {
        name: Some("  Web shop ".into()),
        settings: Some(settings(json!({"oauthRequired": true}))),
        labels: Some(labels.clone()),
        ..SourcePatch::default()
    };
    let changed = home.store.update_source(home.workspace(), &web.id, patch, &by(2)).unwrap();
    assert_eq!((changed.name.as_str(), changed.slug.as_str(), changed.enabled), ("Web shop", "web", true));
    assert!(changed.oauth_required && !web.oauth_required);
    assert_eq!((&changed.labels, &changed.write_keys), (&labels, &web.write_keys));
    assert_eq!(*changed, **home.reopened().definitions().source(&web.id).unwrap());
}

#[test]
fn a_write_key_works_only_while_it_and_its_source_are_on() {
    let home = home();
    let web = home.source("web");
    let key = web.write_keys[0].key.clone();
    let works = || home.store.definitions().write_key(key.as_str()).map(|owner| owner.enabled);
    assert_eq!(works(), Some(true));
    home.store.set_write_key_enabled(home.workspace(), &web.id, key.as_str(), false, &by(2)).unwrap();
    assert_eq!(works(), Some(false));
    home.store.set_write_key_enabled(home.workspace(), &web.id, key.as_str(), true, &by(2)).unwrap();
    let off = SourcePatch { enabled: Some(false), ..SourcePatch::default() };
    home.store.update_source(home.workspace(), &web.id, off, &by(2)).unwrap();
    assert_eq!(works(), Some(false));
    home.store.delete_write_key(home.workspace(), &web.id, key.as_str(), &by(2)).unwrap();
    assert_eq!(works(), None);
}

#[test]
fn a_key_is_rotated_by_adding_one_and_deleting_the_old_one() {
    let home = home();
    let web = home.source("web");
    let added = home.store.add_write_key(home.workspace(), &web.id, &by(2)).unwrap();
    let definitions = home.store.definitions();
    for key in [&web.write_keys[0].key, &added.key] {
        assert!(definitions.write_key(key.as_str()).unwrap().enabled);
    }
    for _ in 0..8 {
        home.store.add_write_key(home.workspace(), &web.id, &by(3)).unwrap();
    }
    assert_eq!(refused(home.store.add_write_key(home.workspace(), &web.id, &by(3))), "writeKeys");
}

#[test]
fn a_source_goes_with_its_keys_and_destinations() {
    let home = home();
    let web = home.source("web");
    let hook = home.store.create_destination(home.workspace(), &web.id, webhook(), &by(2)).unwrap();
    assert_eq!(home.store.definitions().destinations_of(&web.id).count(), 2);
    home.store.delete_source(home.workspace(), &web.id, &by(3)).unwrap();
    let definitions = home.store.definitions();
    assert!(definitions.source(&web.id).is_none() && definitions.destination(&hook.id).is_none());
    assert!(definitions.write_key(web.write_keys[0].key.as_str()).is_none());
    assert_eq!(definitions.destinations_of(&web.id).count(), 0);
}

#[test]
fn a_source_can_start_without_an_archive() {
    let home = home();
    let new = NewSource { disconnect_archive: true, ..source("web") };
    let web = home.store.create_source(home.workspace(), new, &by(1)).unwrap();
    assert_eq!(home.store.definitions().destinations_of(&web.id).count(), 0);
}

#[test]
fn a_destination_changes_and_goes() {
    let home = home();
    let web = home.source("web");
    let hook = home.store.create_destination(home.workspace(), &web.id, webhook(), &by(2)).unwrap();
    let patch = DestinationPatch {
        name: Some("Other".into()),
        enabled: Some(false),
        settings: Some(settings(json!({"url": "https://example.org"}))),
        ..DestinationPatch::default()
    };
    let changed = home.store.update_destination(home.workspace(), &hook.id, patch, &by(3)).unwrap();
    assert_eq!((changed.name.as_str(), changed.enabled), ("Other", false));
    assert_eq!(changed.settings, settings(json!({"url": "https://example.org"})));
    home.store.delete_destination(home.workspace(), &hook.id, &by(4)).unwrap();
    assert!(is_missing(home.store.delete_destination(home.workspace(), &hook.id, &by(4))));
}

#[test]
fn nothing_of_another_workspace_can_be_touched() {
    let home = home();
    let web = home.source("web");
    let hook = home.store.create_destination(home.workspace(), &web.id, webhook(), &by(2)).unwrap();
    let stranger = WorkspaceId::new("another");
    let key = web.write_keys[0].key.as_str();
    assert!(is_missing(home.store.update_source(&stranger, &web.id, SourcePatch::default(), &by(3))));
    assert!(is_missing(home.store.delete_source(&stranger, &web.id, &by(3))));
    assert!(is_missing(home.store.add_write_key(&stranger, &web.id, &by(3))));
    assert!(is_missing(home.store.set_write_key_enabled(&stranger, &web.id, key, false, &by(3))));
    assert!(is_missing(home.store.delete_write_key(&stranger, &web.id, key, &by(3))));
    assert!(is_missing(home.store.create_destination(&stranger, &web.id, webhook(), &by(3))));
    assert!(is_missing(home.store.update_destination(&stranger, &hook.id, DestinationPatch::default(), &by(3))));
    assert!(is_missing(home.store.delete_destination(&stranger, &hook.id, &by(3))));
    assert!(is_missing(home.store.rename_workspace(&stranger, "Mine", &by(3))));
}

#[test]
fn what_does_not_exist_is_said_to_be_missing() {
    let home = home();
    let (source, destination) = (SourceId::new("nothing"), DestinationId::new("nothing"));
    assert!(is_missing(home.store.delete_source(home.workspace(), &source, &by(1))));
    assert!(is_missing(home.store.delete_destination(home.workspace(), &destination, &by(1))));
    assert!(is_missing(home.store.delete_write_key(home.workspace(), &home.first.source.id, "nothing", &by(1))));
}

#[test]
fn a_refused_change_leaves_no_trace() {
    let home = home();
    let web = home.source("web");
    let before = home.store.definitions();
    let patch = SourcePatch { name: Some("New".into()), slug: Some("NOT A SLUG".into()), ..SourcePatch::default() };
    refused(home.store.update_source(home.workspace(), &web.id, patch, &by(2)));
    let patch = SourcePatch { enabled: Some(false), name: Some(String::new()), ..SourcePatch::default() };
    refused(home.store.update_source(home.workspace(), &web.id, patch, &by(2)));
    let after = home.reopened().definitions();
    assert_eq!(after.revision, before.revision);
    assert_eq!(after.source(&web.id), before.source(&web.id));
}
