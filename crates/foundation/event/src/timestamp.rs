//! Points in time, to the millisecond, in the one form that leaves us.

use std::fmt;

/// Milliseconds since 1970 in UTC. Displays as RFC 3339 with three fraction digits and `Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Before and after every other.
    pub const EARLIEST: Self = Self(i64::MIN);
    pub const LATEST: Self = Self(i64::MAX);

    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// The time of this machine's clock.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_millisecond())
    }

    /// Reads the forms that SDKs send: RFC 3339 with `Z` or an offset and 0 to 9 fraction digits, a blank for the `T`,
    /// a time without an offset (taken as UTC), and a plain date (its midnight in UTC).
    ///
    /// Go's zero time, `0001-01-01T00:00:00Z`, means that no time was set and reads as none.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let instant = match text.parse::<jiff::Timestamp>() {
            Ok(instant) => instant,
            Err(_) => {
                let local = text.parse::<jiff::civil::DateTime>().ok()?;
                jiff::tz::Offset::UTC.to_timestamp(local).ok()?
            }
        };
        let millis = instant.as_millisecond();
        (millis > GO_ZERO_TIME_ENDS).then_some(Self(millis))
    }

    /// The start of the UTC day that this time falls in.
    pub fn day(self) -> Self {
        Self(self.0.div_euclid(DAY_MS) * DAY_MS)
    }
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// 0001-01-02T00:00:00Z: whatever lies before is Go's zero time, in any zone.
const GO_ZERO_TIME_ENDS: i64 = -62_135_510_400_000;

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(instant) => write!(f, "{instant:.3}"),
            Err(_) => f.write_str(if self.0 < 0 { "-009999-01-02T01:59:59.000Z" } else { "9999-12-30T22:00:00.000Z" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        Timestamp::parse(text).map(|time| time.to_string())
    }

    #[test]
    fn every_form_an_sdk_sends_reads_as_the_same_instant() {
        for text in [
            "2015-12-12T19:11:01.152Z",
            "2015-12-12T19:11:01.1529999Z",
            "2015-12-12T20:11:01.152+01:00",
            "2015-12-12T19:11:01.152000+00:00",
            "2015-12-12 19:11:01.152Z",
            "2015-12-12T19:11:01.152",
            " 2015-12-12T14:11:01.152000001-05:00 ",
        ] {
            assert_eq!(read(text).as_deref(), Some("2015-12-12T19:11:01.152Z"), "{text}");
        }
        assert_eq!(read("2015-12-12T19:11:01+00:00").as_deref(), Some("2015-12-12T19:11:01.000Z"));
        assert_eq!(read("2015-12-12").as_deref(), Some("2015-12-12T00:00:00.000Z"));
    }

    #[test]
    fn what_is_no_time_reads_as_none() {
        for text in ["", "yesterday", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+02:00", "2015-13-01", "1450000000"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_starts_at_midnight_utc_before_1970_too() {
        assert_eq!(Timestamp::parse("2015-12-12T19:11:01Z").unwrap().day().to_string(), "2015-12-12T00:00:00.000Z");
        assert_eq!(Timestamp::from_millis(-1).day().to_string(), "1969-12-31T00:00:00.000Z");
    }
}
