use prime_event::Timestamp;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How finely time is divided. Days are those of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resolution {
    Minute,
    Hour,
    Day,
}

impl Resolution {
    pub const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    pub fn step_ms(self) -> i64 {
        match self {
            Self::Minute => MINUTE_MS,
            Self::Hour => HOUR_MS,
            Self::Day => DAY_MS,
        }
    }

    /// How far back it may be asked for, and is kept: what Segment's API documents.
    pub fn kept_ms(self) -> i64 {
        match self {
            Self::Minute => 48 * HOUR_MS,
            Self::Hour | Self::Day => 30 * DAY_MS,
        }
    }

    /// The longest range of one question, documented there too.
    pub fn range_ms_max(self) -> i64 {
        match self {
            Self::Minute => 4 * HOUR_MS,
            Self::Hour => 14 * DAY_MS,
            Self::Day => 30 * DAY_MS,
        }
    }

    /// The start of the minute, hour or day that a time belongs to.
    pub fn start_of(self, time: Timestamp) -> Timestamp {
        self.start(self.slot(time))
    }

    /// Its number since 1970.
    pub(crate) fn slot(self, time: Timestamp) -> u32 {
        u32::try_from(time.as_millis().div_euclid(self.step_ms())).unwrap_or(0)
    }

    pub(crate) fn start(self, slot: u32) -> Timestamp {
        Timestamp::from_millis(i64::from(slot) * self.step_ms())
    }

    /// The oldest one that is kept: the one that the oldest start of a question lies in.
    pub(crate) fn oldest_slot(self, now: Timestamp) -> u32 {
        self.slot(Timestamp::from_millis(now.as_millis() - self.kept_ms()))
    }

    pub(crate) fn number(self) -> u8 {
        self as u8
    }
}
