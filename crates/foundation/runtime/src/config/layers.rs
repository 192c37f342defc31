//! The configuration as it is put together: values over defaults, and where each came from.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::client_settings::{MASK, is_secret};
use super::{Config, ConfigError, DEFAULTS, Origin, PREFIX, Setting};

/// The defaults with what was put over them, and all that was wrong on the way.
pub(super) struct Layers {
    table: Table,
    origins: BTreeMap<String, Origin>,
    problems: Vec<String>,
}

impl Layers {
    pub(super) fn over_defaults() -> Self {
        let table = DEFAULTS.parse::<Table>().expect("the defaults that ship with the binary are TOML");
        Self { table, origins: BTreeMap::new(), problems: Vec::new() }
    }

    pub(super) fn put_file(&mut self, text: &str) {
        let file = match text.parse::<Table>() {
            Ok(file) => file,
            Err(error) => return self.problems.push(format!("the file is not TOML: {}", error.to_string().trim_end())),
        };
        for (section, content) in file {
            let Value::Table(content) = content else {
                self.problems.push(format!("`{section}` in the file stands outside of a [section]"));
                continue;
            };
            for (key, value) in content {
                self.put(&format!("{section}.{key}"), value, Origin::File, "the file");
            }
        }
    }

    pub(super) fn put_variable(&mut self, name: &str, text: &str) {
        let key = name[PREFIX.len()..].to_ascii_lowercase().replacen("__", ".", 1);
        self.put_text(&key, text, Origin::Environment, name);
    }

    pub(super) fn put_text(&mut self, key: &str, text: &str, origin: Origin, from: &str) {
        let value = match self.slot(key) {
            Some(Value::Integer(_)) => match text.trim().parse() {
                Ok(number) => Value::Integer(number),
                Err(_) => return self.problems.push(format!("{from} must be a whole number, not {text:?}")),
            },
            Some(Value::Boolean(_)) => match text.trim().parse() {
                Ok(truth) => Value::Boolean(truth),
                Err(_) => return self.problems.push(format!("{from} must be true or false, not {text:?}")),
            },
            Some(Value::Array(_)) => Value::Array(
                text.split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .map(|item| Value::String(item.into()))
                    .collect(),
            ),
            Some(Value::Table(_)) => {
                let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
                let pair = |pair: &str| {
                    let (name, value) = pair.split_once('=')?;
                    Some((name.trim().to_owned(), Value::String(value.trim().to_owned())))
                };
                match pairs.map(pair).collect() {
                    Some(table) => Value::Table(table),
                    None => return self.problems.push(format!("{from} must be of the form name=value,name=value")),
                }
            }
            _ => Value::String(text.to_owned()),
        };
        self.put(key, value, origin, from);
    }

    pub(super) fn put(&mut self, key: &str, value: Value, origin: Origin, from: &str) {
        let hint = self.nearest(key);
        let Some(slot) = self.slot(key) else {
            let hint = hint.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return self.problems.push(format!("{from} sets `{key}`, which is no setting{hint}"));
        };
        if slot.type_str() != value.type_str() {
            let problem = format!("`{key}` in {from} must be of type {}, not {}", slot.type_str(), value.type_str());
            return self.problems.push(problem);
        }
        *slot = value;
        self.origins.insert(key.to_owned(), origin);
    }

    pub(super) fn slot(&mut self, key: &str) -> Option<&mut Value> {
        let (section, name) = key.split_once('.')?;
        self.table.get_mut(section)?.as_table_mut()?.get_mut(name)
    }

    pub(super) fn nearest(&self, key: &str) -> Option<String> {
        let (section, name) = key.split_once('.').unwrap_or(("", key));
        self.keys()
            .map(|(known, _)| known)
            .filter(|known| known.ends_with(&format!(".{name}")) || known.starts_with(&format!("{section}.")))
            .min_by_key(|known| distance(known, key))
            .filter(|known| distance(known, key) <= 2 + key.len() / 3)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = (String, &Value)> {
        self.table.iter().filter_map(|(section, content)| Some((section, content.as_table()?))).flat_map(
            |(section, content)| content.iter().map(move |(name, value)| (format!("{section}.{name}"), value)),
        )
    }

    pub(super) fn finish(mut self) -> Result<(Config, Vec<Setting>), ConfigError> {
        let settings = self
            .keys()
            .map(|(key, value)| Setting {
                origin: self.origins.get(&key).copied().unwrap_or(Origin::Default),
                value: shown(value),
                key,
            })
            .collect();
        let mut problems = std::mem::take(&mut self.problems);
        let config = self.sections(&mut problems);
        if let Some(config) = &config {
            problems.extend(config.senseless());
        }
        match config {
            Some(config) if problems.is_empty() => Ok((config, settings)),
            _ => Err(ConfigError { problems }),
        }
    }

    /// Reads section by section, so that a mistake in one does not hide those in another.
    pub(super) fn sections(&self, problems: &mut Vec<String>) -> Option<Config> {
        Some(Config {
            node: self.section("node", problems),
            log: self.section("log", problems),
            kafka: self.section("kafka", problems),
            http: self.section("http", problems),
            collect: self.section("collect", problems),
            process: self.section("process", problems),
            dedupe: self.section("dedupe", problems),
            profiles: self.section("profiles", problems),
            streams: self.section("streams", problems),
            deliver: self.section("deliver", problems),
            expired: self.section("expired", problems),
            receipts: self.section("receipts", problems),
            archive: self.section("archive", problems),
            logging: self.section("logging", problems),
        })
    }

    pub(super) fn section<T: serde::de::DeserializeOwned>(&self, name: &str, problems: &mut Vec<String>) -> T {
        let table = &self.table[name];
        table.clone().try_into().unwrap_or_else(|error: toml::de::Error| {
            problems.push(format!("[{name}]: {}", error.message()));
            let defaults = DEFAULTS.parse::<Table>().expect("the defaults that ship with the binary are TOML");
            defaults[name].clone().try_into().expect("the defaults that ship with the binary are valid")
        })
    }
}

/// A value as people may see it: a table as a list of its entries, secrets masked.
fn shown(value: &Value) -> Value {
    let Value::Table(table) = value else { return value.clone() };
    let entry = |(name, value): (&String, &Value)| match value {
        _ if is_secret(name) => format!("{name}={MASK}"),
        Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    };
    Value::Array(table.iter().map(entry).map(Value::String).collect())
}

/// How many single-character edits lie between two keys.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.bytes().enumerate() {
            let change = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}
