//! Webhook: each event, or a batch of them, as one JSON request to a URL of one's own.

mod data_path;
mod request;
mod settings;
#[cfg(test)]
mod tests;

use prime_destination::{
    Choice, Component, ComponentType, Connection, Destination, DestinationMetadata, DestinationOption, Hosts,
    OptionType, RequestDestination, SettingProblem, Settings, SupportedFeatures, SupportedMethods, SupportedPlatforms,
};

use settings::WebhookSettings;

/// The webhook destination.
#[derive(Debug)]
pub struct Webhook;

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
    id: "webhook",
    name: "Webhook",
    slug: "webhook",
    description: "Sends each event as a JSON request to a URL of your own, alone or in batches. Any answer from 200 to 299 within five seconds counts as delivered.",
    website: "",
    options: &[
        DestinationOption {
            required: true,
            ..text("url", "URL", "Where each event is sent, starting with https:// or http://.")
        },
        text(
            "moreUrls",
            "Also send to",
            "Up to four URLs, separated by spaces, that get every request too. The event is delivered once any of them takes it; the others are not tried again.",
        ),
        DestinationOption {
            kind: OptionType::Select,
            default_value: Some("POST"),
            choices: &[
                Choice { value: "POST", label: "POST" },
                Choice { value: "PUT", label: "PUT" },
                Choice { value: "PATCH", label: "PATCH" },
            ],
            ..text("method", "Method", "The HTTP method of each request.")
        },
        DestinationOption {
            kind: OptionType::Map,
            ..text("headers", "Headers", "Headers to send with each request, by name.")
        },
        DestinationOption {
            default_value: Some("$."),
            ..text(
                "data",
                "Data",
                "Which part of each event to send, as a path such as $.properties; $. is the whole event.",
            )
        },
        DestinationOption {
            kind: OptionType::Number,
            default_value: Some("1"),
            ..text(
                "batchSize",
                "Batch size",
                "How many events share a request at most, up to 1000. With 1 the body is the event; with more it is an array of events, even if there is one.",
            )
        },
        DestinationOption {
            kind: OptionType::Password,
            secret: true,
            ..text(
                "sharedSecret",
                "Shared secret",
                "When set, each request carries the header X-Signature: the HMAC-SHA1 of the body under this secret, in lowercase hexadecimal. In a batch, of the first event.",
            )
        },
    ],
    categories: &["Raw Data"],
    status: "PUBLIC",
    previous_names: &[],
    components: &[Component { kind: ComponentType::Server, code: "" }],
    supported_features: SupportedFeatures::CLOUD_MODE,
    supported_methods: SupportedMethods::ALL,
    supported_platforms: SupportedPlatforms::EVERY_SDK,
    hosts: Hosts::FromSettings(&["url", "moreUrls"]),
};

impl Destination for Webhook {
    fn metadata(&self) -> &'static DestinationMetadata {
        &METADATA
    }

    fn problems(&self, settings: Settings<'_>) -> Vec<SettingProblem> {
        WebhookSettings::read(settings).err().unwrap_or_default()
    }
}

impl RequestDestination for Webhook {
    fn connect(&self, settings: Settings<'_>) -> Result<Box<dyn Connection>, Vec<SettingProblem>> {
        Ok(Box::new(WebhookSettings::read(settings)?))
    }
}
