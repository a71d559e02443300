//! The package `measure`: built once per run, then asked.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::callgrind::{self, Profile};
use crate::command;
use crate::workspace::Workspace;

/// Operations that are not larder's own; they may allocate.
const ANCHOR: &str = "anchor-";

/// Builds the harness when it is first needed and asks it for figures.
pub struct Harness<'w> {
    workspace: &'w Workspace,
    built: Option<PathBuf>,
}

impl<'w> Harness<'w> {
    /// A harness that is not built yet.
    pub fn new(workspace: &'w Workspace) -> Self {
        Self {
            workspace,
            built: None,
        }
    }

    /// The program, built with the profile that the budget is stated for.
    fn program(&mut self) -> Result<PathBuf> {
        if let Some(program) = &self.built {
            return Ok(program.clone());
        }
        let profile = "measure";
        let package = "measure";
        command::run(
            self.workspace
                .cargo()
                .args(["build", "--package", package, "--profile", profile]),
        )?;
        let name = format!("{package}{}", std::env::consts::EXE_SUFFIX);
        let program = self.workspace.target.join(profile).join(name);
        Ok(self.built.insert(program).clone())
    }

    /// Instructions of one run of an operation.
    pub fn instructions(&mut self, operation: &str, case: &str) -> Result<u64> {
        let program = self.program()?;
        let arguments = [operation, case];
        callgrind::instructions_per_run(&program, &self.workspace.target, &arguments, callgrind::RUNS)
            .with_context(|| format!("counting {operation} on {case}"))
    }

    /// Where the instructions of one run of an operation go.
    pub fn profile(&mut self, operation: &str, case: &str) -> Result<Profile> {
        callgrind::profile(&self.program()?, &self.workspace.target, operation, case)
    }

    /// The most heap allocations of any of larder's operations on any case.
    pub fn allocations(&mut self) -> Result<u64> {
        let mut most = 0;
        for (operation, allocations) in self.lines("allocs")? {
            if allocations > 0 && !operation.starts_with(ANCHOR) {
                println!("{operation}: {allocations} allocations");
            }
            if !operation.starts_with(ANCHOR) {
                most = most.max(allocations);
            }
        }
        Ok(most)
    }

    /// Bytes of a type.
    pub fn size_of(&mut self, name: &str) -> Result<u64> {
        let sizes = self.lines("sizes")?;
        let found = sizes.iter().find(|(found, _)| found == name);
        found
            .map(|(_, bytes)| *bytes)
            .with_context(|| format!("the harness prints no size of {name}"))
    }

    /// What `measure TASK` prints: a text and a number on each line.
    fn lines(&mut self, task: &str) -> Result<Vec<(String, u64)>> {
        let printed = command::read(Command::new(self.program()?).arg(task))?;
        printed
            .lines()
            .map(|line| {
                let (text, number) = line
                    .rsplit_once(' ')
                    .with_context(|| format!("odd line `{line}`"))?;
                Ok((text.to_owned(), number.parse()?))
            })
            .collect()
    }
}
