use serde::{Deserialize, Serialize};

/// How many values of a type one profile may get within a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    pub values: u32,
    pub window: Window,
}

/// The time in which values count against a limit. All but [`Window::Ever`] slide: what counts is the time from then back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    Daily,
    Weekly,
    /// 30 days.
    Monthly,
    /// 365 days.
    Annually,
    Ever,
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

impl Window {
    pub const ALL: [Self; 5] = [Self::Daily, Self::Weekly, Self::Monthly, Self::Annually, Self::Ever];

    /// Length in milliseconds; none for ever.
    pub fn millis(self) -> Option<i64> {
        match self {
            Self::Daily => Some(DAY_MS),
            Self::Weekly => Some(7 * DAY_MS),
            Self::Monthly => Some(30 * DAY_MS),
            Self::Annually => Some(365 * DAY_MS),
            Self::Ever => None,
        }
    }

    /// Whether a value that a profile got at `since` counts at `now`.
    #[inline]
    pub fn covers(self, since_ms: i64, now_ms: i64) -> bool {
        self.millis().is_none_or(|length| since_ms > now_ms.saturating_sub(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stops_to_count_when_its_window_has_passed() {
        assert!(Window::Weekly.covers(0, 7 * DAY_MS - 1));
        assert!(!Window::Weekly.covers(0, 7 * DAY_MS));
        assert!(Window::Ever.covers(i64::MIN, i64::MAX));
        assert!(Window::Daily.covers(5, 5));
    }
}
