//! Which part of an event is sent.

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::value::RawValue;

/// A path into an event, such as `$.properties.products[0]`; `$.` is the whole event.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DataPath(Vec<Step>);

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(usize),
}

impl DataPath {
    /// None if the text is not a path. The leading `$.` may be left out.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('$').map_or(text, |rest| rest.strip_prefix('.').unwrap_or(rest));
        let mut steps = Vec::new();
        if text.is_empty() {
            return Some(Self(steps));
        }
        for part in text.split('.') {
            let (name, mut elements) = part.split_at(part.find('[').unwrap_or(part.len()));
            if name.is_empty() && elements.is_empty() {
                return None;
            }
            if !name.is_empty() {
                steps.push(Step::Member(name.to_owned()));
            }
            while !elements.is_empty() {
                let (index, rest) = elements.strip_prefix('[')?.split_once(']')?;
                steps.push(Step::Element(index.parse().ok()?));
                elements = rest;
            }
        }
        Some(Self(steps))
    }

    /// The value there, byte for byte as the event holds it; none if there is none.
    pub(super) fn find(&self, payload: &Bytes) -> Option<Bytes> {
        if self.0.is_empty() {
            return Some(payload.clone());
        }
        let mut found = std::str::from_utf8(payload).ok()?;
        for step in &self.0 {
            let inner: &RawValue = match step {
                Step::Member(name) => serde_json::from_str::<HashMap<String, &RawValue>>(found).ok()?.remove(name)?,
                Step::Element(index) => serde_json::from_str::<Vec<&RawValue>>(found).ok()?.get(*index)?,
            };
            found = inner.get();
        }
        Some(payload.slice_ref(found.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_the_bytes_of_its_value() {
        let payload =
            Bytes::from_static(br#"{"properties":{"total": 99.50,"products":[{"id":1},{"id": 2.0}],"a b":null}}"#);
        for (path, value) in [
            ("$.properties.total", Some("99.50")),
            ("properties.products[1]", Some(r#"{"id": 2.0}"#)),
            ("$.properties.products[1].id", Some("2.0")),
            ("$.properties.a b", Some("null")),
            ("$.properties.products[2]", None),
            ("$.properties.total.x", None),
            ("$.traits", None),
        ] {
            let found = DataPath::parse(path).unwrap().find(&payload);
            assert_eq!(found.as_deref(), value.map(str::as_bytes), "{path}");
        }
        for whole in ["$.", "$", ""] {
            assert_eq!(DataPath::parse(whole).unwrap().find(&payload).unwrap(), payload);
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["$..a", "a.", "a[", "a[x]", "a[0]b", "[", "a[-1]"] {
            assert_eq!(DataPath::parse(text), None, "{text}");
        }
    }
}
