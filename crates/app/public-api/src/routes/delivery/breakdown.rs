//! `groupBy` and `filter`, in all the ways in which clients write lists and objects into a query.

use std::collections::BTreeMap;

use prime_receipts::Dimension;
use url::form_urlencoded;

use crate::error::ApiError;

/// How counts are to be taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Breakdown {
    pub(super) group_by: Vec<Dimension>,
    /// Only what has one of the values, for each of the dimensions.
    pub(super) filter: Vec<(Dimension, Vec<String>)>,
}

impl Breakdown {
    /// Reads `groupBy=a,b`, `groupBy=a&groupBy=b`, `groupBy[0]=a` and `groupBy.0=a`, and `filter[eventName][0]=a`,
    /// `filter[eventName]=a`, `filter.eventName.0=a` and `filter={"eventName":["a"]}`.
    pub(super) fn read(query: &str) -> Result<Self, ApiError> {
        let mut breakdown = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let path: Vec<&str> = name.split(['[', ']', '.']).filter(|part| !part.is_empty()).collect();
            match path[..] {
                ["groupBy", ..] => value.split(',').try_for_each(|name| breakdown.group_by(name.trim()))?,
                ["filter"] => breakdown.filter_all(&value)?,
                ["filter", name, ..] => breakdown.filter(name, &value)?,
                _ => {}
            }
        }
        Ok(breakdown)
    }

    /// Refuses what this step cannot be taken apart by.
    pub(super) fn check(&self, known: &[Dimension], why: &str) -> Result<(), ApiError> {
        let is_known = |dimension: &Dimension| known.contains(dimension);
        if !self.group_by.iter().all(is_known) {
            return Err(ApiError::field("groupBy", why));
        }
        if !self.filter.iter().all(|(dimension, _)| is_known(dimension)) {
            return Err(ApiError::field("filter", why));
        }
        Ok(())
    }

    fn group_by(&mut self, name: &str) -> Result<(), ApiError> {
        let dimension = dimension("groupBy", name)?;
        if !self.group_by.contains(&dimension) {
            self.group_by.push(dimension);
        }
        Ok(())
    }

    fn filter(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        let dimension = dimension("filter", name)?;
        match self.filter.iter_mut().find(|(known, _)| *known == dimension) {
            Some((_, values)) => values.push(value.to_owned()),
            None => self.filter.push((dimension, vec![value.to_owned()])),
        }
        Ok(())
    }

    fn filter_all(&mut self, json: &str) -> Result<(), ApiError> {
        let read: Result<BTreeMap<String, Vec<String>>, _> = serde_json::from_str(json);
        let shape = "Write a filter as filter[eventName][0]=Signup, or as JSON: {\"eventName\":[\"Signup\"]}.";
        for (name, values) in read.map_err(|_| ApiError::field("filter", shape))? {
            values.iter().try_for_each(|value| self.filter(&name, value))?;
        }
        Ok(())
    }
}

fn dimension(field: &str, name: &str) -> Result<Dimension, ApiError> {
    Dimension::parse(name).ok_or_else(|| {
        ApiError::field(
            field,
            "There is no such dimension; there are eventName, eventType, appVersion, discardReason and subscriptionId.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_every_way_in_which_clients_write_them() {
        let expected = vec![Dimension::EventName, Dimension::DiscardReason];
        for query in [
            "groupBy=eventName,discardReason",
            "groupBy=eventName&groupBy=discardReason",
            "groupBy[0]=eventName&groupBy[1]=discardReason",
            "groupBy%5B%5D=eventName&groupBy%5B%5D=discardReason",
            "sourceId=x&groupBy.0=eventName&groupBy.1=discardReason&groupBy.2=eventName",
        ] {
            assert_eq!(Breakdown::read(query).unwrap().group_by, expected, "{query}");
        }
    }

    #[test]
    fn filters_are_read_in_every_way_in_which_clients_write_them() {
        let expected = vec![(Dimension::EventName, vec!["Sign up".to_owned(), "a.b".to_owned()])];
        for query in [
            "filter[eventName][0]=Sign+up&filter[eventName][1]=a.b",
            "filter.eventName.0=Sign%20up&filter.eventName.1=a.b",
            "filter%5BeventName%5D=Sign+up&filter%5BeventName%5D=a.b",
            "filter={\"eventName\":[\"Sign up\",\"a.b\"]}",
        ] {
            assert_eq!(Breakdown::read(query).unwrap().filter, expected, "{query}");
        }
    }

    #[test]
    fn what_there_is_not_is_refused() {
        for query in ["groupBy=spaceId", "groupBy=", "filter[colour]=red", "filter=red", "filter={\"eventName\":7}"] {
            assert!(Breakdown::read(query).is_err(), "{query}");
        }
        let by_name = Breakdown::read("groupBy=eventName").unwrap();
        assert!(by_name.check(&[Dimension::DiscardReason], "no").is_err());
        assert!(by_name.check(&[Dimension::EventName], "no").is_ok());
    }
}
