//! `cargo xtask model`: the second opinion on the rules, on many histories.

use anyhow::Result;
use clap::Args;

use crate::command;
use crate::workspace::{CORE, Workspace};

/// How long to compare.
#[derive(Args)]
pub struct Options {
    /// How many random histories to compare.
    #[arg(long, default_value_t = 100_000)]
    histories: u32,
    /// Another seed than the fixed one.
    #[arg(long)]
    seed: Option<u64>,
}

/// Runs the comparison of `core/tests/model.rs` in release.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args([
        "test",
        "--release",
        "--package",
        CORE,
        "--test",
        "model",
        "--",
        "--nocapture",
    ]);
    cargo.env("LARDER_MODEL_HISTORIES", options.histories.to_string());
    if let Some(seed) = options.seed {
        cargo.env("LARDER_MODEL_SEED", seed.to_string());
    }
    command::run(&mut cargo)
}
