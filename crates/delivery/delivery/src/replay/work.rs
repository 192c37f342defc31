//! What is done for one replay, from its beginning to the end of its last receipt.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::future::FutureExt;
use prime_state::StateError;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::model::Replay;
use super::runner::Runner;
use super::selection::Selection;
use super::service::Shared;
use super::settling::settle;
use super::source::Source;

/// Times that a replay is taken up again after a mistake of this program: each time up to 200 events are sent once more.
const MISTAKES_MAX: u32 = 5;

/// Works on a replay until it has ended and so have its receipts. `cancel` is of this replay; a stop of everything cancels both.
pub(super) async fn work(shared: Arc<Shared>, number: u32, cancel: CancellationToken, stop: CancellationToken) {
    send(&shared, number, &cancel).await;
    shared.stops.lock().remove(&number);
    if !stop.is_cancelled() {
        settle(&shared, number, &stop).await;
    }
}

/// Sends what there is to be sent, taking it up again when it breaks off.
async fn send(shared: &Arc<Shared>, number: u32, cancel: &CancellationToken) {
    let mut mistakes = 0;
    while let Some(replay) = shared.running(number) {
        let held_up = match AssertUnwindSafe(take_up(shared, replay, cancel)).catch_unwind().await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => {
                error!(replay = number, %error, "the events of a replay cannot be found; trying again");
                format!("Receipts cannot be read: {error}. It is tried again.")
            }
            Err(_) => {
                mistakes += 1;
                error!(replay = number, mistakes, "a replay panicked");
                if mistakes > MISTAKES_MAX {
                    let why = "It broke off again and again by a mistake of this program, which the log tells.";
                    return shared.give_up(number, Some(why.to_owned())).await;
                }
                "It broke off by a mistake of this program, which the log tells. It is tried again.".to_owned()
            }
        };
        shared.hold_up(number, held_up);
        tokio::select! {
            () = cancel.cancelled() => return,
            () = sleep(shared.options.replay_pause) => {}
        }
    }
}

/// Sends until all has ended, or a stop.
async fn take_up(shared: &Arc<Shared>, replay: Replay, cancel: &CancellationToken) -> Result<(), StateError> {
    let (receipts, replays) = (shared.receipts.clone(), shared.may_have_sent_to(&replay.spec.destination));
    let (workspace, source, spec) = (replay.workspace.clone(), replay.source.clone(), replay.spec.clone());
    let failures_max = shared.options.replay_failures_max;
    let select = move || Selection::of(workspace, source, spec, &replays, &receipts, failures_max);
    let selected = spawn_blocking(select).await;
    let selection = selected.expect("looking receipts up does not panic")?;
    let (number, source) = (replay.number, Source::of(&replay, &shared.streams.events, &shared.options.expired));
    match Runner::new(Arc::clone(shared), selection, source, replay, cancel.clone()) {
        Some(runner) => runner.run().await,
        None => shared.give_up(number, None).await,
    }
    Ok(())
}
