//! Lock files that name a registry's host: they would send everybody's builds there.

use crate::Tree;
use crate::tidy::Finding;

/// What cargo writes for crates.io, whichever mirror served the crate.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        let Some(kind) = Kind::of(path.rsplit('/').next().unwrap_or(path)) else { continue };
        for (index, line) in text.lines().enumerate() {
            if let Some(host) = host_of(line).filter(|_| kind.names_registry(line.trim())) {
                let sentence = format!("names the registry host {host}; {}", kind.remedy());
                findings.push(Finding::at(path, index + 1, sentence));
            }
        }
    }
    findings
}

#[derive(Clone, Copy)]
enum Kind {
    Cargo,
    Npm,
    Yarn,
    Pnpm,
    Python,
    NpmSettings,
}

impl Kind {
    fn of(file: &str) -> Option<Self> {
        match file {
            "Cargo.lock" => Some(Self::Cargo),
            "package-lock.json" | "npm-shrinkwrap.json" => Some(Self::Npm),
            "yarn.lock" => Some(Self::Yarn),
            "pnpm-lock.yaml" => Some(Self::Pnpm),
            "uv.lock" | "poetry.lock" | "Pipfile.lock" => Some(Self::Python),
            ".npmrc" => Some(Self::NpmSettings),
            _ if file.starts_with("requirements") && file.ends_with(".txt") => Some(Self::Python),
            _ => None,
        }
    }

    /// Whether this line says where a package comes from; other lines name home pages and sponsors.
    fn names_registry(self, line: &str) -> bool {
        match self {
            Self::Cargo => line.starts_with("source = ") && !line.contains(CRATES_IO),
            Self::Npm => line.starts_with("\"resolved\":"),
            Self::Yarn => line.starts_with("resolved "),
            Self::Pnpm => line.contains("tarball:"),
            Self::Python => !line.starts_with('#'),
            Self::NpmSettings => line.contains("registry") && !line.starts_with('#'),
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Cargo => "take the crate from crates.io",
            Self::Npm | Self::NpmSettings => "write the lock file with omit-lockfile-registry-resolved=true",
            Self::Yarn | Self::Pnpm => "leave the address of the package out",
            Self::Python => "pin names, versions and hashes only",
        }
    }
}

fn host_of(line: &str) -> Option<&str> {
    let (_, after) = line.split_once("://")?;
    after.split(['/', '"', '\'', ' ', ')', '#']).next().filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of(&[(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn crates_io_home_pages_and_sponsors_are_no_registries() {
        assert_eq!(sentences("Cargo.lock", &format!("source = \"{CRATES_IO}\"")), [""; 0]);
        let npm = "\"integrity\": \"sha512-x\",\n\"funding\": { \"url\": \"https://example.com/sponsor\" }";
        assert_eq!(sentences("console/package-lock.json", npm), [""; 0]);
        assert_eq!(sentences("console/package.json", "\"homepage\": \"https://example.com\""), [""; 0]);
    }

    #[test]
    fn a_lock_file_that_names_a_host_is_reported() {
        assert_eq!(
            sentences("Cargo.lock", "x\nsource = \"registry+https://mirror.example/index\""),
            ["Cargo.lock:2: names the registry host mirror.example; take the crate from crates.io"]
        );
        let npm = "  \"resolved\": \"https://mirror.example:8443/a/-/a-1.0.0.tgz\",";
        assert!(sentences("console/package-lock.json", npm)[0].contains("registry host mirror.example:8443;"));
        assert_eq!(sentences("e2e/sdk/requirements.txt", "--index-url https://mirror.example/simple").len(), 1);
        assert_eq!(sentences(".npmrc", "registry=https://mirror.example/").len(), 1);
    }
}
