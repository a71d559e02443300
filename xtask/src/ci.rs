//! `cargo xtask ci`: the checks of CI, in order, each under a heading.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::workspace::{CORE, Workspace};
use crate::{
    bench, budget, command, conformance, firmware, fuzz, matrix, mutants, narrow, package, targets, trace,
};

/// What `cargo xtask ci` can be told.
#[derive(clap::Args)]
pub struct Options {
    /// A step to leave out; may be given several times.
    #[arg(long, value_name = "STEP")]
    skip: Vec<Step>,
}

/// A check of CI.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    /// The formatting of every package; and every `Cargo.lock` still fits its manifests.
    Fmt,
    /// Lints of the workspace, then of the core with each feature set, then of the images.
    Clippy,
    /// The documentation builds without a warning.
    Doc,
    /// The tests of the workspace.
    Test,
    /// The core's tests with every feature and with none.
    TestFeatures,
    /// The core's tests on a 32-bit processor.
    Narrow,
    /// The ureq adapter with ureq's features on and off, and over HTTPS.
    Matrix,
    /// What would be published is complete, builds by itself, and by the oldest Rust that it names.
    Package,
    /// Every requirement has the test or the reason that it had.
    Trace,
    /// The core builds for every bare-metal target.
    Targets,
    /// The example for devices runs in QEMU as it has to.
    Firmware,
    /// Every measured value keeps its budget.
    Budget,
    /// What a device pays does, too.
    Device,
    /// What passed of the public HTTP caching suite still passes.
    Conformance,
    /// Every fuzz target builds, and a bounded number of executions finds nothing.
    Fuzz,
    /// A sample of broken rules is noticed by the tests.
    Mutants,
}

impl Step {
    /// The order: cheap and likely failures first.
    const ALL: [Self; 16] = [
        Self::Fmt,
        Self::Clippy,
        Self::Doc,
        Self::Test,
        Self::TestFeatures,
        Self::Narrow,
        Self::Matrix,
        Self::Package,
        Self::Trace,
        Self::Targets,
        Self::Firmware,
        Self::Budget,
        Self::Device,
        Self::Conformance,
        Self::Fuzz,
        Self::Mutants,
    ];

    /// The name that `--skip` takes.
    fn name(self) -> String {
        clap::ValueEnum::to_possible_value(&self)
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    fn run(self, workspace: &Workspace) -> Result<()> {
        match self {
            Self::Fmt => fmt(workspace),
            Self::Clippy => clippy(workspace),
            Self::Doc => doc(workspace),
            Self::Test => command::run(workspace.cargo().args(["test", "--workspace"])),
            Self::TestFeatures => test_features(workspace),
            Self::Narrow => narrow::run(workspace),
            Self::Matrix => matrix::run(workspace),
            Self::Package => package::run(workspace),
            Self::Trace => trace::run(workspace, &trace::Options::checked()),
            Self::Targets => targets::run(workspace, &targets::Options::default()),
            Self::Firmware => firmware::run(workspace, &firmware::Options::default()),
            Self::Budget => budget::run(workspace, &budget::Options::checked()),
            Self::Device => budget::run(workspace, &budget::Options::device_checked()),
            Self::Conformance => conformance::run(workspace, &conformance::Options::checked()),
            Self::Fuzz => fuzz::run(workspace, &fuzz::Options::checked()),
            Self::Mutants => mutants::run(workspace, &mutants::Options::sampled()),
        }
    }
}

/// Runs every step that is not skipped, stops at the first failure, and always ends with the table of steps.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut table = Vec::new();
    let mut outcome = Ok(());
    for step in Step::ALL {
        if options.skip.contains(&step) {
            table.push((step.name(), "skipped", Duration::ZERO));
            continue;
        }
        if outcome.is_err() {
            table.push((step.name(), "not run", Duration::ZERO));
            continue;
        }
        println!("\n== {} ==", step.name());
        let start = Instant::now();
        outcome = step
            .run(workspace)
            .with_context(|| format!("step `{}` failed", step.name()));
        let elapsed = start.elapsed();
        let verdict = if outcome.is_ok() { "passed" } else { "FAILED" };
        println!(
            "== {} {verdict} in {:.1} s ==",
            step.name(),
            elapsed.as_secs_f64()
        );
        table.push((step.name(), verdict, elapsed));
    }
    println!("\n{:<14} {:<8} {:>8}", "step", "outcome", "seconds");
    for (name, verdict, elapsed) in table {
        println!("{name:<14} {verdict:<8} {:>8.1}", elapsed.as_secs_f64());
    }
    outcome
}

fn fmt(workspace: &Workspace) -> Result<()> {
    command::run(workspace.cargo().args(["fmt", "--all", "--", "--check"]))?;
    bench::fmt(workspace)?;
    firmware::fmt(workspace)?;
    budget::device::fmt(workspace)?;
    budget::image::fmt(workspace)?;
    lock_files(workspace)
}

/// Workspaces of their own have lock files of their own, which an edit of another package's dependencies makes stale.
fn lock_files(workspace: &Workspace) -> Result<()> {
    let mut git = Command::new("git");
    git.current_dir(&workspace.root)
        .args(["ls-files", "--", "*Cargo.lock"]);
    let listed = command::read(&mut git).context("the lock files are looked up in git")?;
    ensure!(!listed.trim().is_empty(), "git knows no Cargo.lock");
    for lock in listed.lines() {
        let manifest = workspace.root.join(lock).with_file_name("Cargo.toml");
        let mut cargo = command::cargo();
        cargo.args(["metadata", "--locked", "--format-version", "1", "--manifest-path"]);
        command::read(cargo.arg(manifest)).with_context(|| format!("{lock} does not fit its manifest"))?;
    }
    println!("{} lock files fit their manifests", listed.lines().count());
    Ok(())
}

/// `--all-targets` with the core's own lints on: they bind its library, not its tests.
fn clippy(workspace: &Workspace) -> Result<()> {
    let deny = ["--", "-D", "warnings"];
    command::run(
        workspace
            .cargo()
            .args(["clippy", "--workspace", "--all-targets"])
            .args(deny),
    )?;
    for set in workspace.feature_sets() {
        command::run(
            workspace
                .cargo()
                .args(["clippy", "--all-targets"])
                .args(set.arguments())
                .args(deny),
        )?;
    }
    bench::clippy(workspace)?;
    budget::image::clippy(workspace)
}

/// With every feature, as the documentation is published: links to what a feature gates must hold.
fn doc(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["doc", "--workspace", "--no-deps", "--all-features"]);
    command::run(cargo.env("RUSTDOCFLAGS", "-D warnings"))
}

/// `cargo test --workspace` turns on whatever features any member asks for: here the core stands alone.
fn test_features(workspace: &Workspace) -> Result<()> {
    for features in ["--all-features", "--no-default-features"] {
        command::run(workspace.cargo().args(["test", "--package", CORE, features]))?;
    }
    Ok(())
}
