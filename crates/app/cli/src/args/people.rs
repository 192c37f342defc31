//! People: profiles, identity, and who may read them.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

/// Whether an act is carried out, and why.
#[derive(Debug, ClapArgs)]
pub(crate) struct CarryOut {
    /// Carry it out; without this, it is told what would happen and nothing does.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Why, for those who come later.
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// Find people and accounts by an identifier or by the beginning of a name; without words, those who were active last.
    Search {
        /// An id, an identifier such as email:jane@example.com or its value alone, or words of a name.
        query: Vec<String>,
        /// users or accounts.
        #[arg(long)]
        collection: Option<String>,
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Show all that is known of a person or an account.
    Get {
        /// A profile's id, or TYPE:VALUE.
        profile: String,
    },
    /// List a profile's events, newest first.
    Events {
        /// A profile's id, or TYPE:VALUE.
        profile: String,
        /// track, identify, page, screen, group or alias.
        #[arg(long = "type")]
        kind: Option<String>,
        /// Names of events, with commas between.
        #[arg(long)]
        name: Option<String>,
        #[arg(long, default_value_t = 20)]
        limit: u32,
        /// The oldest first.
        #[arg(long)]
        oldest_first: bool,
    },
    /// Show which events named which identifiers of a profile at once.
    Graph {
        /// A profile's id, or TYPE:VALUE.
        profile: String,
    },
    /// Tell why two identifiers are one person: the events that led from one to the other.
    Explain {
        /// TYPE:VALUE
        from: String,
        /// TYPE:VALUE
        to: String,
    },
    /// Take an identifier from a profile; history and traits stay.
    Remove {
        /// A profile's id, or TYPE:VALUE.
        profile: String,
        /// TYPE:VALUE
        identifier: String,
        #[command(flatten)]
        carry_out: CarryOut,
    },
    /// Split a profile, so that these identifiers leave it together.
    Unmerge {
        /// A profile's id, or TYPE:VALUE.
        profile: String,
        /// TYPE:VALUE, one or more.
        #[arg(required = true)]
        identifiers: Vec<String>,
        #[command(flatten)]
        carry_out: CarryOut,
    },
    /// Keep identifiers apart for good.
    Apart {
        /// TYPE:VALUE; may be given several times.
        #[arg(long, required = true)]
        left: Vec<String>,
        /// TYPE:VALUE; may be given several times.
        #[arg(long, required = true)]
        right: Vec<String>,
        #[command(flatten)]
        carry_out: CarryOut,
    },
    /// Let events with exactly these identifiers join nothing.
    Disregard {
        /// TYPE:VALUE, all of an edge of the graph.
        #[arg(required = true)]
        identifiers: Vec<String>,
        #[command(flatten)]
        carry_out: CarryOut,
    },
    /// List what people did, newest first.
    Operations,
    /// Take back what was done, as if it had never been.
    Undo {
        number: u64,
        #[command(flatten)]
        carry_out: CarryOut,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    /// How many identifiers and profiles there are, and how far they follow the events.
    Status,
    /// The rules by which identifiers become one person.
    #[command(subcommand)]
    Rules(RulesCommand),
    /// List identifiers that were taken for shared devices or test ids.
    Hairballs,
    /// Use an identifier again that was taken for a shared one.
    Release {
        /// TYPE:VALUE
        identifier: String,
        #[command(flatten)]
        carry_out: CarryOut,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Print rules as JSON: what to change and apply again.
    Get {
        /// An earlier version; the one in force when absent.
        #[arg(long)]
        version: Option<u32>,
    },
    /// Tell what rules in a file would do to everybody, from the first event on.
    Preview { file: PathBuf },
    /// Put the rules of a file in force, for all of history. Refused where others are in force than the file was made from.
    Apply { file: PathBuf },
    /// List the versions of the rules.
    Versions,
    /// Put an earlier version in force again.
    Rollback { version: u32 },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProfileTokenCommand {
    /// List tokens of the Profile API; the tokens themselves are not kept.
    List,
    /// Create a token that reads everybody, and print it, once.
    Create { name: String },
    /// Delete a token; it stops working at once.
    Delete { id: String },
}
