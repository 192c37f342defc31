//! Tells how profiles stand.

use std::sync::Arc;
use std::time::Duration;

use prime_profiles_service::ProfilesHandle;
use prime_runtime::{Counters, ProfilesStatus};
use tokio::task::spawn_blocking;

use crate::health::Problems;
use crate::roles::{self, Running};

const INTERVAL: Duration = Duration::from_secs(1);
/// What is taken within a second or so is not worth a word.
const BEHIND_WARNING: u64 = 50_000;
const WARNING: &str = "profiles";

pub(super) fn run(handle: ProfilesHandle, counters: Arc<Counters>, problems: &Problems) -> Running {
    let reports = problems.clone();
    roles::run("profiles status", problems, |stop| async move {
        while !stop.is_asked() {
            let asked = handle.clone();
            if let Ok(status) = spawn_blocking(move || status(&asked)).await {
                counters.profiles(status);
                match status.behind > BEHIND_WARNING {
                    true => reports.warn(
                        WARNING,
                        format!("they are {} events behind and show what was true then; they catch up", status.behind),
                    ),
                    false => reports.resolve(WARNING),
                }
            }
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                () = stop.asked() => {}
            }
        }
        Ok(())
    })
}

/// Waits for the runs that are being written.
fn status(handle: &ProfilesHandle) -> ProfilesStatus {
    let mut status = ProfilesStatus { behind: handle.behind(), ..ProfilesStatus::default() };
    for workspace in handle.workspaces() {
        let Some(space) = handle.space(workspace.as_str()) else { continue };
        if let Some(figures) = space.look(|graph| graph.figures()) {
            status.identifiers += figures.identifiers as u64;
            status.profiles += figures.profiles as u64;
            status.quarantined += figures.quarantined as u64;
            status.beyond_horizon += figures.beyond_horizon;
            status.memory_bytes += figures.resident_bytes as u64;
        }
        let counts = space.counts();
        status.applied += counts.applied;
        status.repeated += counts.repeated;
        status.unowned += counts.unowned;
        status.dropped += counts.dropped.values().sum::<u64>();
        status.disk_bytes += space.store().state().bytes();
    }
    status
}
