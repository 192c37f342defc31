use std::fmt;
use std::io;

use serde::Serialize;
use thiserror::Error;

/// Something that is measured, and what is demanded of it.
pub(crate) struct Bar {
    /// Stable: results of different days are compared by it.
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    /// All of them have to be met.
    pub(crate) demands: &'static [Demand],
    pub(crate) measure: fn() -> Result<Measured, MeasureError>,
}

#[derive(Clone, Copy)]
pub(crate) struct Demand {
    pub(crate) of: Figure,
    pub(crate) bound: Bound,
}

#[derive(Clone, Copy)]
pub(crate) enum Figure {
    Value,
    /// The value divided by the floor's.
    FloorRatio,
}

#[derive(Clone, Copy)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// Both figures in the bar's unit, from the same run.
pub(crate) struct Measured {
    pub(crate) value: f64,
    pub(crate) floor: f64,
    pub(crate) settings: serde_json::Value,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// The demands in words.
    pub(crate) bar: String,
    pub(crate) met: bool,
    pub(crate) floor_ratio: f64,
    pub(crate) settings: serde_json::Value,
}

#[derive(Debug, Error)]
pub(crate) enum MeasureError {
    #[error("no bar's name begins with {prefix:?}; there are {names}")]
    NoSuchBar { prefix: String, names: String },
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Open(#[from] prime_log::OpenError),
    #[error(transparent)]
    Append(#[from] prime_log::AppendError),
    /// What would be measured does not do what it should.
    #[error("{0}")]
    Wrong(String),
}

impl Bar {
    pub(crate) fn outcome(&self) -> Result<Outcome, MeasureError> {
        let measured = (self.measure)()?;
        Ok(self.judge(measured))
    }

    fn judge(&self, measured: Measured) -> Outcome {
        let floor_ratio = measured.value / measured.floor;
        let met = self.demands.iter().all(|demand| match demand.of {
            Figure::Value => demand.bound.holds(measured.value),
            Figure::FloorRatio => demand.bound.holds(floor_ratio),
        });
        let demands: Vec<_> = self.demands.iter().map(|demand| demand.in_words(self.unit)).collect();
        Outcome {
            name: self.name,
            value: measured.value,
            unit: self.unit,
            bar: demands.join(", "),
            met,
            floor_ratio,
            settings: measured.settings,
        }
    }
}

impl Demand {
    fn in_words(&self, unit: &str) -> String {
        match self.of {
            Figure::Value => format!("{} {unit}", self.bound),
            Figure::FloorRatio => format!("{}x the floor", self.bound),
        }
    }
}

impl Bound {
    fn holds(self, figure: f64) -> bool {
        match self {
            Self::AtLeast(bound) => figure >= bound,
            Self::AtMost(bound) => figure <= bound,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(bound) => write!(f, ">= {bound}"),
            Self::AtMost(bound) => write!(f, "<= {bound}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAR: Bar = Bar {
        name: "example",
        unit: "things/s",
        demands: &[
            Demand { of: Figure::Value, bound: Bound::AtLeast(100.0) },
            Demand { of: Figure::FloorRatio, bound: Bound::AtMost(2.0) },
        ],
        measure: || Err(MeasureError::Wrong("not measured in tests".to_owned())),
    };

    fn met(value: f64, floor: f64) -> bool {
        BAR.judge(Measured { value, floor, settings: serde_json::Value::Null }).met
    }

    #[test]
    fn a_bar_is_met_when_every_demand_is() {
        assert!(met(100.0, 50.0));
        assert!(!met(99.0, 50.0), "too little");
        assert!(!met(101.0, 50.0), "too far from the floor");
        assert!(!met(f64::NAN, 50.0), "nothing measured");
    }

    #[test]
    fn an_outcome_says_what_was_demanded() {
        let outcome = BAR.judge(Measured { value: 150.0, floor: 100.0, settings: serde_json::Value::Null });
        assert_eq!(outcome.bar, ">= 100 things/s, <= 2x the floor");
        assert!((outcome.floor_ratio - 1.5).abs() < 1e-9);
    }
}
