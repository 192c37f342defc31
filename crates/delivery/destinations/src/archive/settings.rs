//! The archive's settings, parsed once.

use std::fmt;

use prime_destination::{SettingProblem, Settings};
use url::Url;

/// Where an archive writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveSettings {
    pub location: Location,
    /// Folders before `segment-logs`, joined by single slashes; empty for none.
    pub prefix: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// The archive folder that the operator configured. A destination cannot name another folder of the server.
    Local,
    S3(Bucket),
}

/// A bucket of a service that speaks S3.
#[derive(Clone, PartialEq, Eq)]
pub struct Bucket {
    pub name: String,
    pub region: String,
    /// None for AWS.
    pub endpoint: Option<Url>,
    pub access_key_id: String,
    pub secret_access_key: String,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").field("name", &self.name).field("region", &self.region).finish_non_exhaustive()
    }
}

impl ArchiveSettings {
    pub fn read(settings: Settings<'_>) -> Result<Self, Vec<SettingProblem>> {
        let mut problems = settings.problems();
        let prefix = settings.text("prefix").unwrap_or_default().trim_matches('/').to_owned();
        if !is_plain_folder(&prefix) {
            let sentence =
                "The prefix may hold letters, digits, - _ = . and single slashes, without folders named . or ..";
            problems.push(SettingProblem::new("prefix", format!("{sentence}.")));
        }
        let location = match settings.text("location") {
            Some("s3") => read_bucket(settings, &mut problems).map(Location::S3),
            _ => Some(Location::Local),
        };
        match location {
            Some(location) if problems.is_empty() => Ok(Self { location, prefix }),
            _ => Err(problems),
        }
    }
}

fn read_bucket(settings: Settings<'_>, problems: &mut Vec<SettingProblem>) -> Option<Bucket> {
    let mut needed = |name: &str, what: &str| {
        let value = settings.text(name).map(|text| text.trim().to_owned());
        if value.is_none() {
            problems.push(SettingProblem::new(name, format!("Fill in the {what}; an S3 bucket needs it.")));
        }
        value
    };
    let name = needed("bucket", "bucket");
    let access_key_id = needed("accessKeyId", "access key id");
    let secret_access_key = needed("secretAccessKey", "secret access key");
    let endpoint = match settings.text("endpoint").map(|text| Url::parse(text.trim())) {
        None => None,
        Some(Ok(url)) if matches!(url.scheme(), "http" | "https") => Some(url),
        Some(_) => {
            let sentence = "The endpoint must be an address like https://minio.example.com:9000.";
            problems.push(SettingProblem::new("endpoint", sentence));
            None
        }
    };
    let region = settings.text("region").unwrap_or("us-east-1").trim().to_owned();
    Some(Bucket { name: name?, region, endpoint, access_key_id: access_key_id?, secret_access_key: secret_access_key? })
}

/// Whether the prefix stays inside its root and reads the same in every store.
fn is_plain_folder(prefix: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=.".contains(&byte))
    };
    prefix.is_empty() || (prefix.len() <= 512 && prefix.split('/').all(plain))
}
