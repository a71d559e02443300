//! `cargo xtask mutants`: breaks every rule on purpose and looks whether a test notices.
//!
//! Mutants that survive must stand in `core/mutants.tsv` with the reason: mutant, reason, separated by a tab. The name
//! of a mutant is what cargo-mutants prints, without line and column, which change with every edit.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::command;
use crate::workspace::{CORE, Workspace};

const ACCEPTED: &str = "core/mutants.tsv";
/// What is mutated: the rules, what they read, and the machine.
const FILES: [&str; 3] = ["core/src/rules/**", "core/src/facts/**", "core/src/state/**"];
const VERSION: &str = "27.1.0";

/// Which mutants.
#[derive(Args)]
pub struct Options {
    /// Only the K-th of N parts, as `K/N`.
    #[arg(long, value_name = "K/N")]
    shard: Option<String>,
    /// Mutants tested at once.
    #[arg(long, default_value_t = 2)]
    jobs: u32,
}

/// Tests the mutants and fails when one survives without a reason.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let program = install(workspace)?;
    let output = workspace.target.join("mutants");
    let mut mutants = std::process::Command::new(program);
    mutants.current_dir(&workspace.root);
    mutants.args([
        "mutants",
        "--package",
        CORE,
        "--all-features",
        "--no-shuffle",
        "--output",
    ]);
    mutants.arg(&output);
    mutants.args(["--jobs", &options.jobs.to_string(), "--timeout", "180"]);
    for file in FILES {
        mutants.args(["--file", file]);
    }
    if let Some(shard) = &options.shard {
        mutants.args(["--shard", shard]);
    }
    // No doctests: they compile slowly and prove nothing that the tests do not.
    mutants.args(["--", "--lib", "--tests"]);
    mutants
        .env("LARDER_MODEL_HISTORIES", "300")
        .env("PROPTEST_CASES", "32");
    println!("$ {}", command::shown(&mutants));
    // Its exit code only says that something survived; the lists say what.
    let status = mutants.status().context("cargo-mutants did not start")?;
    let lists = output.join("mutants.out");
    let missed = read_list(&lists.join("missed.txt"))?;
    let caught = read_list(&lists.join("caught.txt"))?;
    let unviable = read_list(&lists.join("unviable.txt"))?;
    let timeouts = read_list(&lists.join("timeout.txt"))?;
    if !status.success() && missed.is_empty() && timeouts.is_empty() {
        bail!("cargo-mutants failed ({status})");
    }
    let accepted = read_accepted(&workspace.root)?;
    let open: BTreeSet<&String> = missed
        .iter()
        .filter(|name| !accepted.contains_key(*name))
        .collect();
    println!(
        "{} caught, {} by running into the time limit, {} that do not compile, {} survived, {} of them without a reason",
        caught.len(),
        timeouts.len(),
        unviable.len(),
        missed.len(),
        open.len()
    );
    for name in &open {
        println!("! survived: {name}");
    }
    if open.is_empty() {
        Ok(())
    } else {
        bail!("{} mutants survived without a reason in {ACCEPTED}", open.len())
    }
}

/// cargo-mutants, built into the target folder when it is not there.
fn install(workspace: &Workspace) -> Result<PathBuf> {
    let root = workspace.target.join("tools");
    let program = root.join("bin").join("cargo-mutants");
    if !program.exists() {
        let mut cargo = workspace.cargo();
        cargo.args([
            "install",
            "--locked",
            "cargo-mutants",
            "--version",
            VERSION,
            "--root",
        ]);
        command::run(cargo.arg(&root))?;
    }
    Ok(program)
}

/// The mutants of a list, without the places.
fn read_list(path: &Path) -> Result<Vec<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.lines().map(without_place).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// `file:line:column: what` becomes `file: what`.
fn without_place(mutant: &str) -> String {
    let mut parts = mutant.splitn(4, ':');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(file), Some(_), Some(_), Some(what)) => format!("{file}:{what}"),
        _ => mutant.to_owned(),
    }
}

fn read_accepted(root: &Path) -> Result<BTreeMap<String, String>> {
    let text = fs::read_to_string(root.join(ACCEPTED)).context(ACCEPTED)?;
    let mut accepted = BTreeMap::new();
    for line in text.lines().skip(1) {
        let (name, reason) = line
            .split_once('\t')
            .with_context(|| format!("{ACCEPTED}: `{line}` has no reason"))?;
        accepted.insert(name.to_owned(), reason.to_owned());
    }
    Ok(accepted)
}
