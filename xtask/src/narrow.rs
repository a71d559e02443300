//! `cargo xtask narrow`: the core's tests on a 32-bit processor.
//!
//! Where a register holds 32 bits, the core takes shorter code at a few places (loops over heads, comparisons of
//! names); firmware runs that code. A statically linked 32-bit program runs on any x86-64 Linux, and the toolchain
//! links it without a 32-bit C library.

use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::toolchain;
use crate::workspace::{CORE, Workspace};

const TARGET: &str = "i686-unknown-linux-musl";
/// All but `http`, which brings nothing of its own at 32 bits.
const FEATURES: &str = "suite,heapless,embedded-io,extensions,partial";

/// Runs them. Where the target cannot be had, the image that QEMU runs (`cargo xtask firmware`) is what is left.
pub fn run(workspace: &Workspace) -> Result<()> {
    if !available()? {
        eprintln!("NOT RUN: no library for {TARGET} here; `cargo xtask firmware` runs 32-bit code in QEMU");
        return Ok(());
    }
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--package", CORE, "--lib", "--tests"]);
    cargo.args(["--features", FEATURES, "--target", TARGET]);
    cargo.env("CARGO_TARGET_I686_UNKNOWN_LINUX_MUSL_LINKER", "rust-lld");
    cargo.env(
        "CARGO_TARGET_I686_UNKNOWN_LINUX_MUSL_RUSTFLAGS",
        "-Clinker-flavor=ld.lld -Clink-self-contained=yes",
    );
    command::run(&mut cargo)
}

fn available() -> Result<bool> {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return Ok(false);
    }
    if toolchain::missing(&[TARGET])?.is_empty() {
        return Ok(true);
    }
    let added = command::run(Command::new("rustup").args(["target", "add", TARGET]));
    if let Err(error) = &added {
        eprintln!("{error:#}");
    }
    Ok(added.is_ok())
}
