//! Checks of the tree that no compiler makes.

mod architecture_map;
mod commands;
mod crate_direction;
mod crate_readmes;
mod dead_links;
mod discard_codes;
mod exit_codes;
mod lock_files;
mod machine_paths;
mod manifest;
mod markdown;
mod metric_names;
mod orphan_documents;
mod orphan_modules;
mod package_names;
mod rust_source;

use std::fmt;

use crate::Tree;

/// One check: its name, what it holds the tree to, and the function.
pub struct Check {
    pub name: &'static str,
    pub promise: &'static str,
    pub run: fn(&Tree) -> Vec<Finding>,
}

pub const CHECKS: &[Check] = &[
    Check {
        name: "crate-direction",
        promise: "foundation knows no chapter, a chapter knows no other chapter, only app knows them all",
        run: crate_direction::check,
    },
    Check {
        name: "package-names",
        promise: "a package is called prime- and the name of its folder; the command line is called primedata",
        run: package_names::check,
    },
    Check {
        name: "crate-readmes",
        promise: "every crate has a README.md, and it is the crate's documentation",
        run: crate_readmes::check,
    },
    Check {
        name: "architecture-map",
        promise: "the map in ARCHITECTURE.md shows every crate and no other",
        run: architecture_map::check,
    },
    Check { name: "orphan-modules", promise: "every Rust file is part of a crate", run: orphan_modules::check },
    Check {
        name: "orphan-documents",
        promise: "every document under docs is linked from docs/README.md",
        run: orphan_documents::check,
    },
    Check { name: "dead-links", promise: "every relative link in a document leads somewhere", run: dead_links::check },
    Check {
        name: "discard-codes",
        promise: "the reference of the tracking API lists every discard code with its sentence and remedy",
        run: discard_codes::check,
    },
    Check { name: "commands", promise: "the reference of the command line lists every command", run: commands::check },
    Check {
        name: "exit-codes",
        promise: "the reference of the command line lists every exit code as --help does",
        run: exit_codes::check,
    },
    Check { name: "metric-names", promise: "the reference explains every metric", run: metric_names::check },
    Check {
        name: "machine-paths",
        promise: "no file names a folder that exists on one machine only",
        run: machine_paths::check,
    },
    Check {
        name: "lock-files",
        promise: "lock files name packages, and leave it to each machine where they come from",
        run: lock_files::check,
    },
];

/// One thing to repair, as `path:line: sentence`.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    pub path: String,
    /// From 1; none when the finding is about the file as a whole.
    pub line: Option<usize>,
    pub sentence: String,
}

impl Finding {
    fn of_file(path: &str, sentence: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, sentence: sentence.into() }
    }

    fn at(path: &str, line: usize, sentence: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: Some(line), sentence: sentence.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.sentence),
            None => write!(f, "{}: {}", self.path, self.sentence),
        }
    }
}
