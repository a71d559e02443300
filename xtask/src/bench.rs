//! `cargo xtask bench`: larder beside what else there is, in one run.
//!
//! `bench/README.md` says how it measures and how to read the table.

mod added;
mod counted;
mod figure;
mod programs;
mod rows;
mod timed;

use anyhow::{Result, bail};

use crate::command;
use crate::workspace::Workspace;
use figure::{Figure, Verdict};
use programs::Programs;
use rows::{Kind, ROWS, Row};

/// What `cargo xtask bench` can be told.
#[derive(clap::Args)]
pub struct Options {
    /// Measure only the rows whose name contains this text.
    #[arg(long, value_name = "ROW")]
    only: Option<String>,
    /// Fewer rounds of what is timed, and no builds of programs to compare.
    #[arg(long)]
    quick: bool,
    /// Only what is counted: the same on a busy machine.
    #[arg(long)]
    counted: bool,
    /// Leave out the caches of others, which take minutes to build.
    #[arg(long)]
    without_peers: bool,
    /// Fail when a row that is counted misses what it must reach.
    #[arg(long)]
    check: bool,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
    /// Print the names of the rows and measure nothing.
    #[arg(long)]
    list: bool,
}

impl Options {
    fn wants(&self, row: &Row) -> bool {
        let named = self.only.as_ref();
        let asked = named.is_none_or(|text| row.name.contains(text.as_str()));
        // who names a row wants it, however long it takes
        let quick = !self.quick || named.is_some() || row.kind != Kind::Builds;
        let counted = !self.counted || row.kind == Kind::Counted;
        asked && quick && counted && !(self.without_peers && row.needs_peers)
    }
}

/// Measures the rows, prints the table, and with `--check` fails when a counted one is over.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let rows: Vec<&Row> = ROWS.iter().filter(|row| options.wants(row)).collect();
    if rows.is_empty() {
        bail!("no row is left to measure; `cargo xtask bench --list` names them");
    }
    if options.list {
        for row in rows {
            println!("{}", row.name);
        }
        return Ok(());
    }
    let mut programs = Programs::new(workspace, options.quick, !options.without_peers);
    let mut figures = Vec::new();
    for row in rows {
        eprintln!("measuring: {}", row.name);
        figures.extend((row.measure)(&mut programs)?);
    }
    if options.json {
        println!("{}", figure::json(&figures));
    } else {
        print!("{}", figure::table(&figures));
    }
    let over: Vec<&str> = figures
        .iter()
        .filter(|figure| failed(figure))
        .map(|figure| figure.what.as_str())
        .collect();
    if options.check && !over.is_empty() {
        bail!("misses what it must reach: {}", over.join("; "));
    }
    Ok(())
}

/// The formatting of the programs.
pub fn fmt(workspace: &Workspace) -> Result<()> {
    command::run(
        Programs::new(workspace, true, false)
            .cargo()
            .args(["fmt", "--all", "--", "--check"]),
    )
}

/// Lints of the programs, without the caches of others: they still build with what larder offers.
pub fn clippy(workspace: &Workspace) -> Result<()> {
    let programs = Programs::new(workspace, true, false);
    let mut cargo = programs.cargo();
    cargo
        .args([
            "clippy",
            "--release",
            "--package",
            "clients",
            "--all-targets",
            "--target-dir",
        ])
        .arg(programs.target())
        .args(["--", "-D", "warnings"]);
    command::run(&mut cargo)
}

/// What is timed fails nothing: another run may say something else.
fn failed(figure: &Figure) -> bool {
    figure.counted && figure.verdict() == Verdict::Over
}
