//! The crates of the house, read from their `Cargo.toml`.

use crate::Tree;
use crate::tidy::Finding;
use crate::tree::folder_of;

/// Where a crate stands in the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storey {
    Foundation,
    /// One of the chapters that data flows through, by name.
    Chapter(&'static str),
    App,
}

impl Storey {
    pub(super) const FOLDERS: [(&'static str, Storey); 6] = [
        ("foundation", Self::Foundation),
        ("collection", Self::Chapter("collection")),
        ("processing", Self::Chapter("processing")),
        ("aggregation", Self::Chapter("aggregation")),
        ("delivery", Self::Chapter("delivery")),
        ("app", Self::App),
    ];

    pub(super) fn of_folder(name: &str) -> Option<Self> {
        Self::FOLDERS.into_iter().find(|(folder, _)| *folder == name).map(|(_, storey)| storey)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Foundation => "foundation",
            Self::Chapter(name) => name,
            Self::App => "app",
        }
    }
}

/// One crate under `crates/<storey>/<folder>`.
pub(super) struct Crate {
    pub path: String,
    pub storey_folder: String,
    pub folder: String,
    pub package: String,
    /// Packages of this repository that it names under any kind of dependencies.
    pub dependencies: Vec<String>,
    /// Files that `[[bin]]`, `[lib]` and their like name.
    pub target_paths: Vec<String>,
}

impl Crate {
    pub(super) fn storey(&self) -> Option<Storey> {
        Storey::of_folder(&self.storey_folder)
    }

    /// The folder that holds the manifest.
    pub(super) fn root(&self) -> &str {
        folder_of(&self.path)
    }
}

/// Every crate under `crates/`, and a finding for each manifest that cannot be read.
pub(super) fn crates(tree: &Tree) -> (Vec<Crate>, Vec<Finding>) {
    let (mut crates, mut findings) = (Vec::new(), Vec::new());
    for (path, text) in tree.texts() {
        let ["crates", storey, folder, "Cargo.toml"] = path.split('/').collect::<Vec<_>>()[..] else { continue };
        match read(path, storey, folder, text) {
            Ok(found) => crates.push(found),
            Err(sentence) => findings.push(Finding::of_file(path, sentence)),
        }
    }
    (crates, findings)
}

fn read(path: &str, storey: &str, folder: &str, text: &str) -> Result<Crate, String> {
    let manifest: toml::Table = text.parse().map_err(|error| format!("the manifest is not TOML: {error}"))?;
    let package = manifest
        .get("package")
        .and_then(|package| package.get("name")?.as_str())
        .ok_or("the manifest names no package")?
        .to_owned();
    let (mut dependencies, mut target_paths) = (Vec::new(), Vec::new());
    collect_dependencies(&manifest, &mut dependencies);
    for kind in ["lib", "bin", "test", "bench", "example"] {
        let targets = manifest.get(kind);
        let list = targets.and_then(toml::Value::as_array).map_or(&[][..], Vec::as_slice);
        for target in list.iter().chain(targets) {
            target_paths.extend(target.get("path").and_then(|path| path.as_str()).map(str::to_owned));
        }
    }
    Ok(Crate {
        path: path.to_owned(),
        storey_folder: storey.to_owned(),
        folder: folder.to_owned(),
        package,
        dependencies,
        target_paths,
    })
}

/// Takes the three kinds of dependencies, and the same below `[target.'...']`.
fn collect_dependencies(table: &toml::Table, found: &mut Vec<String>) {
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(dependencies) = table.get(kind).and_then(toml::Value::as_table) else { continue };
        for (key, value) in dependencies {
            let package = value.get("package").and_then(|package| package.as_str()).unwrap_or(key);
            if package.starts_with("prime-") || package == "primedata" || value.get("path").is_some() {
                found.push(package.to_owned());
            }
        }
    }
    for target in table.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values) {
        if let Some(target) = target.as_table() {
            collect_dependencies(target, found);
        }
    }
}
