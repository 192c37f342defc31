//! Sending past events again.

use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum ReplayCommand {
    /// List replays, newest first.
    List,
    /// Show how far a replay is.
    Show { id: String },
    /// Show what a replay would send; nothing is sent.
    Preview(ReplayArgs),
    /// Send past events to a destination again.
    Start(ReplayArgs),
    /// Send nothing more of a replay.
    Cancel { id: String },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ReplayArgs {
    /// Id of a destination.
    #[arg(long)]
    pub(crate) destination: String,
    /// Events received at this time or later, as in 2026-01-31T12:00:00Z.
    #[arg(long)]
    pub(crate) from: String,
    /// Events received before this time.
    #[arg(long)]
    pub(crate) to: String,
    /// Only those whose delivery failed or expired.
    #[arg(long)]
    pub(crate) failures: bool,
    /// Only those that could not be delivered in time, from where they are kept, whether the stream still has them or not.
    #[arg(long, conflicts_with = "failures")]
    pub(crate) expired: bool,
    /// track, identify, page, screen, group or alias.
    #[arg(long = "type")]
    pub(crate) kind: Option<String>,
    /// Name of the event, page or screen.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Events begun in a second.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) rate: u32,
}
