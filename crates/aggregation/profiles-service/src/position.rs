use std::fmt;
use std::str::FromStr;

/// A place in the streams, as it is handed to clients: they send it back and need not understand it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Everything before this offset of `events`.
    Events(u64),
    /// The request with this offset in the journal, and everything before it.
    Journal(u64),
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Events(offset) => write!(f, "e{offset}"),
            Self::Journal(offset) => write!(f, "j{offset}"),
        }
    }
}

impl FromStr for Position {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (stream, offset) = text.split_at_checked(1).ok_or(())?;
        let offset = offset.parse().map_err(|_| ())?;
        match stream {
            "e" => Ok(Self::Events(offset)),
            "j" => Ok(Self::Journal(offset)),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_read_back_and_nothing_else_is_one() {
        for position in [Position::Events(0), Position::Journal(u64::MAX)] {
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        for text in ["", "e", "7", "x7", "e-1", "j1.5", "é"] {
            assert!(text.parse::<Position>().is_err(), "{text}");
        }
    }
}
