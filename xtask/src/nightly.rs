//! The nightly toolchain, which the fuzzer, LLVM's counters and Miri need.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command;

/// Installs a nightly where there is none; one that is there is not changed.
pub fn install() -> Result<()> {
    let there = command::finish(Command::new("rustup").args(["run", "nightly", "rustc", "--version"]))?;
    if there.success {
        return Ok(());
    }
    let arguments = ["toolchain", "install", "nightly", "--profile", "minimal"];
    command::run(Command::new("rustup").args(arguments))
}

/// Adds components to it.
pub fn add(components: &[&str]) -> Result<()> {
    install()?;
    let mut rustup = Command::new("rustup");
    rustup.args(["component", "add", "--toolchain", "nightly"]);
    command::read(rustup.args(components)).map(drop)
}

/// Makes a command use it: the cargo that started this program belongs to another toolchain.
pub fn bind(command: &mut Command) -> &mut Command {
    for name in ["CARGO", "RUSTC", "RUSTDOC"] {
        command.env_remove(name);
    }
    command.env("RUSTUP_TOOLCHAIN", "nightly")
}

/// The folder of llvm-profdata and llvm-cov of its own LLVM: another version cannot read its counters.
pub fn llvm_tools() -> Result<PathBuf> {
    add(&["llvm-tools"])?;
    let mut rustc = Command::new("rustup");
    rustc.args(["run", "nightly", "rustc", "--print", "target-libdir"]);
    let library = PathBuf::from(command::read(&mut rustc)?.trim());
    let parent = library.parent().context("the library lies in a folder")?;
    Ok(parent.join("bin"))
}
