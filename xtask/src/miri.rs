//! `cargo xtask miri`: the core's tests under Miri, which interprets them and stops at undefined behaviour.
//!
//! The core forbids `unsafe`, so that what it can find is in the crates that it uses, and in arithmetic
//! that only another width has: the second target is 32 bits wide, as the processors of devices are.

use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::workspace::{CORE, Workspace};
use crate::{command, nightly};

/// As wide as this machine, and as wide as a device's processor.
const TARGETS: [&str; 2] = ["x86_64-unknown-linux-gnu", "i686-unknown-linux-gnu"];

/// Which tests, and for what.
#[derive(Args)]
pub struct Options {
    /// The only target to interpret for; without it 64 and 32 bits.
    #[arg(long)]
    target: Option<String>,
    /// The library's own tests and the documentation's are left out: only those of this file of `core/tests`.
    #[arg(long)]
    test: Option<String>,
    /// What the tests are given besides, such as a name.
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Runs the tests; fails when there is no Miri, and cannot be.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    nightly::add(&["miri", "rust-src"]).context(
        "this nightly has no Miri, so that nothing was checked; \
         `rustup toolchain install nightly --component miri` looks for the last one that has it",
    )?;
    let targets: Vec<&str> = match &options.target {
        Some(target) => vec![target],
        None => TARGETS.to_vec(),
    };
    for target in targets {
        let mut cargo = Command::new("cargo");
        nightly::bind(&mut cargo).current_dir(&workspace.root);
        cargo.args([
            "miri",
            "test",
            "--package",
            CORE,
            "--all-features",
            "--target",
            target,
        ]);
        match &options.test {
            Some(test) => cargo.args(["--test", test]),
            None => cargo.args(["--lib", "--tests"]),
        };
        cargo.arg("--").args(&options.arguments);
        cargo.env("CARGO_TARGET_DIR", workspace.target.join("miri"));
        // The tests read the environment and the clock.
        cargo.env("MIRIFLAGS", "-Zmiri-disable-isolation");
        // An interpreted case takes a hundred times as long.
        cargo
            .env("PROPTEST_CASES", "2")
            .env("LARDER_MODEL_HISTORIES", "8");
        command::run(&mut cargo)?;
    }
    Ok(())
}
