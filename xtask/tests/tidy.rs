//! The checks of `cargo xtask tidy` on this repository, one test each.

use std::path::Path;

use xtask::{Tree, tidy};

fn assert_in_order(name: &str) {
    let check = tidy::CHECKS.iter().find(|check| check.name == name).expect("the check is in the table");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let tree = Tree::read(&root).expect("the repository can be read");
    assert!(tree.has_file("xtask/Cargo.toml"), "the repository was not found around this crate");
    let findings: Vec<String> = (check.run)(&tree).iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{}, but:\n{}", check.promise, findings.join("\n"));
}

#[test]
fn crates_depend_in_the_direction_of_the_house() {
    assert_in_order("crate-direction");
}

#[test]
fn packages_are_called_like_their_folders() {
    assert_in_order("package-names");
}

#[test]
fn every_crate_shows_its_readme() {
    assert_in_order("crate-readmes");
}

#[test]
fn the_map_shows_every_crate() {
    assert_in_order("architecture-map");
}

#[test]
fn every_rust_file_is_part_of_a_crate() {
    assert_in_order("orphan-modules");
}

#[test]
fn every_document_is_in_the_index() {
    assert_in_order("orphan-documents");
}

#[test]
fn every_relative_link_leads_somewhere() {
    assert_in_order("dead-links");
}

#[test]
fn the_reference_lists_every_discard_code() {
    assert_in_order("discard-codes");
}

#[test]
fn the_reference_lists_every_command() {
    assert_in_order("commands");
}

#[test]
fn the_reference_lists_every_exit_code() {
    assert_in_order("exit-codes");
}

#[test]
fn the_reference_explains_every_metric() {
    assert_in_order("metric-names");
}

#[test]
fn no_file_names_a_folder_of_one_machine() {
    assert_in_order("machine-paths");
}

#[test]
fn no_lock_file_names_a_registry() {
    assert_in_order("lock-files");
}

#[test]
fn every_check_of_the_table_has_its_test_here() {
    let tests = include_str!("tidy.rs");
    for check in tidy::CHECKS {
        assert!(tests.contains(&format!("assert_in_order(\"{}\")", check.name)), "{} has no test", check.name);
    }
}
