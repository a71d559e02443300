//! `cargo xtask ...`: everything CI does, runnable by hand.

mod bench;
mod budget;
mod ci;
mod command;
mod conformance;
mod firmware;
mod fuzz;
mod matrix;
mod miri;
mod model;
mod mutants;
mod narrow;
mod nightly;
mod package;
mod profile;
mod targets;
mod toolchain;
mod trace;
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
    /// Run the core's tests on a 32-bit processor.
    Narrow,
    /// Pack what would be published, build it from that, and check it with the oldest Rust that it names.
    Package,
    /// Try the ureq adapter with ureq's features on and off, and over HTTPS.
    Matrix,
    /// Run the example for devices in QEMU for a simulated day and check it.
    Firmware(firmware::Options),
    /// Join the standard streams with a port on loopback (QEMU starts it).
    #[command(hide = true)]
    Relay(firmware::Relay),
    /// Measure instructions, allocations, sizes and images against the budget.
    Budget(budget::Options),
    /// Measure larder and others' caches side by side, against the goals.
    Bench(bench::Options),
    /// Show where the instructions of a measured operation go.
    Profile(profile::Options),
    /// Say which requirement is proven by which test.
    Trace(trace::Options),
    /// Compare the rules with the model of the requirements on many random histories.
    Model(model::Options),
    /// Run the public HTTP caching suite against the reverse proxy.
    Conformance(conformance::Options),
    /// Run the fuzz targets, measure what they reach, shrink their corpora.
    Fuzz(fuzz::Options),
    /// Run the core's tests under Miri, for 64 and for 32 bits.
    Miri(miri::Options),
    /// Break the rules on purpose and look whether a test notices.
    Mutants(mutants::Options),
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
    if let Task::Relay(options) = &task {
        return firmware::relay(options); // before anything asks cargo for anything
    }
    let workspace = Workspace::load()?;
    match task {
        Task::Ci(options) => ci::run(&workspace, &options),
        Task::Targets(options) => targets::run(&workspace, &options),
        Task::Narrow => narrow::run(&workspace),
        Task::Matrix => matrix::run(&workspace),
        Task::Package => package::run(&workspace),
        Task::Firmware(options) => firmware::run(&workspace, &options),
        Task::Relay(_) => Ok(()),
        Task::Budget(options) => budget::run(&workspace, &options),
        Task::Bench(options) => bench::run(&workspace, &options),
        Task::Profile(options) => profile::run(&workspace, &options),
        Task::Trace(options) => trace::run(&workspace, &options),
        Task::Model(options) => model::run(&workspace, &options),
        Task::Conformance(options) => conformance::run(&workspace, &options),
        Task::Fuzz(options) => fuzz::run(&workspace, &options),
        Task::Miri(options) => miri::run(&workspace, &options),
        Task::Mutants(options) => mutants::run(&workspace, &options),
    }
}
