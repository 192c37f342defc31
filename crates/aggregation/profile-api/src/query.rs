//! The parameters of a request.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use prime_event::Timestamp;

use crate::error::ApiError;

/// The default of Segment's reference; its guide to computed traits says 20.
pub(crate) const LIMIT_DEFAULT: usize = 10;

/// Parameters as they were sent, decoded; of one that was sent twice the last counts.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: Option<&str>) -> Self {
        let text = text.unwrap_or_default().as_bytes();
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// From 1 to `max`.
    pub(crate) fn limit(&self, max: usize) -> Result<usize, ApiError> {
        let Some(text) = self.get("limit") else { return Ok(LIMIT_DEFAULT.min(max)) };
        let limit = text.parse().ok().filter(|limit| (1..=max).contains(limit));
        limit.ok_or_else(|| ApiError::Validation(format!("The parameter limit takes a number from 1 to {max}.")))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.get(name) {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1" | "") => Ok(true),
            Some(_) => Err(ApiError::Validation(format!("The parameter {name} takes true or false."))),
        }
    }

    /// Names between commas; empty where there are none.
    pub(crate) fn names(&self, name: &str) -> Vec<Box<str>> {
        let names = self.get(name).into_iter().flat_map(|text| text.split(','));
        names.map(str::trim).filter(|name| !name.is_empty()).map(Box::from).collect()
    }

    pub(crate) fn time(&self, name: &str) -> Result<Option<Timestamp>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let time = Timestamp::parse(text);
        time.map(Some).ok_or_else(|| {
            ApiError::Validation(format!("The parameter {name} takes a time as in 2024-01-31T12:00:00Z."))
        })
    }

    /// Where to go on, as it was given out with the page before; empty is the beginning.
    pub(crate) fn next(&self) -> Result<Option<Vec<u8>>, ApiError> {
        let Some(text) = self.get("next").filter(|text| !text.is_empty()) else { return Ok(None) };
        BASE64_URL_SAFE_NO_PAD.decode(text).map(Some).map_err(|_| bad_cursor())
    }
}

pub(crate) fn bad_cursor() -> ApiError {
    ApiError::Validation(
        "The parameter next is not one that this server gave out; send cursor.next of the page before.".into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_have_bounds_and_defaults() {
        let query = Query::parse(Some("limit=5&include=a,%20b,,c%2Cd&verbose=true&limit=7&start=2024-01-01&next="));
        assert_eq!(query.limit(200), Ok(7));
        assert_eq!(query.names("include"), [Box::from("a"), "b".into(), "c".into(), "d".into()]);
        assert_eq!((query.flag("verbose"), query.flag("other")), (Ok(true), Ok(false)));
        assert_eq!(query.time("start").unwrap().unwrap().to_string(), "2024-01-01T00:00:00.000Z");
        assert_eq!(query.next(), Ok(None));
        assert_eq!(Query::parse(None).limit(200), Ok(10));
        assert_eq!(Query::parse(None).limit(5), Ok(5));
        for bad in ["limit=0", "limit=201", "limit=-1", "limit=x", "limit="] {
            assert!(Query::parse(Some(bad)).limit(200).is_err(), "{bad}");
        }
        assert!(Query::parse(Some("verbose=maybe")).flag("verbose").is_err());
        assert!(Query::parse(Some("end=yesterday")).time("end").is_err());
        assert!(Query::parse(Some("next=%21")).next().is_err());
    }
}
