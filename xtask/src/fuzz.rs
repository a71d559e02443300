//! `cargo xtask fuzz`: builds the targets of `fuzz/` and runs them; coverage; smaller corpora.
//!
//! cargo-fuzz wants a nightly Rust. The core has no `unsafe`, so that a sanitizer finds nothing that its
//! panics do not; without one a target runs twice as fast.

mod coverage;
mod planted;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::workspace::Workspace;
use crate::{command, nightly};

const VERSION: &str = "0.13.2";
/// Seconds that one input may take before it counts as a finding, and memory in MiB.
const LIMITS: [&str; 2] = ["-timeout=20", "-rss_limit_mb=2048"];

const MOST_BYTES: u64 = 4 << 20;

/// Whether libFuzzer has given this name.
fn is_hash(name: &str) -> bool {
    name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Which targets, and how long.
#[derive(Args)]
pub struct Options {
    /// The only target to run; without it all run, one after the other.
    target: Option<String>,
    /// Minutes for each target.
    #[arg(long, default_value_t = 1)]
    minutes: u64,
    /// Executions for each target instead of minutes.
    #[arg(long)]
    runs: Option<u64>,
    /// The sanitizer: none, address, memory, thread.
    #[arg(long, default_value = "none")]
    sanitizer: String,
    /// Replay the corpora and print which lines of the core they reach, file by file.
    #[arg(long, conflicts_with_all = ["minimise", "runs"])]
    coverage: bool,
    /// Put bugs into a copy of the core and look whether, and when, the targets find them.
    #[arg(long, conflicts_with_all = ["minimise", "runs", "coverage"])]
    planted: bool,
    /// Leave only the inputs of each corpus that reach something of their own.
    #[arg(long)]
    minimise: bool,
}

impl Options {
    /// What CI runs: all targets, so many executions each.
    pub fn checked() -> Self {
        Self {
            target: None,
            minutes: 1,
            runs: Some(5_000),
            sanitizer: "none".into(),
            coverage: false,
            planted: false,
            minimise: false,
        }
    }
}

/// Builds, then runs what the options say.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let fuzz = Fuzz::install(workspace)?;
    let all = fuzz.targets()?;
    let targets: Vec<&String> = match &options.target {
        Some(name) => all.iter().filter(|target| *target == name).collect(),
        None => all.iter().collect(),
    };
    if targets.is_empty() {
        bail!("no such target; there are {}", all.join(", "));
    }
    if options.coverage {
        return coverage::run(workspace, options.target.as_deref());
    }
    if options.planted {
        return planted::run(workspace, &fuzz, options.target.as_deref());
    }
    let sanitizer = ["-s", &options.sanitizer];
    command::run(fuzz.command("build").args(sanitizer))?;
    let mut findings = Vec::new();
    for target in targets {
        let corpus = fuzz.root.join("corpus").join(target);
        if options.minimise {
            fuzz.minimise(target)?;
            continue;
        }
        // What is found goes to a folder that git ignores; the corpus of the repository is read.
        let found = fuzz.root.join("found").join(target);
        fs::create_dir_all(&found).with_context(|| found.display().to_string())?;
        let mut run = fuzz.command("run");
        run.args(sanitizer).arg(target).arg(found).arg(corpus).arg("--");
        run.arg(format!("-dict={}", fuzz.root.join("http.dict").display()));
        run.args(LIMITS).args(["-print_final_stats=1", "-verbosity=0"]);
        match options.runs {
            Some(runs) => run.args([format!("-runs={runs}"), "-seed=9111".into()]),
            None => run.arg(format!("-max_total_time={}", options.minutes * 60)),
        };
        // One finding does not keep the others from running.
        if let Err(error) = command::run(&mut run) {
            eprintln!("{error:#}");
            findings.push(target.as_str());
        }
    }
    if options.minimise {
        return fuzz.weigh();
    }
    if !findings.is_empty() {
        bail!(
            "findings in {}; fuzz/README.md says what to do",
            findings.join(", ")
        );
    }
    Ok(())
}

/// cargo-fuzz, and where it works.
struct Fuzz {
    program: PathBuf,
    root: PathBuf,
    build: PathBuf,
}

impl Fuzz {
    /// cargo-fuzz, built into the target folder when it is not there, and a nightly toolchain.
    fn install(workspace: &Workspace) -> Result<Self> {
        let tools = workspace.target.join("tools");
        let program = tools.join("bin").join("cargo-fuzz");
        if !program.exists() {
            let mut cargo = workspace.cargo();
            cargo.args([
                "install",
                "--locked",
                "cargo-fuzz",
                "--version",
                VERSION,
                "--root",
            ]);
            command::run(cargo.arg(&tools))?;
        }
        nightly::install()?;
        Ok(Self {
            program,
            root: workspace.root.join("fuzz"),
            build: workspace.target.join("fuzz"),
        })
    }

    fn command(&self, task: &str) -> Command {
        let mut command = Command::new(&self.program);
        nightly::bind(&mut command);
        command.env("CARGO_TARGET_DIR", &self.build);
        command.current_dir(&self.root).args(["fuzz", task]);
        command
    }

    /// Leaves the inputs that a person has named, and of the others and of what was found only those that
    /// reach something besides.
    fn minimise(&self, target: &str) -> Result<()> {
        let corpus = self.root.join("corpus").join(target);
        let others = self.build.join("minimise").join(target);
        if others.exists() {
            fs::remove_dir_all(&others)?;
        }
        fs::create_dir_all(&others)?;
        for entry in fs::read_dir(&corpus)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default();
            if is_hash(&name.to_string_lossy()) {
                fs::copy(&path, others.join(name))?;
                fs::remove_file(&path)?;
            }
        }
        let found = self.root.join("found").join(target);
        fs::create_dir_all(&found)?;
        let mut run = self.command("run");
        run.args(["-s", "none", target])
            .arg(corpus)
            .arg(others)
            .arg(found);
        // How often a line is reached makes no input of its own: there would be ten times as many.
        run.args(["--", "-merge=1", "-use_counters=0"]).args(LIMITS);
        command::run(&mut run)
    }

    /// The corpora belong to the repository: they must stay small.
    fn weigh(&self) -> Result<()> {
        let mut bytes = 0;
        for target in self.targets()? {
            for entry in fs::read_dir(self.root.join("corpus").join(target))? {
                bytes += entry?.metadata()?.len();
            }
        }
        println!("{bytes} bytes in all corpora, of {MOST_BYTES}");
        if bytes > MOST_BYTES {
            bail!("the corpora have become too large");
        }
        Ok(())
    }

    fn targets(&self) -> Result<Vec<String>> {
        let list = command::read(&mut self.command("list"))?;
        Ok(list.lines().map(str::to_owned).collect())
    }
}
