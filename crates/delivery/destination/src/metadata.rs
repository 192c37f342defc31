//! The catalog entry of a destination, in the shape of the public API.

use serde::Serialize;

/// What the catalog says about a destination. Serialises as `DestinationMetadata` of the public API.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DestinationMetadata {
    /// Stable for good: connected destinations refer to it.
    pub id: &'static str,
    /// The name under which a message's `integrations` object switches this destination on or off. Case-sensitive.
    pub name: &'static str,
    pub slug: &'static str,
    pub description: &'static str,
    pub website: &'static str,
    pub options: &'static [DestinationOption],
    pub categories: &'static [&'static str],
    pub status: &'static str,
    pub previous_names: &'static [&'static str],
    pub components: &'static [Component],
    pub supported_features: SupportedFeatures,
    pub supported_methods: SupportedMethods,
    pub supported_platforms: SupportedPlatforms,
    /// For those who open firewalls; not part of the public API.
    #[serde(skip)]
    pub hosts: Hosts,
}

/// Which hosts a destination talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// None: it takes no requests.
    None,
    /// Some of these, whatever the settings.
    Fixed(&'static [&'static str]),
    /// Those that the settings of these names hold.
    FromSettings(&'static [&'static str]),
}

/// One setting of a destination.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DestinationOption {
    /// The key in the settings object.
    pub name: &'static str,
    pub label: &'static str,
    #[serde(rename = "type")]
    pub kind: OptionType,
    pub required: bool,
    pub description: &'static str,
    /// Whether the value is a credential: masked wherever it is shown, never logged.
    pub secret: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<&'static str>,
    /// The allowed values of a `select`; empty for every other type.
    pub choices: &'static [Choice],
}

/// What a setting holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OptionType {
    /// A string.
    String,
    /// A string that is typed hidden.
    Password,
    /// One of `choices`.
    Select,
    /// An object whose values are strings.
    Map,
    /// A whole number that is not negative, as JSON or as digits in a string.
    Number,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Choice {
    pub value: &'static str,
    pub label: &'static str,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Component {
    #[serde(rename = "type")]
    pub kind: ComponentType,
    pub code: &'static str,
}

/// Where a destination's code runs.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ComponentType {
    Server,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SupportedFeatures {
    pub cloud_mode_instances: &'static str,
    pub device_mode_instances: &'static str,
    pub replay: bool,
    pub browser_unbundling: bool,
    pub browser_unbundling_public: bool,
}

/// Which calls a destination takes. `pageview` stands for page and screen.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SupportedMethods {
    pub pageview: bool,
    pub identify: bool,
    pub alias: bool,
    pub track: bool,
    pub group: bool,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SupportedPlatforms {
    pub browser: bool,
    pub server: bool,
    pub mobile: bool,
    pub warehouse: bool,
}

impl SupportedFeatures {
    /// Runs on the server, as many instances per source as one likes.
    pub const CLOUD_MODE: Self = Self {
        cloud_mode_instances: "MULTIPLE",
        device_mode_instances: "NONE",
        replay: true,
        browser_unbundling: false,
        browser_unbundling_public: false,
    };
}

impl SupportedMethods {
    pub const ALL: Self = Self { pageview: true, identify: true, alias: true, track: true, group: true };
}

impl SupportedPlatforms {
    /// Events of every kind of SDK.
    pub const EVERY_SDK: Self = Self { browser: true, server: true, mobile: true, warehouse: false };
}

impl DestinationMetadata {
    pub fn option(&self, name: &str) -> Option<&'static DestinationOption> {
        self.options.iter().find(|option| option.name == name)
    }

    /// The names of the settings that must be masked wherever settings are shown.
    pub fn secret_settings(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.options.iter().filter(|option| option.secret).map(|option| option.name)
    }
}
