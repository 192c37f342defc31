//! Destinations: the tools that receive.

use std::str::FromStr;

use clap::{ArgGroup, Args as ClapArgs, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum DestinationCommand {
    /// List destinations.
    List,
    /// Show one destination; secrets are masked.
    Show { id: String },
    /// Connect a destination to a source.
    Create(DestinationCreate),
    /// Change a destination; what is not given stays as it is.
    Update(DestinationUpdate),
    /// Send one sample event now and show what came back.
    Test { id: String },
    /// Show the request that a recent event would make, secrets masked; nothing is sent.
    Preview {
        id: String,
        /// The event to take in place of the newest that would be sent.
        #[arg(long)]
        message_id: Option<String>,
    },
    /// Show recent attempts, newest first.
    Deliveries { id: String },
    /// Deliver to a destination again.
    Enable { id: String },
    /// Deliver nothing more to a destination; events that pass meanwhile are not sent later. What waits for it goes on if it
    /// is enabled again within half a minute, and has failed after that.
    Disable { id: String },
    /// Delete a destination.
    Delete { id: String },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DestinationCreate {
    /// Id of the source whose events it receives.
    #[arg(long)]
    pub(crate) source: String,
    /// What it is, from the catalog: webhook, mixpanel or archive.
    #[arg(long = "type")]
    pub(crate) kind: String,
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// A setting, as in `--set url=https://example.com/hook`; may be given several times. Values that are JSON are taken as such.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) settings: Vec<String>,
    #[command(flatten)]
    pub(crate) rules: DeliveryRules,
}

#[derive(Debug, ClapArgs)]
#[command(group = ArgGroup::new("change")
    .args(["name", "settings", "unset", "in_order", "events_per_second"])
    .required(true)
    .multiple(true))]
pub(crate) struct DestinationUpdate {
    pub(crate) id: String,
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// A setting, as in `--set url=https://example.com/hook`; may be given several times. Values that are JSON are taken as such.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) settings: Vec<String>,
    /// A setting to take away; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) unset: Vec<String>,
    #[command(flatten)]
    pub(crate) rules: DeliveryRules,
}

/// In which order and how quickly a destination is sent to.
#[derive(Debug, ClapArgs)]
pub(crate) struct DeliveryRules {
    /// Whether the events of one person arrive in their order: one that fails holds back that person's later ones.
    #[arg(long)]
    pub(crate) in_order: Option<bool>,
    /// Events a second at most; `none` for as many as it takes.
    #[arg(long, value_name = "N|none")]
    pub(crate) events_per_second: Option<EventsPerSecond>,
}

/// None for as many as the destination takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventsPerSecond(pub(crate) Option<u32>);

impl FromStr for EventsPerSecond {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(max @ 1..) => Ok(Self(Some(max))),
            _ if text == "none" => Ok(Self(None)),
            _ => Err(format!("write a whole number from 1 to {}, or none", u32::MAX)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::EventsPerSecond;

    #[test]
    fn a_pace_is_a_whole_number_of_events_or_none() {
        let read = |text: &str| text.parse::<EventsPerSecond>().map(|pace| pace.0);
        assert_eq!((read("1"), read("4294967295"), read("none")), (Ok(Some(1)), Ok(Some(u32::MAX)), Ok(None)));
        for text in ["0", "-1", "1.5", "4294967296", "None", "null", ""] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
