//! `cargo xtask fuzz --planted`: bugs that are put into a copy of the core, one after the other, and how
//! long the matching target takes to find each. What is not found fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::Fuzz;
use crate::mutants::copy;
use crate::workspace::Workspace;
use crate::{command, nightly};

/// How long a target may look.
const LIMIT: Duration = Duration::from_secs(300);

/// A file of `fuzz/planted`: where, what stands there, what is put there, who is to find it.
struct Bug {
    name: String,
    target: String,
    file: String,
    find: String,
    plant: String,
}

impl Bug {
    fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)?;
        let field = |name: &str| {
            let start = format!("{name}: ");
            let line = text.lines().find_map(|line| line.strip_prefix(start.as_str()));
            line.map(str::to_owned).with_context(|| format!("no {name}"))
        };
        Ok(Self {
            name: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            target: field("target")?,
            file: field("file")?,
            find: field("find")?,
            plant: field("plant")?,
        })
    }

    fn plant(&self, tree: &Path) -> Result<()> {
        let path = tree.join(&self.file);
        let text = fs::read_to_string(&path)?;
        if text.matches(self.find.as_str()).count() != 1 {
            bail!("{} does not hold once: {}", self.file, self.find);
        }
        fs::write(path, text.replace(self.find.as_str(), &self.plant))?;
        Ok(())
    }
}

/// Plants every bug, or only that for one target.
pub fn run(workspace: &Workspace, fuzz: &Fuzz, only: Option<&str>) -> Result<()> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(fuzz.root.join("planted"))? {
        paths.push(entry?.path());
    }
    paths.sort();
    let tree = workspace.target.join("planted");
    let copied = Fuzz {
        program: fuzz.program.clone(),
        root: tree.join("fuzz"),
        build: fuzz.build.clone(),
    };
    let mut lines = Vec::new();
    let mut missed = Vec::new();
    for path in paths {
        let bug = Bug::read(&path).with_context(|| path.display().to_string())?;
        if only.is_some_and(|only| only != bug.target) {
            continue;
        }
        copy::mirror(&workspace.root, &tree, true)?;
        bug.plant(&tree).with_context(|| bug.name.clone())?;
        match copied.look_for(&bug)? {
            Some((time, executions)) => lines.push(format!(
                "{:<10} {:<14} {:>7.1} s {executions:>10} executions",
                bug.name,
                bug.target,
                time.as_secs_f64()
            )),
            None => missed.push(bug.name),
        }
    }
    println!("{}", lines.join("\n"));
    if !missed.is_empty() {
        bail!("not found in {} s: {}", LIMIT.as_secs(), missed.join(", "));
    }
    Ok(())
}

impl Fuzz {
    /// How long the target took, and how many executions, or nothing.
    fn look_for(&self, bug: &Bug) -> Result<Option<(Duration, u64)>> {
        command::run(self.command("build").args(["-s", "none", &bug.target]))?;
        let corpus = self.root.join("corpus").join(&bug.target);
        let mut run = std::process::Command::new(self.binary(&bug.target));
        nightly::bind(&mut run).current_dir(&self.root).arg(corpus);
        run.arg(format!("-max_total_time={}", LIMIT.as_secs()));
        run.arg(format!("-dict={}", self.root.join("http.dict").display()));
        run.args(["-print_final_stats=1", "-verbosity=1"]);
        run.arg(format!("-artifact_prefix={}/", self.build.display()));
        let start = Instant::now();
        let finished = command::finish(&mut run)?;
        let time = start.elapsed();
        if finished.success {
            return Ok(None);
        }
        let count = finished.stderr.lines().find_map(|line| {
            let count = line.strip_prefix("stat::number_of_executed_units:")?;
            count.trim().parse().ok()
        });
        // What the seeds find is found before anything is counted.
        Ok(Some((time, count.unwrap_or(0))))
    }

    fn binary(&self, target: &str) -> PathBuf {
        self.build.join("x86_64-unknown-linux-gnu/release").join(target)
    }
}
