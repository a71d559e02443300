//! Which lines of the core the corpora reach, and why the others are not: `fuzz/coverage.md`.
//!
//! The test that replays every corpus file is built with LLVM's counters: one program reaches what all
//! targets reach, and the lines are those of the source, whatever the fuzzer's build optimises.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::workspace::Workspace;
use crate::{command, nightly};

/// Where every line that is not reached needs a reason, as folders and files of `core/src`.
const JUDGED: [&str; 4] = ["rules/", "state/", "store/packed", "syntax/"];
/// The share of their lines that the corpora are to reach, in percent.
const GOAL: f64 = 95.0;

/// Replays the corpora of these targets and prints the table; with all targets, writes it into
/// `fuzz/coverage.md` and fails when a line has no reason.
pub fn run(workspace: &Workspace, target: Option<&str>) -> Result<()> {
    let folder = workspace.target.join("coverage");
    let tools = nightly::llvm_tools()?;
    let program = build(workspace, &folder)?;
    let raw = folder.join("corpus.profraw");
    let mut replay = Command::new(&program);
    replay.arg("every_corpus_file").env("LLVM_PROFILE_FILE", &raw);
    replay.current_dir(workspace.root.join("fuzz").join("oracles"));
    if let Some(target) = target {
        replay.env("LARDER_ORACLE", target);
    }
    command::run(&mut replay)?;
    let merged = folder.join("corpus.profdata");
    let mut merge = Command::new(tools.join("llvm-profdata"));
    command::run(merge.args(["merge", "-sparse", "-o"]).arg(&merged).arg(&raw))?;
    let mut export = Command::new(tools.join("llvm-cov"));
    export.args(["export", "-format=lcov"]).arg(&program);
    export.arg(format!("-instr-profile={}", merged.display()));
    let sources = workspace.root.join("core").join("src");
    let files = lines(&command::read(export.arg(&sources))?, &sources)?;
    println!("{}", table(&files));
    if target.is_some() {
        return Ok(());
    }
    let fuzz = workspace.root.join("fuzz");
    let reasons = Reasons::read(&fuzz.join("unreached.tsv"))?;
    let (listed, open) = explain(&files, &sources, &reasons)?;
    let page = fuzz.join("coverage.md");
    fs::write(&page, format!("{INTRODUCTION}{}\n{listed}", table(&files)))
        .with_context(|| page.display().to_string())?;
    if !open.is_empty() {
        bail!("no reason in fuzz/unreached.tsv for\n{}", open.join("\n"));
    }
    reasons.expect_used(&listed)
}

const INTRODUCTION: &str = "\
# What the corpora reach

Written by `cargo xtask fuzz --coverage`: every file of `fuzz/corpus` through its oracle, as
`cargo test -p larder-oracles` does it. The reasons stand in `unreached.tsv`: a file, a text that one of
the lines holds, why nothing reaches them.

";

/// The replaying test, with counters, by the toolchain whose tools read them.
fn build(workspace: &Workspace, folder: &Path) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    nightly::bind(&mut cargo).current_dir(&workspace.root);
    cargo.args([
        "test",
        "--package",
        "larder-oracles",
        "--test",
        "replay",
        "--no-run",
    ]);
    cargo
        .args(["--message-format", "json"])
        .arg("--target-dir")
        .arg(folder);
    cargo.env("RUSTFLAGS", "-C instrument-coverage");
    // What build scripts and macros count is not wanted.
    cargo.env("LLVM_PROFILE_FILE", "/dev/null");
    println!("$ {}", command::shown(&cargo));
    let messages = command::read(&mut cargo)?;
    let executable = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().map(PathBuf::from)
    };
    let found = messages.lines().filter_map(executable).next_back();
    found.context("cargo built no test")
}

/// For each file, below `core/src`, whether each line with code was reached.
type Files = BTreeMap<String, BTreeMap<usize, bool>>;

fn lines(lcov: &str, sources: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut file = None;
    for line in lcov.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            let inside = Path::new(path).strip_prefix(sources).ok();
            file = inside.map(|path| path.to_string_lossy().into_owned());
        } else if let (Some(file), Some(counted)) = (&file, line.strip_prefix("DA:")) {
            let (number, count) = counted.split_once(',').context("DA:LINE,COUNT")?;
            let reached = files
                .entry(file.clone())
                .or_default()
                .entry(number.parse()?)
                .or_default();
            *reached |= count != "0";
        }
    }
    if files.is_empty() {
        bail!(
            "no line of a file below {} was counted: was the core built by another checkout? Give CARGO_TARGET_DIR \
             a folder of its own",
            sources.display()
        );
    }
    Ok(files)
}

fn is_judged(file: &str) -> bool {
    JUDGED.iter().any(|start| file.starts_with(start))
}

fn row(text: &mut String, name: &str, lines: usize, reached: usize) {
    #[allow(clippy::cast_precision_loss)] // some thousand lines
    let share = 100.0 * reached as f64 / lines.max(1) as f64;
    let below = if share < GOAL { "below" } else { "" };
    let _ = writeln!(
        text,
        "| {name} | {lines} | {} | {share:.1} | {below} |",
        lines - reached
    );
}

fn table(files: &Files) -> String {
    let mut text = format!("| file | lines | not reached | % | goal {GOAL} % |\n|---|--:|--:|--:|---|\n");
    for part in [
        "syntax/",
        "facts/",
        "rules/",
        "state/",
        "store/packed",
        "store/",
        "",
    ] {
        let (mut all, mut reached) = (0, 0);
        for (file, lines) in files.iter().filter(|(file, _)| file.starts_with(part)) {
            let hits = lines.values().filter(|reached| **reached).count();
            (all, reached) = (all + lines.len(), reached + hits);
            if part.ends_with('/') {
                row(&mut text, file, lines.len(), hits);
            }
        }
        let name = if part.is_empty() { "all" } else { part };
        row(&mut text, &format!("**{name}**"), all, reached);
    }
    text
}

/// Why lines are not reached: the file, a text of one of the lines, the reason.
struct Reasons(Vec<(String, String, String)>);

impl Reasons {
    fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let entry = |line: &str| {
            let mut fields = line.splitn(3, '\t').map(str::to_owned);
            let entry = (fields.next(), fields.next(), fields.next());
            let (Some(file), Some(text), Some(reason)) = entry else {
                bail!("not FILE, TEXT, REASON: {line}");
            };
            Ok((file, text, reason))
        };
        text.lines()
            .filter(|line| !line.is_empty())
            .map(entry)
            .collect::<Result<_>>()
            .map(Self)
    }

    /// The reason of a run of lines.
    fn of(&self, file: &str, lines: &[&str]) -> Option<&str> {
        let own = |entry: &&(String, String, String)| {
            entry.0 == file && lines.iter().any(|line| line.contains(&entry.1))
        };
        self.0.iter().find(own).map(|entry| entry.2.as_str())
    }

    /// A reason for what is reached meanwhile, or is gone, would mislead.
    fn expect_used(&self, listed: &str) -> Result<()> {
        let unused: Vec<&str> = self
            .0
            .iter()
            .filter(|entry| !listed.contains(&entry.2))
            .map(|entry| entry.1.as_str())
            .collect();
        if !unused.is_empty() {
            bail!(
                "reasons in fuzz/unreached.tsv for what is reached: {}",
                unused.join(", ")
            );
        }
        Ok(())
    }
}

/// Every run of lines that is not reached in the files that are judged; and those without a reason.
fn explain(files: &Files, sources: &Path, reasons: &Reasons) -> Result<(String, Vec<String>)> {
    let mut listed = String::from("## Lines that are not reached, and why\n\n");
    let mut open = Vec::new();
    for (file, lines) in files.iter().filter(|(file, _)| is_judged(file)) {
        let path = sources.join(file);
        let source = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let source: Vec<&str> = source.lines().collect();
        let missed: Vec<usize> = lines.iter().filter(|line| !line.1).map(|line| *line.0).collect();
        for run in runs(&missed) {
            let texts: Vec<&str> = run
                .iter()
                .filter_map(|number| source.get(number - 1))
                .copied()
                .collect();
            let first = texts.first().map_or("", |text| text.trim());
            match reasons.of(file, &texts) {
                Some(reason) => {
                    let _ = writeln!(listed, "- `{file}`, {} from `{first}`: {reason}", many(run.len()));
                }
                None => open.push(format!("{file}:{}: {} from {first}", run[0], many(run.len()))),
            }
        }
    }
    Ok((listed, open))
}

fn many(lines: usize) -> String {
    if lines == 1 {
        "a line".into()
    } else {
        format!("{lines} lines")
    }
}

/// Runs of numbers that follow each other.
fn runs(numbers: &[usize]) -> Vec<&[usize]> {
    numbers.chunk_by(|one, next| one + 1 == *next).collect()
}
