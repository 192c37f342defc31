//! The direction of the house: foundation ← chapters ← app.

use crate::Tree;
use crate::tidy::Finding;
use crate::tidy::manifest::{Storey, crates};

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let (crates, mut findings) = crates(tree);
    for user in &crates {
        let Some(from) = user.storey() else {
            let known = Storey::FOLDERS.map(|(folder, _)| folder).join(", ");
            let sentence = format!("`{}` is not a part of the house; crates stand under {known}", user.storey_folder);
            findings.push(Finding::of_file(&user.path, sentence));
            continue;
        };
        for name in &user.dependencies {
            let Some(used) = crates.iter().find(|other| other.package == *name) else {
                let sentence = format!("depends on {name}, which is no crate of this repository");
                findings.push(Finding::of_file(&user.path, sentence));
                continue;
            };
            if let Some(rule) = used.storey().and_then(|to| broken_rule(from, to)) {
                let sentence = format!(
                    "{} ({}) depends on {name} ({}), but {rule}",
                    user.package,
                    from.name(),
                    used.storey_folder
                );
                findings.push(Finding::of_file(&user.path, sentence));
            }
        }
    }
    findings
}

fn broken_rule(from: Storey, to: Storey) -> Option<&'static str> {
    match (from, to) {
        (Storey::App, _) | (_, Storey::Foundation) => None,
        (Storey::Foundation, _) => Some("a foundation knows foundations only"),
        (Storey::Chapter(_), Storey::App) => Some("a chapter knows foundations and itself; app knows the chapters"),
        (Storey::Chapter(one), Storey::Chapter(other)) if one == other => None,
        (Storey::Chapter(_), Storey::Chapter(_)) => {
            Some("a chapter imports no other chapter; they meet in streams and definitions")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: (&str, &str) = ("crates/foundation/log/Cargo.toml", "[package]\nname = 'prime-log'");
    const ARCHIVE: (&str, &str) = ("crates/delivery/archive/Cargo.toml", "[package]\nname = 'prime-archive'");

    fn sentences(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::of(files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn app_may_use_everything_and_a_chapter_its_own_crates_and_foundations() {
        let node = (
            "crates/app/node/Cargo.toml",
            "[package]\nname = 'prime-node'\n[dependencies]\nprime-log.workspace = true\nprime-archive.workspace = true",
        );
        let delivery = (
            "crates/delivery/delivery/Cargo.toml",
            "[package]\nname = 'prime-delivery'\n[dependencies]\nprime-log.workspace = true\nprime-archive.workspace = true",
        );
        assert_eq!(sentences(&[LOG, ARCHIVE, node, delivery]), [""; 0]);
    }

    #[test]
    fn a_foundation_that_uses_a_chapter_is_reported() {
        let control = (
            "crates/foundation/control/Cargo.toml",
            "[package]\nname = 'prime-control'\n[dependencies]\nprime-archive.workspace = true",
        );
        assert_eq!(
            sentences(&[ARCHIVE, control]),
            ["crates/foundation/control/Cargo.toml: prime-control (foundation) depends on prime-archive (delivery), \
              but a foundation knows foundations only"]
        );
    }

    #[test]
    fn a_chapter_that_uses_another_chapter_or_the_app_is_reported_in_tests_and_for_one_platform_too() {
        let testkit = ("crates/app/testkit/Cargo.toml", "[package]\nname = 'prime-testkit'");
        let processor = (
            "crates/processing/processor/Cargo.toml",
            "[package]\nname = 'prime-processor'\n[dev-dependencies]\nkit = { package = 'prime-testkit' }\n\
             [target.'cfg(unix)'.dependencies]\nprime-archive.workspace = true",
        );
        let found = sentences(&[ARCHIVE, testkit, processor]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("depends on prime-testkit (app)"), "{found:?}");
        assert!(found[1].contains("a chapter imports no other chapter"), "{found:?}");
    }

    #[test]
    fn a_crate_outside_of_the_house_and_a_package_that_is_not_there_are_reported() {
        let stray = (
            "crates/helpers/misc/Cargo.toml",
            "[package]\nname = 'prime-misc'\n[dependencies]\nprime-log.workspace = true",
        );
        let lost =
            ("crates/app/cli/Cargo.toml", "[package]\nname = 'primedata'\n[dependencies]\nprime-gone.workspace = true");
        let found = sentences(&[LOG, stray, lost]);
        assert!(found[0].contains("depends on prime-gone, which is no crate"), "{found:?}");
        assert!(found[1].contains("`helpers` is not a part of the house"), "{found:?}");
    }
}
