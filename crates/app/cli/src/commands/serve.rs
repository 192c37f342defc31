//! `primedata serve`.

use prime_node::{Announcement, Node};
use prime_runtime::start_logging;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::args::{GlobalArgs, ServeArgs};
use crate::commands::config;
use crate::failure::Failure;
use crate::output::Output;

/// Runs a node until it is interrupted or terminated. A second signal ends it without waiting.
pub(crate) async fn run(global: &GlobalArgs, args: &ServeArgs, output: Output) -> Result<(), Failure> {
    let flags: Vec<(&str, String)> = [("http.listen", &args.listen), ("node.roles", &args.roles)]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value.clone()?)))
        .collect();
    let (config, settings) = config::load(global, &args.config, &flags)?;
    start_logging(&config.logging);
    let (mut terminated, mut interrupted) = (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
    let node = Node::start(config, settings).await?;
    output.line(&welcome(node.announcement()))?;
    tracing::info!(url = node.announcement().url, "the node is ready");

    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    tracing::info!("stopping: taking no more requests, finishing what is under way");
    tokio::select! {
        () = node.stop() => tracing::info!("stopped; everything accepted is processed"),
        _ = terminated.recv() => tracing::warn!("stopped at once; what is left is done at the next start"),
        _ = interrupted.recv() => tracing::warn!("stopped at once; what is left is done at the next start"),
    }
    Ok(())
}

fn on(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::Runtime(format!("signals cannot be watched: {error}")))
}

/// The first lines a person sees. The line that sends an event begins with `curl`, so that scripts find it.
fn welcome(node: &Announcement) -> String {
    let mut lines = vec![String::new(), format!("PrimeData is ready at {}", node.url)];
    if let Some(setup_url) = &node.setup_url {
        lines.extend([
            String::new(),
            "Create the first account (the link works once):".into(),
            format!("  {setup_url}"),
        ]);
    }
    if let Some(write_key) = &node.write_key {
        let event = r#"{"userId":"user-1","event":"Signed Up","properties":{"plan":"free"}}"#;
        lines.extend([
            String::new(),
            format!("Write key: {write_key}"),
            String::new(),
            "Send a first event:".into(),
            format!("curl {}/v1/track -u {write_key}: -H 'Content-Type: application/json' -d '{event}'", node.url),
        ]);
    }
    lines.push(String::new());
    lines.join("\n")
}
