//! `primedata demo`.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use prime_demo::{DemoOptions, DemoProgress, DemoSummary};
use prime_event::{Timestamp, WriteKey};
use serde_json::json;

use crate::args::{DemoArgs, GlobalArgs};
use crate::client::local_node;
use crate::failure::Failure;
use crate::output::Output;

/// Sends until the limit or an interruption, telling how far it is once a second.
pub(crate) async fn run(global: &GlobalArgs, args: &DemoArgs, output: Output) -> Result<(), Failure> {
    let options = options(global, args)?;
    let url = options.url.clone();
    if !output.is_json() {
        output.line(&format!("Sending a made-up shop to {url}; interrupt to stop."))?;
    }
    let mut meter = Meter::new();
    let sending = prime_demo::run(options, |progress| meter.tell(&progress));
    tokio::select! {
        summary = sending => {
            let summary = summary?;
            Ok(output.one(&as_json(&summary), |_| sentence(&summary))?)
        }
        _ = tokio::signal::ctrl_c() => Ok(output.line("\nStopped.")?),
    }
}

fn options(global: &GlobalArgs, args: &DemoArgs) -> Result<DemoOptions, Failure> {
    let (url, write_key) = match (&global.url, &args.write_key) {
        (Some(url), Some(key)) => (url.clone(), key.clone()),
        (url, key) => {
            let node = local_node(&global.data_dir())?;
            let no_key = || Failure::Runtime("the server has no source; create one or give --write-key".to_owned());
            (url.clone().unwrap_or(node.url), key.clone().or(node.write_key).ok_or_else(no_key)?)
        }
    };
    let unreadable = |text: &String| Failure::Runtime(format!("--start {text}: write it as 2026-01-31T12:00:00Z"));
    let start = args.start.as_ref().map(|text| Timestamp::parse(text).ok_or_else(|| unreadable(text))).transpose()?;
    Ok(DemoOptions {
        start,
        rate: if args.rate == 0.0 { f64::INFINITY } else { args.rate },
        seed: args.seed,
        duration: args.duration.map(Duration::from_secs),
        count: args.count,
        duplicates: args.duplicates,
        malformed: args.malformed,
        connections: args.connections,
        batch: args.batch,
        ..DemoOptions::new(url, WriteKey::new(write_key))
    })
}

/// Tells a person at a terminal how the sending goes.
struct Meter {
    answered: u64,
    retries: u64,
    told_at: Instant,
    to_a_person: bool,
}

impl Meter {
    fn new() -> Self {
        Self { answered: 0, retries: 0, told_at: Instant::now(), to_a_person: std::io::stderr().is_terminal() }
    }

    fn tell(&mut self, progress: &DemoProgress<'_>) {
        self.answered += progress.acknowledged().len() as u64;
        self.retries += u64::from(matches!(progress, DemoProgress::Retrying { .. }));
        if self.to_a_person && self.told_at.elapsed() >= Duration::from_secs(1) {
            self.told_at = Instant::now();
            let _ = write!(std::io::stderr(), "\r{} messages acknowledged, {} retries ", self.answered, self.retries);
        }
    }
}

fn sentence(summary: &DemoSummary) -> String {
    format!(
        "{} messages acknowledged in {:.1} s ({} of them repeated and so duplicates, {} malformed), {} retries.",
        summary.answered,
        summary.elapsed.as_secs_f64(),
        summary.repeated,
        summary.malformed,
        summary.retries
    )
}

fn as_json(summary: &DemoSummary) -> serde_json::Value {
    json!({
        "requests": summary.requests,
        "answered": summary.answered,
        "repeated": summary.repeated,
        "malformed": summary.malformed,
        "refusedRequests": summary.refused_requests,
        "unexpectedRequests": summary.unexpected_requests,
        "unansweredRequests": summary.unanswered_requests,
        "retries": summary.retries,
        "elapsedSeconds": summary.elapsed.as_secs_f64(),
    })
}
