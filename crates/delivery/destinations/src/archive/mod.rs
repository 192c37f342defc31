//! Archive: every event of the source, as it is, in files that any tool reads.
//!
//! Declares settings only; `prime-archive` writes the files.

mod settings;
#[cfg(test)]
mod tests;

use prime_destination::{
    Choice, Component, ComponentType, Destination, DestinationMetadata, DestinationOption, Hosts, OptionType,
    SettingProblem, Settings, SupportedFeatures, SupportedMethods, SupportedPlatforms,
};

pub use settings::{ArchiveSettings, Bucket, Location};

/// The archive destination.
#[derive(Debug)]
pub struct Archive;

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
    id: "archive",
    name: "Archive",
    slug: "archive",
    description: "Keeps every event of the source as compressed JSON lines, one folder per day, on the server's disk or in an S3 bucket.",
    website: "",
    options: &[
        DestinationOption {
            kind: OptionType::Select,
            default_value: Some("local"),
            choices: &[
                Choice { value: "local", label: "Folder on the server" },
                Choice { value: "s3", label: "S3 bucket" },
            ],
            ..text("location", "Location", "Where the files are kept.")
        },
        text("prefix", "Prefix", "A folder to put before segment-logs/, such as exports/events."),
        text("bucket", "Bucket", "The name of the S3 bucket."),
        DestinationOption {
            default_value: Some("us-east-1"),
            ..text("region", "Region", "The region of the S3 bucket.")
        },
        text("endpoint", "Endpoint", "The address of a service that speaks S3, such as MinIO; leave it empty for AWS."),
        text("accessKeyId", "Access key id", "The id of an access key that may write to the bucket."),
        DestinationOption {
            kind: OptionType::Password,
            secret: true,
            ..text("secretAccessKey", "Secret access key", "The secret of the access key.")
        },
    ],
    categories: &["Raw Data", "Storage"],
    status: "PUBLIC",
    previous_names: &[],
    components: &[Component { kind: ComponentType::Server, code: "" }],
    supported_features: SupportedFeatures::CLOUD_MODE,
    supported_methods: SupportedMethods::ALL,
    supported_platforms: SupportedPlatforms::EVERY_SDK,
    hosts: Hosts::None,
};

impl Destination for Archive {
    fn metadata(&self) -> &'static DestinationMetadata {
        &METADATA
    }

    fn problems(&self, settings: Settings<'_>) -> Vec<SettingProblem> {
        ArchiveSettings::read(settings).err().unwrap_or_default()
    }
}
