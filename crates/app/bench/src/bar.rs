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
    FloorRatio,
    /// One of those beside the value, by its name.
    Beside(&'static str),
}

#[derive(Clone, Copy)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// What one run found.
pub(crate) struct Measured {
    /// In the bar's unit.
    pub(crate) value: f64,
    /// What is measured as a multiple of the floor, in the same run. None where nothing is unavoidable.
    pub(crate) floor_ratio: Option<f64>,
    /// What else was seen in the same run.
    pub(crate) beside: Vec<Reading>,
    pub(crate) settings: serde_json::Value,
}

impl Measured {
    /// A value and the floor's, both in the bar's unit.
    pub(crate) fn against(floor: f64, value: f64, settings: serde_json::Value) -> Self {
        Self { value, floor_ratio: Some(value / floor), beside: Vec::new(), settings }
    }
}

/// A figure beside the value of a bar.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// Stable, with its unit at the end, as in `rss_max_mb`.
    pub(crate) name: &'static str,
    /// In words for people.
    pub(crate) label: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// The demands in words.
    pub(crate) bar: String,
    pub(crate) met: bool,
    pub(crate) floor_ratio: Option<f64>,
    /// How it was measured, and all readings beside the value under `figures`.
    pub(crate) settings: serde_json::Value,
    #[serde(skip)]
    pub(crate) beside: Vec<Reading>,
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
    #[error(transparent)]
    System(#[from] rustix::io::Errno),
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
        let met = self.demands.iter().all(|demand| demand.is_met(&measured));
        let demands: Vec<_> = self.demands.iter().map(|demand| demand.in_words(self.unit, &measured)).collect();
        let mut settings = measured.settings;
        if let (false, Some(settings)) = (measured.beside.is_empty(), settings.as_object_mut()) {
            let figures = measured.beside.iter().map(|reading| (reading.name.to_owned(), reading.value.into()));
            settings.insert("figures".to_owned(), serde_json::Value::Object(figures.collect()));
        }
        Outcome {
            name: self.name,
            value: measured.value,
            unit: self.unit,
            bar: demands.join(", "),
            met,
            floor_ratio: measured.floor_ratio,
            settings,
            beside: measured.beside,
        }
    }
}

impl Demand {
    /// A figure that was not measured meets nothing.
    fn is_met(&self, measured: &Measured) -> bool {
        let figure = match self.of {
            Figure::Value => Some(measured.value),
            Figure::FloorRatio => measured.floor_ratio,
            Figure::Beside(name) => measured.reading(name).map(|reading| reading.value),
        };
        figure.is_some_and(|figure| self.bound.holds(figure))
    }

    fn in_words(&self, unit: &str, measured: &Measured) -> String {
        match self.of {
            Figure::Value => format!("{} {unit}", self.bound),
            Figure::FloorRatio => format!("{}x the floor", self.bound),
            Figure::Beside(name) => match measured.reading(name) {
                Some(reading) => format!("{} {} {}", reading.label, self.bound, reading.unit).trim_end().to_owned(),
                None => format!("{name} {}", self.bound),
            },
        }
    }
}

impl Measured {
    fn reading(&self, name: &str) -> Option<&Reading> {
        self.beside.iter().find(|reading| reading.name == name)
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
            Demand { of: Figure::Beside("cpu_us"), bound: Bound::AtMost(5.0) },
        ],
        measure: || Err(MeasureError::Wrong("not measured in tests".to_owned())),
    };

    fn measured(value: f64, floor: f64, cpu_us: f64) -> Measured {
        let cpu = Reading { name: "cpu_us", label: "CPU", value: cpu_us, unit: "us" };
        Measured { beside: vec![cpu], ..Measured::against(floor, value, serde_json::json!({})) }
    }

    fn met(value: f64, floor: f64, cpu_us: f64) -> bool {
        BAR.judge(measured(value, floor, cpu_us)).met
    }

    #[test]
    fn a_bar_is_met_when_every_demand_is() {
        assert!(met(100.0, 50.0, 5.0));
        assert!(!met(99.0, 50.0, 5.0), "too little");
        assert!(!met(101.0, 50.0, 5.0), "too far from the floor");
        assert!(!met(100.0, 50.0, 5.1), "too dear");
        assert!(!met(f64::NAN, 50.0, 5.0), "nothing measured");
    }

    #[test]
    fn what_was_not_measured_meets_no_demand() {
        let without_cpu = Measured { beside: Vec::new(), ..measured(100.0, 50.0, 0.0) };
        assert!(!BAR.judge(without_cpu).met);
        let without_floor = Measured { floor_ratio: None, ..measured(100.0, 50.0, 0.0) };
        assert!(!BAR.judge(without_floor).met);
    }

    #[test]
    fn an_outcome_says_what_was_demanded_and_all_that_was_seen() {
        let outcome = BAR.judge(measured(150.0, 100.0, 1.5));
        assert_eq!(outcome.bar, ">= 100 things/s, <= 2x the floor, CPU <= 5 us");
        assert!((outcome.floor_ratio.unwrap() - 1.5).abs() < 1e-9);
        assert_eq!(outcome.settings["figures"]["cpu_us"], 1.5);
    }
}
