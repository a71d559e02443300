//! `cargo xtask targets`: the core builds for every bare-metal target with every feature set, and the
//! adapters for devices with theirs.

use anyhow::{Context, Result, bail};

use crate::command;
use crate::toolchain::{BARE_METAL, Toolchain};
use crate::workspace::Workspace;

/// The adapters for devices, each with no features and with all that can be on at once.
const ADAPTERS: &[(&str, &[&str])] = &[
    (
        "larder-embedded",
        &["", "defmt,embassy-sync,embassy-time,log,validators"],
    ),
    ("larder-edge-http", &["", "defmt,log"]),
    ("larder-reqwless", &["", "defmt,log"]),
];

/// What `cargo xtask targets` can be told.
#[derive(clap::Args, Default)]
pub struct Options {
    /// Use Debian's toolchain even where rustup has the targets.
    #[arg(long)]
    debian: bool,
}

/// Builds every combination and prints one line each; the first failure ends it.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let toolchain = Toolchain::with(workspace, BARE_METAL, options.debian)?;
    let sets = workspace.bare_metal_feature_sets();
    let mut built = 0_usize;
    for target in BARE_METAL {
        for set in &sets {
            // `build`, not `check`: code generation has errors of its own (atomics, 64-bit arithmetic)
            let mut cargo = toolchain.cargo(&workspace.root);
            cargo
                .args(["build", "--quiet", "--lib", "--target", target])
                .args(set.arguments());
            command::read(&mut cargo).with_context(|| format!("{target} with {}", set.label))?;
            println!("{target}: {}", set.label);
            built = built.saturating_add(1);
        }
        for (package, sets) in ADAPTERS {
            for set in *sets {
                let mut cargo = toolchain.cargo(&workspace.root);
                cargo.args([
                    "build",
                    "--quiet",
                    "--lib",
                    "--target",
                    target,
                    "--package",
                    package,
                ]);
                cargo.args(["--no-default-features", "--features", set]);
                command::read(&mut cargo).with_context(|| format!("{package} for {target} with {set}"))?;
                println!("{target}: {package} {set}");
                built = built.saturating_add(1);
            }
        }
    }
    if built == 0 {
        bail!("nothing was built");
    }
    println!("{built} builds");
    Ok(())
}
