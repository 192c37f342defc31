//! Taking turns, so that what else the machine does meets both sides alike.

use crate::bar::MeasureError;

/// Medians of the value and of the floor over some rounds.
pub(crate) fn medians(
    rounds: usize,
    value: impl FnMut() -> Result<f64, MeasureError>,
    floor: impl FnMut() -> Result<f64, MeasureError>,
) -> Result<(f64, f64), MeasureError> {
    let (values, floors) = in_turns(rounds, value, floor)?;
    Ok((median(values), median(floors)))
}

/// What both sides show in some rounds, in each of which both are measured, one after the other.
pub(crate) fn in_turns<T>(
    rounds: usize,
    mut value: impl FnMut() -> Result<T, MeasureError>,
    mut floor: impl FnMut() -> Result<T, MeasureError>,
) -> Result<(Vec<T>, Vec<T>), MeasureError> {
    let (mut values, mut floors) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        // Whoever goes first may find a cold cache or a busy disk.
        if round % 2 == 0 {
            values.push(value()?);
            floors.push(floor()?);
        } else {
            floors.push(floor()?);
            values.push(value()?);
        }
    }
    Ok((values, floors))
}

pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wild_round_does_not_move_the_median() {
        let mut figures = [3.0, 1000.0, 4.0, 3.5, 5.0].into_iter();
        let (value, floor) = medians(5, || Ok(figures.next().unwrap()), || Ok(1.0)).unwrap();
        assert_eq!((value, floor), (4.0, 1.0));
        assert!(median(Vec::new()).is_nan());
    }
}
