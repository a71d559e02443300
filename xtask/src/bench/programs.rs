//! The programs of `bench/`: built when first needed, then asked.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::budget::{Harness, callgrind};
use crate::command;
use crate::workspace::Workspace;

/// Builds and runs whatever the rows ask for.
pub struct Programs<'w> {
    workspace: &'w Workspace,
    /// Larder's own operations.
    core: Harness<'w>,
    /// Whether a short run is enough.
    pub quick: bool,
    /// Whether the caches of others are part of it.
    pub peers: bool,
    clients: Option<PathBuf>,
    semantics: Option<PathBuf>,
    origin: Option<Origin>,
}

/// What a program printed: a text and a number on each line.
pub type Lines = HashMap<String, f64>;

impl<'w> Programs<'w> {
    /// Nothing is built yet.
    pub fn new(workspace: &'w Workspace, quick: bool, peers: bool) -> Self {
        Self {
            workspace,
            core: Harness::new(workspace),
            quick,
            peers,
            clients: None,
            semantics: None,
            origin: None,
        }
    }

    /// Where the programs and their scratch files are.
    pub fn target(&self) -> PathBuf {
        self.workspace.target.join("bench")
    }

    /// A cargo command in the workspace of the programs.
    pub fn cargo(&self) -> Command {
        let mut cargo = command::cargo();
        cargo.current_dir(self.workspace.root.join("bench"));
        cargo
    }

    fn build(&self, package: &str, profile: &str, features: &str) -> Result<PathBuf> {
        eprintln!("building `{package}` of bench/");
        let mut cargo = self.cargo();
        cargo
            .args(["build", "--package", package, "--profile", profile])
            .args(["--features", features])
            .arg("--target-dir")
            .arg(self.target());
        command::read(&mut cargo).context(NEEDS_CRATES)?;
        let name = format!("{package}{}", std::env::consts::EXE_SUFFIX);
        Ok(self.target().join(profile).join(name))
    }

    /// Instructions of one of larder's own operations on a case of the corpus.
    pub fn core(&mut self, operation: &str, case: &str) -> Result<f64> {
        Ok(self.core.instructions(operation, case)? as f64)
    }

    /// Instructions of one of http-cache-semantics' operations on a case of the corpus.
    pub fn semantics(&mut self, operation: &str, case: &str) -> Result<f64> {
        let program = self.semantics_program()?;
        let arguments = [operation, case];
        let spent = callgrind::instructions_per_run(&program, &self.target(), &arguments, callgrind::RUNS);
        Ok(spent.with_context(|| format!("counting {operation} of http-cache-semantics"))? as f64)
    }

    /// Heap allocations of http-cache-semantics' operations: `OPERATION CASE`.
    pub fn semantics_allocations(&mut self) -> Result<Lines> {
        lines(Command::new(self.semantics_program()?).arg("allocations"))
    }

    fn semantics_program(&mut self) -> Result<PathBuf> {
        if self.semantics.is_none() {
            self.semantics = Some(self.build("semantics", "measure", "")?);
        }
        self.semantics.clone().context("not built")
    }

    fn clients_program(&mut self) -> Result<PathBuf> {
        if self.clients.is_none() {
            let features = if self.peers { "peers" } else { "" };
            self.clients = Some(self.build("clients", "release", features)?);
        }
        self.clients.clone().context("not built")
    }

    /// The address of the origin, which is started when it is first needed.
    fn address(&mut self) -> Result<String> {
        if self.origin.is_none() {
            self.origin = Some(Origin::start(self.clients_program()?)?);
        }
        self.origin
            .as_ref()
            .map(|origin| origin.address.clone())
            .context("no origin")
    }

    /// Instructions of a call for a body of this many bytes: `hit`, `miss` or `refresh`.
    pub fn instructions(&mut self, call: &str, subject: &str, bytes: u64, runs: [u64; 2]) -> Result<f64> {
        let (program, address) = (self.clients_program()?, self.address()?);
        let arguments = [&address, call, subject, &bytes.to_string()];
        let spent = callgrind::instructions_per_run(&program, &self.target(), &arguments, runs);
        Ok(spent.with_context(|| format!("counting a {call} of {subject}"))? as f64)
    }

    /// The one number that `clients TASK ARGUMENTS` prints.
    pub fn counted(&mut self, arguments: &[&str]) -> Result<f64> {
        let (program, address) = (self.clients_program()?, self.address()?);
        number(Command::new(program).arg(address).args(arguments))
    }

    /// Heap allocations of a hit of 1 KiB.
    pub fn allocations(&mut self, subject: &str) -> Result<f64> {
        let (clients, address) = (self.clients_program()?, self.address()?);
        let name = format!("allocations{}", std::env::consts::EXE_SUFFIX);
        number(Command::new(clients.with_file_name(name)).args([&address, subject, "1024"]))
    }

    /// What `clients timed TASK` prints of larder and another client: `FIGURE SUBJECT` and a number.
    pub fn timed(&mut self, task: &str, rounds: usize, other: &str) -> Result<Lines> {
        let (program, address) = (self.clients_program()?, self.address()?);
        let mut clients = on_one_processor(&program);
        clients.args([&address, "timed", task, &rounds.to_string(), "larder", other]);
        lines(&mut clients).with_context(|| format!("timing {task}"))
    }
}

/// A program on the first processor, where there is `taskset`. What wakes a thread on another processor takes twice as
/// long as all that is to be compared, and whether it is another one changes from minute to minute.
fn on_one_processor(program: &Path) -> Command {
    let there_is = Command::new("taskset").args(["-c", "0", "true"]).output();
    if !there_is.is_ok_and(|output| output.status.success()) {
        eprintln!("no `taskset` (util-linux), or no processor 0: times are those of any processors");
        return Command::new(program);
    }
    let mut pinned = Command::new("taskset");
    pinned.args(["-c", "0"]).arg(program);
    pinned
}

/// Printed when a build fails: the most likely reason is the least visible one.
pub const NEEDS_CRATES: &str = "a program of bench/ does not build. Its crates are downloaded the first time, which \
     needs a network; `--without-peers` needs fewer of them";

/// The number that a program prints.
fn number(command: &mut Command) -> Result<f64> {
    let printed = command::read(command)?;
    printed
        .trim()
        .parse()
        .with_context(|| format!("odd answer `{printed}`"))
}

fn lines(command: &mut Command) -> Result<Lines> {
    let printed = command::read(command)?;
    let line = |line: &str| {
        let (text, number) = line
            .rsplit_once(' ')
            .with_context(|| format!("odd line `{line}`"))?;
        Ok((text.to_owned(), number.parse()?))
    };
    printed.lines().map(line).collect()
}

/// The origin's process; it ends with this.
struct Origin {
    process: Child,
    address: String,
}

impl Origin {
    fn start(program: PathBuf) -> Result<Self> {
        let mut process = on_one_processor(&program)
            .arg("origin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("could not start the origin")?;
        let mut address = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut address)?;
        }
        let origin = Self {
            process,
            address: address.trim().to_owned(),
        };
        if origin.address.is_empty() {
            bail!("the origin did not start");
        }
        Ok(origin)
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        // the end of its input ends it
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
