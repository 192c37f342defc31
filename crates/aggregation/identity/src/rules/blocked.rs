use serde::{Deserialize, Serialize};

/// Values that name nobody: they stay on the event and join nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockedValues {
    /// Compared byte by byte with the value as it would be used.
    #[serde(default)]
    pub exact: Vec<String>,
    /// Regular expressions. One that should match whole values begins with `^` and ends with `$`.
    #[serde(default)]
    pub patterns: Vec<String>,
}

impl BlockedValues {
    /// What every type begins with: zeroes and dashes, `-1`, `null`, `anonymous`.
    pub fn suggested() -> Self {
        Self { exact: ["-1", "null", "anonymous"].map(str::to_owned).into(), patterns: vec!["^[0-]*$".to_owned()] }
    }

    pub fn none() -> Self {
        Self::default()
    }
}
