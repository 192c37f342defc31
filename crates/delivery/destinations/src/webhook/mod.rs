//! Webhook: each event as one JSON request to a URL of one's own.

mod request;
mod settings;
#[cfg(test)]
mod tests;

use prime_destination::{
    Choice, Component, ComponentType, Connection, Destination, DestinationMetadata, DestinationOption, OptionType,
    RequestDestination, SettingProblem, Settings, SupportedFeatures, SupportedMethods, SupportedPlatforms,
};

use settings::WebhookSettings;

/// The webhook destination.
#[derive(Debug)]
pub struct Webhook;

static METADATA: DestinationMetadata = DestinationMetadata {
    id: "webhook",
    name: "Webhook",
    slug: "webhook",
    description: "Sends each event as a JSON request to a URL of your own. Any answer from 200 to 299 within five seconds counts as delivered.",
    website: "",
    options: &[
        DestinationOption {
            name: "url",
            label: "URL",
            kind: OptionType::String,
            required: true,
            description: "Where each event is sent, starting with https:// or http://.",
            secret: false,
            default_value: None,
            choices: &[],
        },
        DestinationOption {
            name: "method",
            label: "Method",
            kind: OptionType::Select,
            required: false,
            description: "The HTTP method of each request.",
            secret: false,
            default_value: Some("POST"),
            choices: &[
                Choice { value: "POST", label: "POST" },
                Choice { value: "PUT", label: "PUT" },
                Choice { value: "PATCH", label: "PATCH" },
            ],
        },
        DestinationOption {
            name: "headers",
            label: "Headers",
            kind: OptionType::Map,
            required: false,
            description: "Headers to send with each request, by name.",
            secret: false,
            default_value: None,
            choices: &[],
        },
        DestinationOption {
            name: "sharedSecret",
            label: "Shared secret",
            kind: OptionType::Password,
            required: false,
            description: "When set, each request carries the header X-Signature: the HMAC-SHA1 of the body under this secret, in lowercase hexadecimal.",
            secret: true,
            default_value: None,
            choices: &[],
        },
    ],
    categories: &["Raw Data"],
    status: "PUBLIC",
    previous_names: &[],
    components: &[Component { kind: ComponentType::Server, code: "" }],
    supported_features: SupportedFeatures::CLOUD_MODE,
    supported_methods: SupportedMethods::ALL,
    supported_platforms: SupportedPlatforms::EVERY_SDK,
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
