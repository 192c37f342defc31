//! Mixpanel: events to `/import`, people to `/engage`, companies to `/groups`, in batches, each event with its own result.
//!
//! Written after Mixpanel's public reference (docs.mixpanel.com: Import Events, Set Property, Create Alias, and the pages on
//! each error).

mod answer;
mod event;
mod profile;
mod request;
mod settings;
#[cfg(test)]
mod tests;

use prime_destination::{
    Choice, Component, ComponentType, Connection, Destination, DestinationMetadata, DestinationOption, Hosts,
    OptionType, RequestDestination, SettingProblem, Settings, SupportedFeatures, SupportedMethods, SupportedPlatforms,
};

use settings::MixpanelSettings;

/// The Mixpanel destination.
#[derive(Debug)]
pub struct Mixpanel;

const fn text(name: &'static str, label: &'static str, description: &'static str) -> DestinationOption {
    DestinationOption {
        name,
        label,
        kind: OptionType::String,
        required: false,
        description,
        secret: false,
        default_value: None,
        choices: &[],
    }
}

static METADATA: DestinationMetadata = DestinationMetadata {
    id: "mixpanel",
    name: "Mixpanel",
    slug: "mixpanel",
    description: "Sends events, people and groups to a Mixpanel project in batches, and says of each event what became of it.",
    website: "https://mixpanel.com",
    options: &[
        DestinationOption {
            required: true,
            ..text("projectToken", "Project token", "The token of the project, from its settings under Access Keys.")
        },
        DestinationOption {
            kind: OptionType::Select,
            default_value: Some("us"),
            choices: &[
                Choice { value: "us", label: "United States" },
                Choice { value: "eu", label: "European Union" },
                Choice { value: "in", label: "India" },
            ],
            ..text("residency", "Data residency", "Where Mixpanel keeps the project's data.")
        },
        text(
            "groupKey",
            "Group key",
            "The project's group key that group calls are about, such as company; without one they are left out.",
        ),
        text("projectId", "Project ID", "Needed with a service account only."),
        text(
            "serviceAccountUsername",
            "Service account",
            "The name of a service account, if events are to be sent as that account and not by the project token.",
        ),
        DestinationOption {
            kind: OptionType::Password,
            secret: true,
            ..text("serviceAccountSecret", "Service account secret", "The secret of the service account.")
        },
    ],
    categories: &["Analytics"],
    status: "PUBLIC",
    previous_names: &[],
    components: &[Component { kind: ComponentType::Server, code: "" }],
    supported_features: SupportedFeatures::CLOUD_MODE,
    supported_methods: SupportedMethods::ALL,
    supported_platforms: SupportedPlatforms::EVERY_SDK,
    hosts: Hosts::Fixed(&["api.mixpanel.com", "api-eu.mixpanel.com", "api-in.mixpanel.com"]),
};

impl Destination for Mixpanel {
    fn metadata(&self) -> &'static DestinationMetadata {
        &METADATA
    }

    fn problems(&self, settings: Settings<'_>) -> Vec<SettingProblem> {
        MixpanelSettings::read(settings).err().unwrap_or_default()
    }
}

impl RequestDestination for Mixpanel {
    fn connect(&self, settings: Settings<'_>) -> Result<Box<dyn Connection>, Vec<SettingProblem>> {
        Ok(Box::new(MixpanelSettings::read(settings)?))
    }
}
