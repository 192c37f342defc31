use std::fmt::Write;
use std::io;
use std::path::Path;

use crate::bar::Outcome;

const HEADINGS: [&str; 5] = ["bar", "measured", "floor ratio", "demanded", ""];

/// For people.
pub(crate) fn table(outcomes: &[Outcome]) -> String {
    let rows: Vec<_> = [HEADINGS.map(str::to_owned)].into_iter().chain(outcomes.iter().map(cells)).collect();
    let widths: [usize; 5] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default());
    let mut out = String::new();
    for row in rows {
        let line: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(out, "{}", line.join("  ").trim_end());
    }
    out
}

fn cells(outcome: &Outcome) -> [String; 5] {
    let verdict = if outcome.met { "met" } else { "NOT MET" };
    [
        outcome.name.to_owned(),
        format!("{} {}", figure(outcome.value), outcome.unit),
        format!("{:.2}x", outcome.floor_ratio),
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
            floor_ratio: 0.5,
            settings: serde_json::json!({"callers": 64}),
        }
    }

    #[test]
    fn the_table_says_what_was_not_met() {
        let table = table(&[outcome()]);
        assert_eq!(table.lines().count(), 2);
        assert!(table.contains("12346 appends/s  0.50x") && table.ends_with("NOT MET\n"), "{table}");
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
