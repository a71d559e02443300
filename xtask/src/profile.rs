//! `cargo xtask profile`: where the instructions of one run of an operation go.

use anyhow::Result;

use crate::budget::{Harness, Spent};
use crate::workspace::Workspace;

/// What `cargo xtask profile` must be told.
#[derive(clap::Args)]
pub struct Options {
    /// An operation of `xtask/measure/src/operations.rs`.
    operation: String,
    /// A case of the corpus.
    #[arg(default_value = "asset")]
    case: String,
    /// How many functions and how many lines to show.
    #[arg(long, default_value_t = 25)]
    top: usize,
}

/// Prints the functions and the lines that cost most, in instructions of one run.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let spent = Harness::new(workspace).profile(&options.operation, &options.case)?;
    print(&spent.functions, "function (after inlining)", options.top);
    print(&spent.lines, "line (before inlining)", options.top);
    Ok(())
}

fn print(costs: &Spent, what: &str, top: usize) {
    println!("\n{:>7} {what}", "each");
    let mut costs: Vec<(&String, &f64)> = costs.iter().collect();
    costs.sort_by(|one, other| other.1.total_cmp(one.1));
    for (place, cost) in costs.into_iter().take(top).filter(|(_, cost)| **cost >= 1.0) {
        println!("{cost:>7.0} {place}");
    }
}
