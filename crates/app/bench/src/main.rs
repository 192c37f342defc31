#![doc = include_str!("../README.md")]

mod bar;
mod bars;
mod child;
mod dedupe;
mod delivery;
mod event_normalize;
mod identity;
mod ingest;
mod load;
mod log_append;
mod process_throughput;
mod profiles;
mod progress;
mod report;
mod resident;
mod rounds;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use crate::bar::{Bar, MeasureError, Outcome};
use crate::progress::progress;

const RESULTS: &str = "target/bench/results.json";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        // How this program starts itself as something that is measured.
        ["child-floor", folder] => child(|| child::floor::run(Path::new(folder))),
        ["child-collector", folder, kept] => {
            child(|| child::collector::run(folder.into(), kept.parse().unwrap_or(u64::MAX)))
        }
        ["child-dedupe", task, folder] => child(|| dedupe::run_child(task, Path::new(folder))),
        [] => exit_code(run("")),
        [prefix, ..] => exit_code(run(prefix)),
    }
}

/// Ends with the bench that started it, however that ends.
fn child(work: impl FnOnce() -> Result<(), MeasureError>) -> ExitCode {
    let bound = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    exit_code(bound.map_err(MeasureError::from).and_then(|()| work()).map(|()| Vec::new()))
}

fn exit_code(measured: Result<Vec<Outcome>, MeasureError>) -> ExitCode {
    match measured {
        Ok(outcomes) if outcomes.iter().all(|outcome| outcome.met) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            let _ = writeln!(io::stderr(), "failed to measure: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(prefix: &str) -> Result<Vec<Outcome>, MeasureError> {
    let measured = measure(&chosen(prefix)?);
    profiles::close();
    let outcomes = measured?;
    report::write(&outcomes, Path::new(RESULTS))?;
    io::stdout().write_all(report::table(&outcomes).as_bytes())?;
    Ok(outcomes)
}

fn measure(chosen: &[&Bar]) -> Result<Vec<Outcome>, MeasureError> {
    let mut outcomes = Vec::new();
    for bar in chosen {
        progress(&format!("measuring {}", bar.name));
        let outcome = bar.outcome()?;
        progress(&format!("{}: {}", outcome.name, report::in_a_line(&outcome)));
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

fn chosen(prefix: &str) -> Result<Vec<&'static Bar>, MeasureError> {
    let chosen: Vec<_> = bars::all().filter(|bar| bar.name.starts_with(prefix)).collect();
    if chosen.is_empty() {
        let names: Vec<_> = bars::all().map(|bar| bar.name).collect();
        return Err(MeasureError::NoSuchBar { prefix: prefix.to_owned(), names: names.join(", ") });
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_chooses_the_bars_that_begin_with_it() {
        let names = |prefix| chosen(prefix).unwrap().iter().map(|bar| bar.name).collect::<Vec<_>>();
        assert_eq!(names("log"), ["log.append"]);
        assert_eq!(names("ingest.batch"), ["ingest.batch-gzip", "ingest.batch-plain"]);
        assert_eq!(names("").len(), bars::all().count());
        assert!(chosen("nothing").err().unwrap().to_string().contains("log.append"));
    }

    #[test]
    fn names_are_unique_and_listed_in_the_readme() {
        let readme = include_str!("../README.md");
        for (place, bar) in bars::all().enumerate() {
            assert!(readme.contains(&format!("| `{}` |", bar.name)), "{}", bar.name);
            assert!(bars::all().take(place).all(|other| other.name != bar.name));
        }
    }
}
