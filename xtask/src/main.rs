//! `cargo xtask <task>`.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use xtask::{Tree, tidy};

const USAGE: &str = "\
Usage: cargo xtask <task>

Tasks:
  tidy    Check what the compiler does not: crate direction, names, README files, orphans, links, paths, lock files
";

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => run_tidy(),
        ["help" | "--help" | "-h"] => {
            io::stdout().write_all(USAGE.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            io::stderr().write_all(USAGE.as_bytes())?;
            Ok(ExitCode::from(2))
        }
    }
}

fn run_tidy() -> io::Result<ExitCode> {
    let tree = Tree::read(&repository())?;
    let mut out = io::stdout().lock();
    let mut findings = 0;
    for check in tidy::CHECKS {
        for finding in (check.run)(&tree) {
            writeln!(out, "{finding}  [{}]", check.name)?;
            findings += 1;
        }
    }
    match findings {
        0 => {
            writeln!(out, "tidy: {} checks over {} files, nothing to report", tidy::CHECKS.len(), tree.len())?;
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            writeln!(out, "tidy: {findings} to repair")?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The folder above this crate, wherever the repository was cloned to.
fn repository() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
