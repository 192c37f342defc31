//! `primedata restart`.

use std::path::Path;
use std::time::{Duration, Instant};

use prime_node::Announcement;
use rustix::process::{Pid, Signal, kill_process};

use crate::args::GlobalArgs;
use crate::failure::Failure;
use crate::output::Output;

/// A stop finishes what is under way and processes what was accepted; that may take its time on a slow disk.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(50);

/// Asks the server of the data folder to hand over to a new process and waits until that one is ready.
pub(crate) async fn run(global: &GlobalArgs, output: Output) -> Result<(), Failure> {
    let data_dir = global.data_dir();
    let unknown = || Failure::UnknownServer { data_dir: data_dir.display().to_string() };
    let before = Announcement::read(&data_dir).map_err(|_| unknown())?;
    let pid = i32::try_from(before.pid).ok().and_then(Pid::from_raw).ok_or_else(unknown)?;
    let gone = |reason| Failure::Unreachable { url: before.url.clone(), reason };
    kill_process(pid, Signal::USR2)
        .map_err(|error| gone(format!("process {} cannot be reached: {error}", before.pid)))?;
    let after = next(&data_dir, &before).await.ok_or_else(|| {
        gone(format!("no new process was ready within {} seconds; look at the server's log", PATIENCE.as_secs()))
    })?;
    output.line(&format!("The server at {} was replaced and is ready.", after.url))?;
    Ok(())
}

/// What the next run of the server announces: it has a token of its own.
async fn next(data_dir: &Path, before: &Announcement) -> Option<Announcement> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        match Announcement::read(data_dir) {
            Ok(after) if after.token != before.token => return Some(after),
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
    None
}
