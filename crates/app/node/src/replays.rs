//! Past events that are sent again, on the node where people ask for it.

use std::sync::Arc;

use prime_control::ControlStore;
use prime_delivery::{DeliveryHandle, ReplayHandle, ReplayService, ReplayStreams};
use prime_receipts::ReceiptsHandle;
use prime_runtime::{Config, Counters, Role};
use tokio::task::spawn_blocking;

use crate::health::Problems;
use crate::node::StartError;
use crate::roles::{self, Running};

/// What replays work on.
pub(crate) struct Parts<'a> {
    pub(crate) config: &'a Config,
    pub(crate) streams: ReplayStreams,
    pub(crate) control: &'a ControlStore,
    pub(crate) counters: &'a Arc<Counters>,
    pub(crate) deliveries: &'a DeliveryHandle,
    pub(crate) receipts: &'a ReceiptsHandle,
    pub(crate) problems: &'a Problems,
}

/// Goes on with what was running, on a node with the console role.
pub(crate) async fn start(parts: Parts<'_>, running: &mut Vec<Running>) -> Result<Option<ReplayHandle>, StartError> {
    if !parts.config.has(Role::Console) {
        return Ok(None);
    }
    let folder = parts.config.node.data_dir.join("replays");
    let options = roles::delivery_options(parts.config);
    let (control, counters, streams) = (parts.control.clone(), Arc::clone(parts.counters), parts.streams);
    let (deliveries, receipts) = (parts.deliveries.clone(), parts.receipts.clone());
    let open = move || ReplayService::open(&folder, options, streams, control, counters, &deliveries, receipts);
    let service = spawn_blocking(open).await.expect("opening replays does not panic").map_err(StartError::Replays)?;
    let handle = service.handle();
    running.push(roles::run("replays", parts.problems, |stop| async move {
        service.run(stop).await;
        Ok(())
    }));
    Ok(Some(handle))
}
