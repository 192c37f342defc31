//! Where in time a message says it belongs, so that a retry is looked for in one place and not in thirty days.

/// How far ahead of its arrival a message's own time may be: a client's clock that is off by a time zone or a day.
pub const ADDRESS_AHEAD_MS: i64 = 24 * 3_600_000;

/// The earliest time taken from an id, 2010-01-01: what is before is no time but other digits.
const ID_TIME_MIN_MS: i64 = 1_262_304_000_000;

/// The time that a message and each of its retries carry alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// Milliseconds since 1970 by the client's clock, right or wrong.
    Timed(i64),
    /// The message tells no usable time.
    Untimed,
    /// It tells one that is too far from its arrival, as of a client whose clock is off by months.
    OutOfRange,
}

impl Address {
    /// The time in the id where there is one, else the client's own timestamp as it was sent. What was corrected by
    /// `sentAt` is no address: a retry is sent at another time.
    ///
    /// Usable is what lies within two windows before and a day after the arrival. A message whose time was usable at
    /// its first arrival and no older than a window finds its first until a window has passed.
    pub fn of(message_id: &str, timestamp_ms: Option<i64>, received_at_ms: i64, window_ms: i64) -> Self {
        let Some(time_ms) = time_in_id(message_id).or(timestamp_ms) else { return Self::Untimed };
        let oldest = received_at_ms.saturating_sub(window_ms.saturating_mul(2));
        let newest = received_at_ms.saturating_add(ADDRESS_AHEAD_MS);
        if (oldest..=newest).contains(&time_ms) { Self::Timed(time_ms) } else { Self::OutOfRange }
    }

    /// The number of the stretch of time it lies in; none when untimed.
    pub(crate) fn generation(self, generation_ms: i64) -> Option<i32> {
        match self {
            Self::Timed(ms) => i32::try_from(ms.div_euclid(generation_ms)).ok(),
            Self::Untimed | Self::OutOfRange => None,
        }
    }
}

/// Milliseconds since 1970 that an id carries: `ajs-next-<ms>-…` and `node-next-<ms>-…` of the public SDKs, and UUIDs of
/// version 7.
pub fn time_in_id(message_id: &str) -> Option<i64> {
    let time = time_of_sdk(message_id).or_else(|| time_of_uuid(message_id))?;
    (time >= ID_TIME_MIN_MS).then_some(time)
}

fn time_of_sdk(message_id: &str) -> Option<i64> {
    let rest = message_id.strip_prefix("ajs-next-").or_else(|| message_id.strip_prefix("node-next-"))?;
    let (digits, _) = rest.split_once('-')?;
    // 13 digits from 2001 to 2286.
    (digits.len() == 13 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// `tttttttt-tttt-7xxx-[89ab]xxx-xxxxxxxxxxxx`: the first 48 bits are the time.
fn time_of_uuid(message_id: &str) -> Option<i64> {
    let bytes = message_id.as_bytes();
    if bytes.len() != 36 || bytes[14] != b'7' || !matches!(bytes[19].to_ascii_lowercase(), b'8' | b'9' | b'a' | b'b') {
        return None;
    }
    let shaped = bytes.iter().enumerate().all(|(place, byte)| match place {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    if !shaped {
        return None;
    }
    let high = i64::from_str_radix(message_id.get(..8)?, 16).ok()?;
    let low = i64::from_str_radix(message_id.get(9..13)?, 16).ok()?;
    Some(high << 16 | low)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;
    const NOW: i64 = 1_764_000_000_000;

    fn of(id: &str, timestamp_ms: Option<i64>) -> Address {
        Address::of(id, timestamp_ms, NOW, 30 * DAY)
    }

    #[test]
    fn the_time_in_an_id_wins_over_the_timestamp() {
        let sdk = "ajs-next-1763999999123-0b9c7a53-0000-4000-8000-000000000000";
        assert_eq!(of(sdk, Some(NOW)), Address::Timed(1_763_999_999_123));
        assert_eq!(of("node-next-1763999999123-abc", None), Address::Timed(1_763_999_999_123));
        // 0x019ab5a3d800 ms
        assert_eq!(time_in_id("019ab5a3-d800-7000-8000-000000000000"), Some(0x019a_b5a3_d800));
        assert_eq!(time_in_id("019AB5A3-D800-7000-B000-00000000000F"), Some(0x019a_b5a3_d800));
    }

    #[test]
    fn what_only_looks_like_a_time_is_none() {
        for id in [
            "",
            "ajs-next-",
            "ajs-next-17639999991234-x",
            "ajs-next-176399999912-x",
            "ajs-next-+763999999123-x",
            "ajs-next-1763999999123",
            "node-9e107d9d372bb6826bd81d3542a419d6-0b9c7a53",
            "019ab5a3-d800-4000-8000-000000000000",
            "019ab5a3-d800-7000-c000-000000000000",
            "019ab5a3xd800-7000-8000-000000000000",
            "019ab5a3-d80g-7000-8000-000000000000",
            "00000000-0001-7000-8000-000000000000",
            "äöüäöüäöü-7-8äöüäöü",
        ] {
            assert_eq!(time_in_id(id), None, "{id}");
        }
    }

    #[test]
    fn a_time_is_usable_from_two_windows_before_to_a_day_after_the_arrival() {
        assert_eq!(of("m", None), Address::Untimed);
        for (time, usable) in [
            (NOW - 60 * DAY, true),
            (NOW - 60 * DAY - 1, false),
            (NOW + DAY, true),
            (NOW + DAY + 1, false),
            (i64::MIN, false),
            (i64::MAX, false),
        ] {
            let expected = if usable { Address::Timed(time) } else { Address::OutOfRange };
            assert_eq!(of("m", Some(time)), expected, "{time}");
        }
    }

    #[test]
    fn a_generation_is_the_stretch_that_a_time_lies_in() {
        assert_eq!(Address::Timed(7).generation(10), Some(0));
        assert_eq!(Address::Timed(-1).generation(10), Some(-1));
        assert_eq!(Address::Untimed.generation(10), None);
        assert_eq!(Address::OutOfRange.generation(10), None);
    }
}
