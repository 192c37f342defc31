//! `primedata serve`.

use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use prime_node::{Announcement, Node};
use prime_runtime::start_logging;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::args::{GlobalArgs, ServeArgs};
use crate::commands::config;
use crate::failure::Failure;
use crate::output::Output;

/// Runs a node until it is interrupted or terminated. A second signal ends it without waiting. SIGUSR2 stops it too and
/// has this process become whatever stands at the program's path by then, on the same socket.
pub(crate) async fn run(
    global: &GlobalArgs,
    args: &ServeArgs,
    inherited: Option<TcpListener>,
    output: Output,
) -> Result<(), Failure> {
    let program = std::env::current_exe()?;
    let flags: Vec<(&str, String)> = [("http.listen", &args.listen), ("node.roles", &args.roles)]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value.clone()?)))
        .collect();
    let (config, settings) = config::load(global, &args.config, &flags)?;
    start_logging(&config.logging);
    let (mut terminated, mut interrupted) = (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
    let mut replaced = on(SignalKind::user_defined2())?;
    let node = Node::start_on(inherited, config, settings).await?;
    output.line(&welcome(node.announcement()))?;
    tracing::info!(url = node.announcement().url, "the node is ready");

    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
        _ = replaced.recv() => return replace(node, &program).await,
    }
    tracing::info!("stopping: taking no more requests, finishing what is under way");
    tokio::select! {
        () = node.stop() => tracing::info!("stopped; everything accepted is processed"),
        _ = terminated.recv() => tracing::warn!("stopped at once; what is left is done at the next start"),
        _ = interrupted.recv() => tracing::warn!("stopped at once; what is left is done at the next start"),
    }
    Ok(())
}

/// Hands the socket to the program's next run. Returns only on failure.
async fn replace(node: Node, program: &Path) -> Result<(), Failure> {
    tracing::info!("handing over: finishing what is under way; new connections wait for the next process");
    let lost = || Failure::Runtime("the listening socket was lost; start again with `primedata serve`".to_owned());
    let listener = node.hand_over().await.ok_or_else(lost)?;
    rustix::io::fcntl_setfd(&listener, rustix::io::FdFlags::empty()).map_err(std::io::Error::from)?;
    let failed = Command::new(program)
        .args(std::env::args_os().skip(1))
        .env("LISTEN_FDS", "1")
        .env("LISTEN_PID", std::process::id().to_string())
        .env("LISTEN_FDS_FIRST_FD", listener.as_raw_fd().to_string())
        .exec();
    Err(Failure::Runtime(format!("{} cannot be started: {failed}", program.display())))
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
