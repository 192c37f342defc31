//! What became of events at their destinations.

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum DeliveryCommand {
    /// List receipts, one for each event and destination, newest first.
    Receipts(ReceiptsArgs),
    /// Show one receipt with all attempts: what was sent, what came back.
    Receipt { id: String },
    /// Show how a destination does: ends within the last hours, reasons, latency, and whether it adds up.
    Overview(OverviewArgs),
    /// Show what waits for each destination, how fast it is sent to, and what holds it up.
    Queues,
    /// Show how many events of a destination could not be delivered in time, by day, and where they are kept.
    Expired {
        /// Id of a destination.
        destination: String,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ReceiptsArgs {
    /// A messageId.
    #[arg(long)]
    pub(crate) message_id: Option<String>,
    /// A userId.
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// An anonymousId.
    #[arg(long)]
    pub(crate) anonymous: Option<String>,
    /// Id of a destination.
    #[arg(long)]
    pub(crate) destination: Option<String>,
    /// Number of a replay: only what it sent; 0 for what was delivered for the first time.
    #[arg(long, value_name = "N")]
    pub(crate) replay: Option<u32>,
    /// filtered, delivered, retrying, failed or expired.
    #[arg(long)]
    pub(crate) state: Option<String>,
    /// The code of a reason, such as 400.
    #[arg(long)]
    pub(crate) code: Option<String>,
    /// Name of the event.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// 1 to 200.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) limit: u32,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct OverviewArgs {
    /// Id of a destination.
    pub(crate) destination: String,
    /// How many hours back: 1 to 336.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=336))]
    pub(crate) hours: u32,
    /// By what the ends are told apart.
    #[arg(long, value_enum, default_value = "discard-reason")]
    pub(crate) by: Breakdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Breakdown {
    DiscardReason,
    EventName,
    EventType,
    AppVersion,
    SubscriptionId,
}

impl Breakdown {
    /// As the API names it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::DiscardReason => "discardReason",
            Self::EventName => "eventName",
            Self::EventType => "eventType",
            Self::AppVersion => "appVersion",
            Self::SubscriptionId => "subscriptionId",
        }
    }
}
