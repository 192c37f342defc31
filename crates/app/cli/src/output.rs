//! What commands print: tables for people, JSON for programs.

use std::io::{self, Write};

use clap::ValueEnum;
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

#[derive(Clone, Copy)]
pub(crate) struct Output(Format);

/// One column: its heading and where its text stands in each row.
pub(crate) type Column = (&'static str, fn(&Value) -> String);

impl Output {
    pub(crate) fn new(format: Format) -> Self {
        Self(format)
    }

    pub(crate) fn is_json(self) -> bool {
        self.0 == Format::Json
    }

    /// A list: a table, or the list itself as JSON.
    pub(crate) fn list(self, rows: &Value, columns: &[Column]) -> io::Result<()> {
        if self.is_json() {
            return self.json(rows);
        }
        let rows: Vec<Vec<String>> = rows
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| columns.iter().map(|(_, cell)| cell(row)).collect())
            .collect();
        let width = |at: usize| {
            let cells = rows.iter().map(|row: &Vec<String>| row[at].chars().count());
            cells.chain([columns[at].0.len()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns.len()).map(width).collect();
        let mut out = io::stdout().lock();
        write_row(&mut out, columns.iter().map(|(heading, _)| *heading), &widths)?;
        rows.iter().try_for_each(|row| write_row(&mut out, row.iter().map(String::as_str), &widths))
    }

    /// One thing: a sentence for people, or the thing as JSON.
    pub(crate) fn one(self, thing: &Value, sentence: impl FnOnce(&Value) -> String) -> io::Result<()> {
        if self.is_json() { self.json(thing) } else { self.line(&sentence(thing)) }
    }

    pub(crate) fn json(self, value: &Value) -> io::Result<()> {
        let mut out = io::stdout().lock();
        serde_json::to_writer_pretty(&mut out, value)?;
        writeln!(out)
    }

    pub(crate) fn line(self, line: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{line}")?;
        out.flush()
    }
}

fn write_row<'r>(out: &mut impl Write, cells: impl Iterator<Item = &'r str>, widths: &[usize]) -> io::Result<()> {
    let padded: Vec<String> = cells.zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
    writeln!(out, "{}", padded.join("  ").trim_end())
}

/// The text at a path of names and positions such as `/keys/0/key`; `-` where nothing stands.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
