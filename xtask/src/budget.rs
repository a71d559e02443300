//! `cargo xtask budget`: what the core costs, against what it may cost.
//!
//! Everything here is counted, never timed: the same tree gives the same figures on a busy machine.

pub mod callgrind;
mod calls;
pub mod device;
mod harness;
pub mod image;
mod panics;
mod rows;
mod size;
mod stack;

use std::fmt::Write as _;

use anyhow::{Result, bail};

use crate::workspace::Workspace;
pub use callgrind::Spent;
use device::Device;
pub use harness::Harness;
use image::Images;
use rows::{ASYNC, DEVICE, Measure, ROWS, Row};

/// What `cargo xtask budget` can be told.
#[derive(clap::Args, Default)]
pub struct Options {
    /// Fail when a row is over its budget.
    #[arg(long)]
    check: bool,
    /// Measure only the rows whose name contains this text.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Measure what a device pays: the rows of a Cortex-M, some of them in QEMU.
    #[arg(long)]
    device: bool,
    /// With --device: write the table of the board page anew.
    #[arg(long, requires = "device")]
    write: bool,
    /// Print the largest functions of every image that is counted, and the path to the deepest stack.
    #[arg(long)]
    functions: bool,
}

impl Options {
    /// All rows, failing when one is over its budget.
    pub fn checked() -> Self {
        Self {
            check: true,
            ..Self::default()
        }
    }

    /// All rows of a device, likewise.
    pub fn device_checked() -> Self {
        Self {
            device: true,
            ..Self::checked()
        }
    }
}

/// Measures the rows, prints the table, and with `--check` fails when one is over.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let wanted = |row: &&Row| {
        options
            .only
            .as_ref()
            .is_none_or(|text| row.what.contains(text.as_str()))
    };
    let all = if options.device { DEVICE } else { ROWS };
    let rows: Vec<&Row> = all.iter().filter(wanted).collect();
    if rows.is_empty() {
        bail!("no row has that name");
    }
    let mut measured = Vec::with_capacity(rows.len());
    let mut harness = Harness::new(workspace);
    let mut images = Images::new(workspace, options.functions);
    let mut device = Device::new(workspace);
    for row in &rows {
        measured.push(match row.measure {
            Measure::Instructions { operation, case } => harness.instructions(operation, case)?,
            Measure::Allocations => harness.allocations()?,
            Measure::SizeOf(name) => harness.size_of(name)?,
            Measure::Larder { shape, target, level } => images.own_bytes(shape, target, level)?,
            Measure::Stack { target, level } => images.deepest_decision(target, level)?,
            Measure::AsyncPanics => images.async_panics(ASYNC, FOREIGN)?,
            Measure::Device(name) => device.figure(name)?,
            Measure::PanicPaths { shapes } => images.with_panics(shapes)?,
        });
    }
    print!("{}", table(&rows, &measured));
    if options.device && options.only.is_none() {
        let page = device::page(&rows, &measured)?;
        println!("\n{page}");
        if options.write {
            device::write(workspace, &page)?;
        }
    }
    let over: Vec<&str> = rows
        .iter()
        .zip(&measured)
        .filter(|(row, measured)| row.verdict(**measured) == OVER)
        .map(|(row, _)| row.what)
        .collect();
    if options.check && !over.is_empty() {
        bail!("over budget: {}", over.join("; "));
    }
    Ok(())
}

/// The network stack of the images, with the files of its crates: its panics are not larder's.
const FOREIGN: &[(&str, &str)] = &[
    ("edge_http::", "/edge-http-"),
    ("httparse::", "/httparse-"),
    ("embedded_io_async::", "/embedded-io-async-"),
];

/// The verdict that `--check` fails on.
const OVER: &str = "OVER";
/// Over its budget too, but no worse than it is held at.
const HELD: &str = "over, held";

impl Row {
    /// Where a measured value stands.
    fn verdict(&self, measured: u64) -> &'static str {
        match (self.must, self.stretch) {
            (Some(must), _) if measured > must && self.held_at.is_some_and(|held| measured <= held) => HELD,
            (Some(must), _) if measured > must => OVER,
            (_, Some(stretch)) if measured <= stretch => "stretch",
            (Some(_), _) => "must",
            (None, _) => "shown only",
        }
    }
}

fn table(rows: &[&Row], measured: &[u64]) -> String {
    let width = rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0);
    let bound = |bound: Option<u64>| bound.map_or_else(|| "-".to_owned(), |bound| bound.to_string());
    let mut table = String::new();
    let mut line = |what: &str, measured: &str, must: &str, stretch: &str, verdict: &str| {
        let _ = writeln!(
            table,
            "{what:<width$}  {measured:>8}  {must:>7}  {stretch:>7}  {verdict}"
        );
    };
    line("row", "measured", "must", "stretch", "verdict");
    for (row, measured) in rows.iter().zip(measured) {
        let (must, stretch) = (bound(row.must), bound(row.stretch));
        line(
            row.what,
            &measured.to_string(),
            &must,
            &stretch,
            row.verdict(*measured),
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(must: Option<u64>, stretch: Option<u64>, held_at: Option<u64>) -> Row {
        Row {
            what: "",
            measure: Measure::Allocations,
            must,
            stretch,
            held_at,
        }
    }

    #[test]
    fn a_bound_is_kept_when_it_is_reached() {
        let row = row(Some(20), Some(10), None);
        let verdicts = [10, 11, 20, 21].map(|measured| row.verdict(measured));
        assert_eq!(verdicts, ["stretch", "must", "must", OVER]);
    }

    #[test]
    fn a_held_row_may_not_get_worse() {
        let row = row(Some(20), Some(10), Some(30));
        let verdicts = [20, 21, 30, 31].map(|measured| row.verdict(measured));
        assert_eq!(verdicts, ["must", HELD, HELD, OVER]);
    }

    #[test]
    fn a_row_without_a_bound_is_never_over() {
        assert_eq!(row(None, None, None).verdict(u64::MAX), "shown only");
    }
}
