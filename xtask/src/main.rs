//! `cargo xtask ...`: everything CI does, runnable by hand.

mod budget;
mod ci;
mod command;
mod profile;
mod targets;
mod toolchain;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use workspace::Workspace;

/// Development tasks of the larder workspace.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    /// The task to run.
    #[command(subcommand)]
    task: Task,
}

/// One development task.
#[derive(Subcommand)]
enum Task {
    /// Run every check of CI in order and stop at the first failure.
    Ci(ci::Options),
    /// Build the core for every bare-metal target with every feature set.
    Targets(targets::Options),
    /// Measure instructions, allocations, sizes and images against the budget.
    Budget(budget::Options),
    /// Show where the instructions of a measured operation go.
    Profile(profile::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // one line, without the backtrace that RUST_BACKTRACE would add: the steps above say the rest
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    let workspace = Workspace::load()?;
    match task {
        Task::Ci(options) => ci::run(&workspace, &options),
        Task::Targets(options) => targets::run(&workspace, &options),
        Task::Budget(options) => budget::run(&workspace, &options),
        Task::Profile(options) => profile::run(&workspace, &options),
    }
}
