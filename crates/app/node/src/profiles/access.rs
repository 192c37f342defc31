//! Who may read profiles, by the definitions in force.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use prime_control::ControlStore;
use prime_event::{Timestamp, WorkspaceId};
use prime_profiles_service::SpaceAccess;
use tokio::task::spawn_blocking;

use crate::health::Problems;
use crate::roles::{self, Running};

/// How exactly it is told when a token was used last.
const MINUTE_MS: i64 = 60_000;
/// How often uses are written down.
const WRITE_INTERVAL: Duration = Duration::from_secs(10);

/// Tokens and secrets as they are defined, and when tokens were used.
pub(super) struct ControlAccess {
    control: ControlStore,
    uses: Arc<Uses>,
}

#[derive(Default)]
struct Uses(RwLock<HashMap<String, Use>>);

#[derive(Clone, Copy)]
struct Use {
    at: Timestamp,
    is_written: bool,
}

/// With the work that writes uses down, where the definitions are kept on this node.
pub(super) fn of(control: ControlStore, problems: &Problems) -> (Arc<ControlAccess>, Running) {
    let uses = Arc::new(Uses::default());
    let access = Arc::new(ControlAccess { control: control.clone(), uses: Arc::clone(&uses) });
    let running = roles::run("profile tokens", problems, |stop| async move {
        while !stop.is_asked() {
            tokio::select! {
                () = tokio::time::sleep(WRITE_INTERVAL) => {}
                () = stop.asked() => {}
            }
            write_down(&control, &uses).await;
        }
        Ok(())
    });
    (access, running)
}

async fn write_down(control: &ControlStore, uses: &Uses) {
    let fresh = uses.take();
    if fresh.is_empty() || control.is_follower() {
        return;
    }
    let control = control.clone();
    match spawn_blocking(move || control.note_profile_tokens_used(&fresh)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the use of profile tokens could not be written down"),
        Err(panic) => tracing::error!(%panic, "writing down the use of profile tokens ended by a panic"),
    }
}

impl Uses {
    /// Most uses find that the minute is noted already.
    fn note(&self, id: &str, now: Timestamp) {
        let is_noted = |known: &Use| now.as_millis() - known.at.as_millis() < MINUTE_MS;
        if !self.0.read().get(id).is_some_and(is_noted) {
            self.0.write().insert(id.to_owned(), Use { at: now, is_written: false });
        }
    }

    fn take(&self) -> Vec<(String, Timestamp)> {
        let mut uses = self.0.write();
        let fresh = uses.iter_mut().filter(|(_, it)| !it.is_written);
        let fresh = fresh.map(|(id, it)| {
            it.is_written = true;
            (id.clone(), it.at)
        });
        fresh.collect()
    }
}

impl SpaceAccess for ControlAccess {
    fn accepts(&self, space: &WorkspaceId, access_token: &str) -> bool {
        let definitions = self.control.definitions();
        let token = definitions.profile_token(space, access_token);
        if let Some(token) = token {
            self.uses.note(&token.id, Timestamp::now());
        }
        token.is_some()
    }

    fn person_token_secrets(&self, space: &WorkspaceId) -> Vec<Vec<u8>> {
        let definitions = self.control.definitions();
        definitions.person_secrets(space).map(|it| it.secret.clone().into_bytes()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_used_all_the_time_is_written_down_once_a_minute() {
        let uses = Uses::default();
        let at = |second: i64| Timestamp::from_millis(second * 1_000);
        (0..59).for_each(|second| uses.note("t", at(second)));
        assert_eq!(uses.take(), [("t".to_owned(), at(0))]);
        uses.note("t", at(59));
        assert!(uses.take().is_empty());
        uses.note("t", at(61));
        assert_eq!(uses.take(), [("t".to_owned(), at(61))]);
    }
}
