//! Finding a toolchain that has the bare-metal targets, and fetching them when none has.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::workspace::Workspace;

/// The bare-metal targets: what RP2040, STM32F1, nRF52 and STM32F4, ESP32-C3 and ESP32-C6 run.
pub const BARE_METAL: &[&str] = &[
    "thumbv6m-none-eabi",
    "thumbv7m-none-eabi",
    "thumbv7em-none-eabihf",
    "riscv32imc-unknown-none-elf",
    "riscv32imac-unknown-none-elf",
];

/// Where the target libraries come from.
#[derive(Clone, Copy)]
pub enum Toolchain {
    /// The toolchain this program was started with.
    Current,
    /// Debian's, with target libraries built from Debian's source (for machines where rustup cannot download).
    Debian,
}

impl Toolchain {
    /// Makes sure that some toolchain can build for `targets`; `debian` skips rustup.
    pub fn with(workspace: &Workspace, targets: &[&str], debian: bool) -> Result<Self> {
        if !debian {
            let missing = missing(targets)?;
            if missing.is_empty() {
                return Ok(Self::Current);
            }
            println!("missing targets: {}", missing.join(", "));
            match command::run(Command::new("rustup").args(["target", "add"]).args(&missing)) {
                Ok(()) => return Ok(Self::Current),
                Err(error) => eprintln!("{error:#}; falling back on Debian's toolchain"),
            }
        }
        let script = workspace.root.join("xtask").join("embedded-sysroot.sh");
        command::run(Command::new("bash").arg(script).args(targets))
            .context("neither rustup nor Debian's packages could provide the bare-metal targets")?;
        Ok(Self::Debian)
    }

    /// A cargo command of this toolchain, run in `folder`.
    pub fn cargo(self, folder: &Path) -> Command {
        let mut cargo = match self {
            Self::Current => command::cargo(),
            Self::Debian => {
                let mut rustup = Command::new("rustup");
                // rustup names the toolchain by RUSTUP_TOOLCHAIN; a RUSTC of the outer cargo would overrule it
                rustup.args(["run", "debian", "cargo"]).env_remove("RUSTC");
                rustup
            }
        };
        cargo.current_dir(folder);
        cargo
    }
}

/// The targets whose libraries the current compiler does not have.
pub fn missing<'a>(targets: &[&'a str]) -> Result<Vec<&'a str>> {
    let mut missing = Vec::new();
    for target in targets {
        let folder =
            command::read(Command::new("rustc").args(["--print", "target-libdir", "--target", target]))?;
        let folder = folder.trim();
        if folder.is_empty() {
            bail!("rustc does not say where the libraries of {target} belong");
        }
        let has_core = std::fs::read_dir(folder).is_ok_and(|entries| {
            entries
                .flatten()
                .any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
        });
        if !has_core {
            missing.push(*target);
        }
    }
    Ok(missing)
}
