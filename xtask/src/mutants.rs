//! `cargo xtask mutants`: breaks every rule on purpose and looks whether a test notices.
//!
//! cargo-mutants makes the mutants, in a copy of the workspace. What costs is building the tests anew for each: so all
//! test files of the core are one binary in the copy, and only what survives that one, with few random cases, is tried
//! again by every test as it is. Mutants that survive both must stand in `core/mutants.tsv` with the reason: mutant,
//! reason, separated by a tab. The name of a mutant is what cargo-mutants prints, without line and column, which change
//! with every edit; where several of a name survive, each has a row.

pub mod copy;
mod outcome;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::command;
use crate::workspace::{CORE, Workspace};
use outcome::{Outcomes, Verdict};

const ACCEPTED: &str = "core/mutants.tsv";
/// What is mutated: the rules, what they read, and the machine.
const FILES: [&str; 3] = ["core/src/rules/**", "core/src/facts/**", "core/src/state/**"];
const VERSION: &str = "27.1.0";
/// The sample is every so-manieth mutant.
const SAMPLE: &str = "0/64";

/// Which mutants.
#[derive(Args, Default)]
pub struct Options {
    /// Only a small sample, always the same one as long as nothing is edited.
    #[arg(long)]
    sample: bool,
    /// Only the mutants of the files that this glob matches; may be given several times.
    #[arg(long, value_name = "GLOB")]
    file: Vec<String>,
}

impl Options {
    /// What CI runs.
    pub fn sampled() -> Self {
        Self {
            sample: true,
            ..Self::default()
        }
    }

    fn is_all(&self) -> bool {
        !self.sample && self.file.is_empty()
    }
}

/// Tests the mutants and fails when one survives without a reason.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let program = install(workspace)?;
    let accepted = read_accepted(&workspace.root)?;
    let place = workspace.target.join("mutants");
    let tree = place.join("tree");
    copy::refresh(&workspace.root, &tree)?;

    let mut quick = mutants(&program, &place, "quick");
    quick.envs([
        ("LARDER_MODEL_HISTORIES", "300"),
        ("LARDER_MODEL_SHRINK", "0"),
        ("PROPTEST_CASES", "32"),
        ("PROPTEST_MAX_SHRINK_ITERS", "0"),
    ]);
    if options.file.is_empty() {
        quick.args(FILES.iter().flat_map(|file| ["--file", file]));
    }
    quick.args(options.file.iter().flat_map(|file| ["--file", file]));
    if options.sample {
        quick.args(["--sharding", "round-robin", "--shard", SAMPLE]);
    }
    // Told to cargo itself, or it would build every test binary for each mutant and run but one.
    quick.args([
        "--cargo-arg=--test".to_owned(),
        format!("--cargo-arg={}", copy::EVERY),
    ]);
    let mut outcomes = tested(quick, &place.join("quick"))?;

    // In a sample, what may survive need not be tried again.
    let again = outcomes.of(Verdict::Survived);
    let again =
        again.filter(|name| options.is_all() || !accepted.contains_key(&outcome::without_place(name)));
    let again: BTreeSet<&str> = again.collect();
    if !again.is_empty() {
        let mut whole = mutants(&program, &place, "whole");
        // The files as well: cargo-mutants lets no pattern keep out mutants that delete a field.
        let files: BTreeSet<&str> = again.iter().filter_map(|name| name.split(':').next()).collect();
        whole.args(files.iter().flat_map(|file| ["--file", file]));
        let patterns = again.iter().map(|name| format!("--re=^{}$", escaped(name)));
        whole.args(patterns).args(["--", "--lib", "--tests"]);
        outcomes.replace(&tested(whole, &place.join("whole"))?);
    }
    let faults = outcomes.print(&accepted, options.is_all());
    if faults == 0 {
        Ok(())
    } else {
        bail!("{faults} mutants and {ACCEPTED} disagree")
    }
}

/// A run of cargo-mutants in the copy, one mutant at a time: cargo uses all cores for each. Doctests are left out, as
/// they compile slowly and prove nothing that the tests do not.
fn mutants(program: &Path, place: &Path, name: &str) -> Command {
    let mut mutants = Command::new(program);
    mutants.current_dir(place.join("tree"));
    mutants.args(["mutants", "--package", CORE, "--all-features", "--in-place"]);
    mutants.args([
        "--no-shuffle",
        "--cap-lints",
        "true",
        "--timeout",
        "300",
        "--output",
    ]);
    mutants.arg(place.join(name));
    mutants.env("CARGO_TARGET_DIR", place.join("build"));
    mutants.envs([
        ("CARGO_PROFILE_DEV_DEBUG", "0"),
        ("CARGO_INCREMENTAL", "1"),
        ("RUST_BACKTRACE", "0"),
    ]);
    mutants
}

fn tested(mut mutants: Command, output: &Path) -> Result<Outcomes> {
    let lists = output.join("mutants.out");
    if lists.exists() {
        fs::remove_dir_all(&lists).with_context(|| lists.display().to_string())?;
    }
    println!("$ {}", command::shown(&mutants));
    let status = mutants.status().context("cargo-mutants did not start")?;
    // 0: all were caught. 2, 3: some survived or ran into the time limit; the lists say which.
    match status.code() {
        Some(0 | 2 | 3) => Outcomes::read(&lists),
        _ => bail!("cargo-mutants failed ({status})"),
    }
}

/// cargo-mutants, built into the target folder when it is not there.
fn install(workspace: &Workspace) -> Result<PathBuf> {
    let root = workspace.target.join("tools");
    let program = root.join("bin").join("cargo-mutants");
    let version = |program: &Path| command::read(Command::new(program).args(["mutants", "--version"]));
    if !version(&program).is_ok_and(|text| text.trim().ends_with(VERSION)) {
        let mut cargo = workspace.cargo();
        cargo.args([
            "install",
            "--locked",
            "cargo-mutants",
            "--version",
            VERSION,
            "--root",
        ]);
        command::run(cargo.arg(&root)).context("cargo-mutants could not be installed")?;
    }
    Ok(program)
}

/// A regular expression for this text.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if "\\.+*?()|[]{}^$".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// How many mutants of each name may survive.
fn read_accepted(root: &Path) -> Result<BTreeMap<String, usize>> {
    let text = fs::read_to_string(root.join(ACCEPTED)).context(ACCEPTED)?;
    let mut accepted = BTreeMap::new();
    for line in text.lines().skip(1) {
        match line.split_once('\t') {
            Some((name, reason)) if !reason.trim().is_empty() => {
                *accepted.entry(name.to_owned()).or_default() += 1;
            }
            _ => bail!("{ACCEPTED}: `{line}` has no reason"),
        }
    }
    Ok(accepted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_accepted_mutant_has_a_reason_and_a_file() {
        let workspace = Workspace::load().expect("cargo metadata");
        for name in read_accepted(&workspace.root).expect("a readable table").keys() {
            let (file, _) = name.split_once(':').expect("a file and a change");
            assert!(workspace.root.join(file).exists(), "{name}");
        }
    }

    #[test]
    fn names_become_patterns() {
        assert_eq!(
            escaped("a.rs:1: replace <A as B>::c -> &[u8] with |"),
            "a\\.rs:1: replace <A as B>::c -> &\\[u8\\] with \\|"
        );
    }
}
