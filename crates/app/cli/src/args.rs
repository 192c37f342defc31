//! The command line.

mod delivery;
mod destination;
mod people;
mod replay;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::failure::EXIT_CODES;
use crate::output::Format;

pub(crate) use delivery::{DeliveryCommand, OverviewArgs, ReceiptsArgs};
pub(crate) use destination::{
    DeliveryRules, DestinationCommand, DestinationCreate, DestinationUpdate, EventsPerSecond,
};
pub(crate) use people::{CarryOut, IdentityCommand, ProfileCommand, ProfileTokenCommand, RulesCommand};
pub(crate) use replay::{ReplayArgs, ReplayCommand};

/// The customer data platform in one binary: collects events from every site, app and tool, and delivers them.
#[derive(Debug, Parser)]
#[command(name = "primedata", version, after_help = EXIT_CODES, propagate_version = true)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct GlobalArgs {
    /// Print tables for people or JSON for programs.
    #[arg(long, global = true, value_enum, default_value = "text")]
    pub(crate) output: Format,
    /// The data folder: where `serve` keeps everything, and where other commands find the server of this machine.
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// The server to speak to, when it is not the one of this machine's data folder.
    #[arg(long, global = true, env = "PRIMEDATA_URL")]
    pub(crate) url: Option<String>,
    /// An API token of that server.
    #[arg(long, global = true, env = "PRIMEDATA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
}

impl GlobalArgs {
    pub(crate) fn data_dir_flag(&self) -> Option<&PathBuf> {
        self.data_dir.as_ref()
    }

    /// The data folder by flag, environment or default.
    pub(crate) fn data_dir(&self) -> PathBuf {
        let from_environment = || std::env::var_os("PRIMEDATA_NODE__DATA_DIR").map(PathBuf::from);
        self.data_dir.clone().or_else(from_environment).unwrap_or_else(|| PathBuf::from("data"))
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a node: every role, embedded, in one data folder.
    Serve(ServeArgs),
    /// Replace the server of this machine's data folder by a new process, of a new version perhaps, without refusing a
    /// connection.
    Restart,
    /// What happens now: totals, rates, and what needs a person.
    Status,
    /// Sources: the sites, apps and servers that send.
    #[command(subcommand)]
    Source(SourceCommand),
    /// Destinations: the tools that receive.
    #[command(subcommand)]
    Destination(DestinationCommand),
    /// Events: what was processed.
    #[command(subcommand)]
    Events(EventsCommand),
    /// Rejected messages, with the reason of each.
    #[command(subcommand)]
    Rejected(RejectedCommand),
    /// Duplicates: messages that had been processed before.
    #[command(subcommand)]
    Duplicates(DuplicatesCommand),
    /// What became of every accepted message, hour by hour.
    Ledger(LedgerArgs),
    /// What became of events at their destinations.
    #[command(subcommand)]
    Delivery(DeliveryCommand),
    /// Past events that are sent to a destination again.
    #[command(subcommand)]
    Replay(ReplayCommand),
    /// People and accounts: who they are and what is known of them.
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Who is who: the rules, and identifiers that are shared.
    #[command(subcommand)]
    Identity(IdentityCommand),
    /// Tokens of the Profile API.
    #[command(subcommand)]
    ProfileToken(ProfileTokenCommand),
    /// API tokens.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Members: the people who may sign in.
    #[command(subcommand)]
    Member(MemberCommand),
    /// Call the public API directly and print what it answers: everything that no command of its own covers.
    Api(ApiArgs),
    /// The configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Send the events of a made-up shop to a server.
    Demo(DemoArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ConfigArgs {
    /// A file with settings that differ from the defaults.
    #[arg(long, value_name = "FILE", env = "PRIMEDATA_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// What this process does: collect, process, aggregate, deliver, console, with commas between.
    #[arg(long, value_name = "ROLES")]
    pub(crate) roles: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SourceCommand {
    /// List sources with their write keys.
    List,
    /// Show one source.
    Show { id: String },
    /// Create a source and print its write key.
    Create {
        /// Short name, unique in the workspace: a-z, 0-9, '-' and '_'.
        slug: String,
        /// Name for people; the short one when absent.
        #[arg(long)]
        name: Option<String>,
        /// What sends: javascript, node, python, go, java, ruby, php, net, swift, kotlin, react-native or http-api.
        #[arg(long = "type", default_value = "http-api")]
        kind: String,
    },
    /// Take messages of a source again.
    Enable { id: String },
    /// Take no more messages of a source; senders are still answered with success.
    Disable { id: String },
    /// Delete a source with its destinations and write keys.
    Delete { id: String },
    /// Add a write key. To rotate: add one, move senders over, delete the old one.
    AddKey { id: String },
    /// Take messages under a write key again.
    EnableKey { id: String, key: String },
    /// Take no more messages under a write key.
    DisableKey { id: String, key: String },
    /// Delete a write key.
    DeleteKey { id: String, key: String },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct EventFilter {
    /// Id of a source.
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// track, identify, page, screen, group or alias.
    #[arg(long = "type")]
    pub(crate) kind: Option<String>,
    /// Name of the event or page.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// A user id or anonymous id.
    #[arg(long)]
    pub(crate) user: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// List the newest events.
    List {
        #[command(flatten)]
        filter: EventFilter,
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Print events as they arrive, one JSON object a line, until interrupted.
    Tail {
        #[command(flatten)]
        filter: EventFilter,
        /// Print rejected messages too.
        #[arg(long)]
        rejected: bool,
        /// Print duplicates too.
        #[arg(long)]
        duplicates: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RejectedCommand {
    /// List the newest rejected messages.
    List {
        /// Id of a source.
        #[arg(long)]
        source: Option<String>,
        /// A discard code such as no_user_anon_id.
        #[arg(long)]
        code: Option<String>,
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DuplicatesCommand {
    /// List the newest duplicates.
    List {
        /// Id of a source.
        #[arg(long)]
        source: Option<String>,
        /// A messageId.
        #[arg(long)]
        message_id: Option<String>,
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Show one duplicate with the event that it repeats.
    Show { id: String },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LedgerArgs {
    /// Id of a source; all of them when absent.
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// How many hours back: 1 to 720.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=720))]
    pub(crate) hours: u32,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// List tokens; the tokens themselves are not kept.
    List,
    /// Create a token and print it, once.
    Create {
        name: String,
        /// A scope such as sources:read; may be given several times. All of them when absent.
        #[arg(long = "scope")]
        scopes: Vec<String>,
    },
    /// Delete a token; it stops working at once.
    Delete { id: String },
}

#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    /// List members.
    List,
    /// Print a link that makes an account, once. It also helps an owner who can no longer sign in.
    Invite {
        email: String,
        /// Give every right, that of inviting others included.
        #[arg(long)]
        owner: bool,
    },
    /// Remove a member; they are signed out at once.
    Remove { id: String },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ApiArgs {
    /// GET, POST, PUT, PATCH or DELETE.
    pub(crate) method: String,
    /// Path below /api/v1, with its query, as in `/events?limit=1`.
    pub(crate) path: String,
    /// Body as JSON.
    pub(crate) body: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting in force and where it came from.
    Show(ConfigArgs),
    /// Say whether the configuration could be used.
    Check(ConfigArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DemoArgs {
    /// The write key to send under; that of this machine's server when absent.
    #[arg(long)]
    pub(crate) write_key: Option<String>,
    /// Messages a second; 0 sends as fast as the server answers.
    #[arg(long, default_value_t = 20.0)]
    pub(crate) rate: f64,
    /// Equal seeds send equal shops.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Time of the first message, as in 2026-01-31T12:00:00Z; now when absent. Equal seeds with equal starts send equal bytes.
    #[arg(long, value_name = "TIME")]
    pub(crate) start: Option<String>,
    /// Stop after so many seconds.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) duration: Option<u64>,
    /// Stop after so many messages.
    #[arg(long)]
    pub(crate) count: Option<u64>,
    /// Share of requests that are sent again a little later, as by an SDK that tries again: 0.2 or 20%.
    #[arg(long, value_name = "SHARE", default_value = "2%", value_parser = share)]
    pub(crate) duplicates: f64,
    /// Share of messages that break a rule: 0.02 or 2%.
    #[arg(long, value_name = "SHARE", default_value = "2%", value_parser = share)]
    pub(crate) malformed: f64,
    /// Requests under way at a time.
    #[arg(long, default_value_t = 4)]
    pub(crate) connections: usize,
    /// Messages in one batch at most.
    #[arg(long, default_value_t = 20)]
    pub(crate) batch: usize,
}

/// A share from 0 to 1, or per cent with their sign.
fn share(text: &str) -> Result<f64, String> {
    let unreadable = || "write a share from 0 to 1, or one in per cent, as in 0.2 or 20%".to_owned();
    let (number, whole) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    let share = number.trim().parse::<f64>().map_err(|_| unreadable())? / whole;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(unreadable()) }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_share_is_read_as_a_part_of_one_or_in_per_cent() {
        assert_eq!((share("0.2"), share("20%"), share("1"), share("0")), (Ok(0.2), Ok(0.2), Ok(1.0), Ok(0.0)));
        for text in ["20", "120%", "-1%", "some", ""] {
            assert!(share(text).is_err(), "{text}");
        }
    }
}
