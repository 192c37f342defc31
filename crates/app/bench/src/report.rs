use std::fmt::Write;
use std::io;
use std::path::Path;

use crate::bar::{Outcome, Reading};

const HEADINGS: [&str; 5] = ["bar", "measured", "floor ratio", "demanded", ""];

const READINGS_A_LINE: usize = 5;

/// For people.
pub(crate) fn table(outcomes: &[Outcome]) -> String {
    let rows: Vec<_> = [HEADINGS.map(str::to_owned)].into_iter().chain(outcomes.iter().map(cells)).collect();
    let widths: [usize; 5] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default());
    let mut out = String::new();
    for (place, row) in rows.iter().enumerate() {
        let line: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(out, "{}", line.join("  ").trim_end());
        if let Some(outcome) = place.checked_sub(1).and_then(|place| outcomes.get(place)) {
            out.push_str(&readings(outcome));
        }
    }
    out
}

/// The readings beside the value, some on each line.
fn readings(outcome: &Outcome) -> String {
    let readings: Vec<_> = outcome.beside.iter().map(reading).collect();
    readings.chunks(READINGS_A_LINE).map(|line| format!("    {}\n", line.join(", "))).collect()
}

/// What was found, as soon as it is known.
pub(crate) fn in_a_line(outcome: &Outcome) -> String {
    let value = format!("{} {}", figure(outcome.value), outcome.unit);
    std::iter::once(value).chain(outcome.beside.iter().map(reading)).collect::<Vec<_>>().join(", ")
}

fn reading(reading: &Reading) -> String {
    format!("{} {} {}", reading.label, figure(reading.value), reading.unit).trim_end().to_owned()
}

fn cells(outcome: &Outcome) -> [String; 5] {
    let verdict = if outcome.met { "met" } else { "NOT MET" };
    [
        outcome.name.to_owned(),
        format!("{} {}", figure(outcome.value), outcome.unit),
        outcome.floor_ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}x")),
        outcome.bar.clone(),
        verdict.to_owned(),
    ]
}

fn figure(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// For programs.
pub(crate) fn write(outcomes: &[Outcome], path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut text = serde_json::to_string_pretty(outcomes)?;
    text.push('\n');
    std::fs::write(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome() -> Outcome {
        Outcome {
            name: "log.append",
            value: 12_345.678,
            unit: "appends/s",
            bar: ">= 1".to_owned(),
            met: false,
            floor_ratio: Some(0.5),
            settings: serde_json::json!({"callers": 64}),
            beside: vec![Reading { name: "cpu_us", label: "CPU", value: 1.25, unit: "us" }],
        }
    }

    #[test]
    fn the_table_says_what_was_not_met() {
        let table = table(&[outcome()]);
        assert_eq!(table.lines().count(), 3);
        assert!(table.contains("12346 appends/s  0.50x") && table.contains("NOT MET\n"), "{table}");
        assert!(table.ends_with("    CPU 1.25 us\n"), "{table}");
    }

    #[test]
    fn results_are_a_list_with_the_agreed_members() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bench/results.json");
        write(&[outcome()], &path).unwrap();
        let results: Vec<serde_json::Map<String, serde_json::Value>> =
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let names: Vec<_> = results[0].keys().map(String::as_str).collect();
        assert_eq!(names, ["name", "value", "unit", "bar", "met", "floor_ratio", "settings"]);
    }
}
