//! Which traits of a call are kept, as the contract says.

/// "Identify calls with 300+ traits are rejected": the first number that is too many.
pub const TRAITS_OF_A_CALL_END: usize = 300;
/// "Events are dropped with more than 300 properties": the last number that is taken.
pub const PROPERTIES_MAX: usize = 300;
/// Bytes, where the contract says characters: ids of this length are ASCII.
pub const GROUP_ID_BYTES_MAX: usize = 500;

/// Whether a trait's text is a date with a time of day and no zone. Nobody can say which instant that is, so it is not
/// kept. A plain date is kept: it needs no zone.
pub(crate) fn is_time_without_zone(text: &str) -> bool {
    let bytes = text.as_bytes();
    // The shortest is "2024-01-01T10:00".
    if bytes.len() < 16
        || !matches!(bytes[10], b'T' | b't' | b' ')
        || !is_date(&bytes[..10])
        || !is_minutes(&bytes[11..16])
    {
        return false;
    }
    let mut rest = &bytes[16..];
    if let [b':', tens, ones, after @ ..] = rest
        && tens.is_ascii_digit()
        && ones.is_ascii_digit()
    {
        rest = after;
        if let [b'.' | b',', fraction @ ..] = rest {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            rest = &fraction[digits..];
        }
    }
    rest.is_empty()
}

fn is_date(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(place, byte)| match place {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    })
}

fn is_minutes(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(place, byte)| if place == 2 { *byte == b':' } else { byte.is_ascii_digit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_time_of_day_without_a_zone_is_without_meaning() {
        for text in ["2024-01-01T10:00", "2024-01-01T10:00:00", "2024-01-01 10:00:00.123", "2024-01-01T10:00:00.000000"]
        {
            assert!(is_time_without_zone(text), "{text}");
        }
        for text in [
            "2024-01-01",
            "2024-01-01T10:00:00Z",
            "2024-01-01T10:00:00.123+01:00",
            "2024-01-01T10:00-05:00",
            "2024-01-01T10:00 in the morning",
            "2024-01-01 was a holiday",
            "call me at 10:00",
            "",
            "äöüäöüäöüäöü",
        ] {
            assert!(!is_time_without_zone(text), "{text}");
        }
    }
}
