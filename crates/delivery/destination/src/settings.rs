//! Settings as they are stored, read and checked against what the destination declares.

use serde_json::{Map, Value};
use thiserror::Error;

use crate::metadata::{DestinationMetadata, DestinationOption, OptionType};

/// A destination's settings object together with the declaration that gives its keys a meaning.
///
/// An empty string counts as no value, as a cleared form field arrives as one. An absent value reads as the declared default.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    metadata: &'static DestinationMetadata,
    values: &'a Map<String, Value>,
}

/// A setting that cannot be used, in words for the person who set it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{sentence}")]
pub struct SettingProblem {
    /// The key in the settings object.
    pub name: String,
    /// What is wrong and what to do, without the value.
    pub sentence: String,
}

impl SettingProblem {
    pub fn new(name: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { name: name.into(), sentence: sentence.into() }
    }
}

impl<'a> Settings<'a> {
    pub fn new(metadata: &'static DestinationMetadata, values: &'a Map<String, Value>) -> Self {
        Self { metadata, values }
    }

    /// The string under a key, else the declared default.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        match self.values.get(name).and_then(Value::as_str) {
            Some(text) if !text.is_empty() => Some(text),
            _ => self.metadata.option(name).and_then(|option| option.default_value),
        }
    }

    /// The whole number under a key, else the declared default.
    pub fn number(&self, name: &str) -> Option<u64> {
        let stored = self.values.get(name).and_then(whole_number);
        stored.or_else(|| self.metadata.option(name)?.default_value?.parse().ok())
    }

    /// The pairs under a key; none if the setting is absent.
    pub fn pairs(&self, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let pairs = self.values.get(name).and_then(Value::as_object);
        pairs.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
    }

    /// Everything that contradicts the declaration: unknown keys, wrong types, values outside the choices, required
    /// settings that are missing. In the order of the declaration, unknown keys last.
    pub fn problems(&self) -> Vec<SettingProblem> {
        let known = self.metadata.options.iter().filter_map(|option| self.problem_of(option));
        let unknown = self.values.keys().filter(|name| self.metadata.option(name).is_none());
        known.chain(unknown.map(|name| self.unknown(name))).collect()
    }

    fn problem_of(&self, option: &DestinationOption) -> Option<SettingProblem> {
        let problem = |sentence: String| Some(SettingProblem::new(option.name, sentence));
        let value = match self.values.get(option.name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.is_empty() => None,
            Some(value) => Some(value),
        };
        let Some(value) = value else {
            let missing = option.required && option.default_value.is_none();
            return if missing { problem(format!("Fill in \"{}\"; it is required.", option.label)) } else { None };
        };
        match option.kind {
            OptionType::String | OptionType::Password if value.is_string() => None,
            OptionType::String | OptionType::Password => problem(format!("\"{}\" must be a text.", option.label)),
            OptionType::Select if option.choices.iter().any(|choice| value == choice.value) => None,
            OptionType::Select => {
                let values: Vec<_> = option.choices.iter().map(|choice| choice.value).collect();
                problem(format!("\"{}\" must be one of {}.", option.label, values.join(", ")))
            }
            OptionType::Map if value.as_object().is_some_and(|map| map.values().all(Value::is_string)) => None,
            OptionType::Map => problem(format!("\"{}\" must be an object whose values are texts.", option.label)),
            OptionType::Number if whole_number(value).is_some() => None,
            OptionType::Number => problem(format!("\"{}\" must be a whole number.", option.label)),
        }
    }

    fn unknown(&self, name: &str) -> SettingProblem {
        let known: Vec<_> = self.metadata.options.iter().map(|option| option.name).collect();
        let sentence = format!("{} has no such setting; it has {}.", self.metadata.name, known.join(", "));
        SettingProblem::new(name, sentence)
    }
}

/// A form sends digits, a program a number.
fn whole_number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::metadata::{Choice, Hosts, SupportedFeatures, SupportedMethods, SupportedPlatforms};

    static PARCEL: DestinationMetadata = DestinationMetadata {
        id: "parcel",
        name: "Parcel",
        slug: "parcel",
        description: "",
        website: "",
        options: &[
            DestinationOption {
                name: "speed",
                label: "Speed",
                kind: OptionType::Select,
                required: true,
                description: "",
                secret: false,
                default_value: Some("slow"),
                choices: &[Choice { value: "slow", label: "Slow" }, Choice { value: "fast", label: "Fast" }],
            },
            DestinationOption {
                name: "key",
                label: "Key",
                kind: OptionType::Password,
                required: true,
                description: "",
                secret: true,
                default_value: None,
                choices: &[],
            },
            DestinationOption {
                name: "labels",
                label: "Labels",
                kind: OptionType::Map,
                required: false,
                description: "",
                secret: false,
                default_value: None,
                choices: &[],
            },
            DestinationOption {
                name: "count",
                label: "Count",
                kind: OptionType::Number,
                required: false,
                description: "",
                secret: false,
                default_value: Some("3"),
                choices: &[],
            },
        ],
        categories: &[],
        status: "PUBLIC",
        previous_names: &[],
        components: &[],
        supported_features: SupportedFeatures::CLOUD_MODE,
        supported_methods: SupportedMethods::ALL,
        supported_platforms: SupportedPlatforms::EVERY_SDK,
        hosts: Hosts::None,
    };

    fn problems(values: Value) -> Vec<String> {
        let problems = Settings::new(&PARCEL, values.as_object().unwrap()).problems();
        problems.into_iter().map(|problem| problem.name).collect()
    }

    #[test]
    fn settings_that_keep_to_the_declaration_have_no_problems() {
        assert!(problems(json!({"key": "k"})).is_empty());
        assert!(problems(json!({"key": "k", "speed": "fast", "labels": {"a": "b"}})).is_empty());
        assert!(problems(json!({"key": "k", "labels": null})).is_empty());
    }

    #[test]
    fn every_contradiction_is_named_by_its_setting() {
        assert_eq!(problems(json!({})), ["key"]);
        assert_eq!(problems(json!({"key": ""})), ["key"]);
        assert_eq!(
            problems(json!({"key": 1, "speed": "warp", "labels": {"a": 1}, "count": -1, "x": 1})),
            ["speed", "key", "labels", "count", "x"]
        );
    }

    #[test]
    fn no_problem_repeats_the_value_of_a_setting() {
        let values = json!({"key": ["hunter2"], "speed": "hunter2", "labels": "hunter2"});
        let problems = Settings::new(&PARCEL, values.as_object().unwrap()).problems();
        assert_eq!(problems.len(), 3);
        assert!(problems.iter().all(|problem| !problem.sentence.contains("hunter2")));
    }

    #[test]
    fn a_number_reads_the_same_from_a_form_and_from_a_program() {
        for (values, number) in [
            (json!({}), 3),
            (json!({"count": ""}), 3),
            (json!({"count": 7}), 7),
            (json!({"count": "7"}), 7),
            (json!({"count": " 7 "}), 7),
        ] {
            assert_eq!(Settings::new(&PARCEL, values.as_object().unwrap()).number("count"), Some(number));
        }
        for count in [json!(1.5), json!(-1), json!("seven"), json!([7])] {
            assert_eq!(problems(json!({"key": "k", "count": count})), ["count"]);
        }
    }

    #[test]
    fn an_absent_or_cleared_value_reads_as_the_default() {
        for values in [json!({}), json!({"speed": ""})] {
            assert_eq!(Settings::new(&PARCEL, values.as_object().unwrap()).text("speed"), Some("slow"));
        }
        assert_eq!(PARCEL.secret_settings().collect::<Vec<_>>(), ["key"]);
    }
}
