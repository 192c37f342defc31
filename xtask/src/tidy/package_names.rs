//! Package names follow folder names.

use crate::Tree;
use crate::tidy::Finding;
use crate::tidy::manifest::crates;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let (crates, _) = crates(tree);
    let misnamed = crates.iter().filter_map(|found| {
        let expected = match (found.storey_folder.as_str(), found.folder.as_str()) {
            ("app", "cli") => "primedata".to_owned(),
            (_, folder) => format!("prime-{folder}"),
        };
        let sentence = format!("the package is called {}, its folder asks for {expected}", found.package);
        (found.package != expected).then(|| Finding::of_file(&found.path, sentence))
    });
    misnamed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_with_another_name_than_its_folder_is_reported() {
        let tree = Tree::of(&[
            ("crates/foundation/log/Cargo.toml", "[package]\nname = 'prime-log'"),
            ("crates/foundation/event/Cargo.toml", "[package]\nname = 'prime-events'"),
            ("crates/app/cli/Cargo.toml", "[package]\nname = 'prime-cli'"),
        ]);
        let found: Vec<_> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "crates/app/cli/Cargo.toml: the package is called prime-cli, its folder asks for primedata",
                "crates/foundation/event/Cargo.toml: the package is called prime-events, its folder asks for prime-event",
            ]
        );
    }

    #[test]
    fn the_command_line_is_called_primedata() {
        assert_eq!(check(&Tree::of(&[("crates/app/cli/Cargo.toml", "[package]\nname = 'primedata'")])), []);
    }
}
