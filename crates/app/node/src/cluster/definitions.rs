//! Definitions on their way: from the node that keeps them to all others, through the `control` topic.

use std::time::Duration;

use prime_control::ControlStore;
use prime_log::{Offset, Output, Partition, ReadError, ReadLimit};
use prime_runtime::ShutdownSignal;
use tokio::task::spawn_blocking;

use super::shared_log::{Connector, SharedLog};
use super::snapshot_records::{Assembly, records};
use crate::health::Problems;

/// How long a failure is waited out.
const PAUSE: Duration = Duration::from_secs(2);
const READ: ReadLimit = ReadLimit { bytes_max: 8 << 20, records_max: 64 };
const PUBLISH: &str = "publish definitions";
const FOLLOW: &str = "follow definitions";

/// Publishes every change until asked to stop. Two nodes that do so take it away from each other, and say so.
pub(super) async fn publish(control: ControlStore, shared: SharedLog, problems: Problems, stop: ShutdownSignal) {
    while !stop.is_asked() {
        let ended = tokio::select! {
            ended = publish_as_writer(&control, &shared, &problems) => ended,
            () = stop.asked() => return,
        };
        let Err(problem) = ended;
        tracing::warn!(problem, "definitions cannot be published; other nodes go on with those they have");
        problems.warn(PUBLISH, problem);
        pause(&stop).await;
    }
}

enum Never {}

async fn publish_as_writer(control: &ControlStore, shared: &SharedLog, problems: &Problems) -> Result<Never, String> {
    let log = shared.log.clone();
    let transactor = spawn_blocking(move || log.transactor("control")).await.map_err(|panic| panic.to_string())?;
    let transactor = transactor.map_err(|error| error.to_string())?;
    let mut transactor = transactor.ok_or("the shared log has no transactions")?;
    let mut published = control.subscribe();
    loop {
        let definitions = published.borrow_and_update().clone();
        let before = shared.control.bounds().end;
        let output = Output { partition: shared.control.clone(), values: records(&definitions.to_snapshot()) };
        transactor
            .commit(vec![output], Vec::new())
            .await
            .map_err(|error| format!("{error}; only one node may have the console role"))?;
        problems.resolve(PUBLISH);
        let topic = shared.control.clone();
        if let Ok(Err(error)) = spawn_blocking(move || topic.trim(before)).await {
            tracing::debug!(%error, "earlier definitions are kept for longer");
        }
        published.changed().await.map_err(|_| "the control store is gone")?;
    }
}

/// Takes over every snapshot that is published until asked to stop. Begins with the newest.
pub(super) async fn follow(control: ControlStore, connector: Connector, problems: Problems, stop: ShutdownSignal) {
    let mut next = None;
    while !stop.is_asked() {
        if control.definitions().revision == 0 {
            problems.report(FOLLOW, "there are none yet; start the node with the console role".to_owned());
        }
        let ended = tokio::select! {
            ended = follow_from(&mut next, &control, &connector, &problems) => ended,
            () = stop.asked() => return,
        };
        let Err(problem) = ended;
        tracing::warn!(problem, "definitions cannot be followed; those that are known stay in force");
        match control.definitions().revision {
            0 => problems.report(FOLLOW, format!("there are none yet: {problem}")),
            _ => problems.warn(FOLLOW, problem),
        }
        pause(&stop).await;
    }
}

async fn follow_from(
    next: &mut Option<Offset>,
    control: &ControlStore,
    connector: &Connector,
    problems: &Problems,
) -> Result<Never, String> {
    let connector = connector.clone();
    let opened = spawn_blocking(move || connector.connect()).await.map_err(|panic| panic.to_string())?;
    let topic = opened.map_err(|error| error.to_string())?.control;
    let mut assembly = Assembly::default();
    let mut from = next.unwrap_or_else(|| topic.bounds().start);
    loop {
        let (read, at) = read_to_end(topic.clone(), from, assembly).await?;
        (assembly, from) = (read.assembly, at);
        if let Some(snapshot) = read.newest {
            let control = control.clone();
            let taken = spawn_blocking(move || take(&control, &snapshot)).await.map_err(|panic| panic.to_string())?;
            taken?;
        }
        *next = Some(from);
        if control.definitions().revision > 0 {
            problems.resolve(FOLLOW);
        }
        topic.wait_beyond(from).await;
    }
}

fn take(control: &ControlStore, snapshot: &[u8]) -> Result<(), String> {
    if control.definitions().to_snapshot() == snapshot {
        return Ok(());
    }
    control.take(snapshot).map_err(|error| error.to_string())?;
    tracing::info!(revision = control.definitions().revision, "definitions were taken over");
    Ok(())
}

struct Read {
    assembly: Assembly,
    newest: Option<Vec<u8>>,
}

/// Reads what there is; of several snapshots only the newest counts.
async fn read_to_end(topic: Partition, mut from: Offset, mut assembly: Assembly) -> Result<(Read, Offset), String> {
    let read = spawn_blocking(move || {
        let mut newest = None;
        while from < topic.bounds().end {
            let records = match topic.read(from, READ) {
                Err(ReadError::Trimmed { start }) => {
                    from = start;
                    continue;
                }
                read => read.map_err(|error| error.to_string())?,
            };
            let Some(last) = records.last() else { break };
            from = last.offset + 1;
            for record in records {
                newest = assembly.add(record.value).or(newest);
            }
        }
        Ok((Read { assembly, newest }, from))
    });
    read.await.map_err(|panic| panic.to_string())?
}

async fn pause(stop: &ShutdownSignal) {
    tokio::select! {
        () = tokio::time::sleep(PAUSE) => {}
        () = stop.asked() => {}
    }
}
