//! `cargo xtask miri`: the core's tests under Miri, which interprets them and stops at undefined behaviour.
//!
//! The core forbids `unsafe`, so that what it can find is in the crates that it uses, and in arithmetic
//! that only another width has: the second target is 32 bits wide, as the processors of devices are.
//!
//! Interpreted code takes a hundred times as long: tests whose point is quantity take less of it under
//! `cfg(miri)`, random ones a few cases. The two targets run side by side; each takes more than ten minutes of
//! processor time, which is too much for CI. Covered are the unit tests and `core/tests`, not the examples in the
//! documentation.

use std::process::Command;

use anyhow::{Context, Result, ensure};
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
    if let Some(target) = &options.target {
        return command::run(&mut interpreted(workspace, target, options));
    }
    let finished = std::thread::scope(|scope| {
        let start = |target: &'static str| {
            let mut cargo = interpreted(workspace, target, options);
            println!("$ {}", command::shown(&cargo));
            scope.spawn(move || command::finish(&mut cargo))
        };
        let running = TARGETS.map(start);
        running.map(|thread| thread.join().expect("it does not panic"))
    });
    let mut failed = Vec::new();
    for (target, finished) in TARGETS.into_iter().zip(finished) {
        let finished = finished?;
        println!("\n{target}\n{}{}", finished.stderr, finished.stdout);
        if !finished.success {
            failed.push(target);
        }
    }
    ensure!(
        failed.is_empty(),
        "Miri or a test failed on {}",
        failed.join(", ")
    );
    Ok(())
}

/// The command for one target, in a target folder of its own, so that none waits for another's build.
fn interpreted(workspace: &Workspace, target: &str, options: &Options) -> Command {
    let mut cargo = Command::new("cargo");
    nightly::bind(&mut cargo).current_dir(&workspace.root);
    cargo.args([
        "miri",
        "test",
        "--package",
        CORE,
        "--all-features",
        "--no-fail-fast",
        "--target",
        target,
    ]);
    match &options.test {
        Some(test) => cargo.args(["--test", test]),
        None => cargo.args(["--lib", "--tests"]),
    };
    cargo.arg("--").args(&options.arguments);
    cargo.env("CARGO_TARGET_DIR", workspace.target.join("miri").join(target));
    // The tests read the environment and the clock. Memory that outlives its store, as a device's does that stays on
    // in a sleep, is leaked by those that want it.
    cargo.env("MIRIFLAGS", "-Zmiri-disable-isolation -Zmiri-ignore-leaks");
    cargo
        .env("PROPTEST_CASES", "2")
        .env("LARDER_MODEL_HISTORIES", "2");
    cargo
}
