//! Cortex-M images: how many bytes larder adds to one, and whether any panic can be reached in it.
//!
//! The package `xtask/image` links against an undefined symbol wherever the compiler could not prove a panic away,
//! so a successful link is the proof. It has a workspace of its own, since its profiles and targets differ.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{panics, size, stack};
use crate::command;
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;

/// Cortex-M4: the processor that the budget is stated for.
pub const M4: &str = "thumbv7em-none-eabihf";
/// Cortex-M0+: shown, and it must not panic either.
pub const M0: &str = "thumbv6m-none-eabi";

const TARGETS: [&str; 2] = [M4, M0];
const LEVELS: [Level; 2] = [Level::Size, Level::Speed];

/// What the panic handler calls; nothing defines it.
const UNDEFINED: &str = "larder_panic_linked";

/// What an image uses of the core.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Nothing; but the same inputs, and the memory functions that any firmware has.
    Baseline,
    /// The states and the packed entries.
    States,
    /// The driver, as an adapter runs it, over a store of which the image has nothing.
    Exchange,
    /// The driver over the store in RAM: what firmware has.
    Slots,
    /// The states, the driver and the store in RAM.
    Whole,
    /// The same with whatever the core can be told to have besides on such a device.
    Everything,
    /// The readers of Range, Content-Range and structured fields alone: no rule reads these.
    Fields,
    /// The async client over the store in RAM, with the codec that needs no HTTP stack.
    Client,
    /// The same on edge-http's codec.
    EdgeHttp,
    /// The poller that keeps validators and no bodies.
    Poller,
}

impl Shape {
    const ALL: [Self; 10] = [
        Self::Baseline,
        Self::States,
        Self::Exchange,
        Self::Slots,
        Self::Whole,
        Self::Everything,
        Self::Fields,
        Self::Client,
        Self::EdgeHttp,
        Self::Poller,
    ];

    /// The features of the image package.
    fn features(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::States => "states",
            Self::Exchange => "elsewhere",
            Self::Slots => "slots",
            Self::Whole => "states,slots",
            Self::Everything => "everything",
            Self::Fields => "fields",
            Self::Client => "client",
            Self::EdgeHttp => "client,edge-http",
            Self::Poller => "poller",
        }
    }
}

/// A profile of the image package.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// opt-level z.
    Size,
    /// opt-level 3.
    Speed,
}

impl Level {
    fn profile(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Speed => "speed",
        }
    }
}

/// What an image is built for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Purpose {
    /// To be counted: its panic handler calls a function that nothing defines.
    Count,
    /// The control of the panic check: the same with a panic that no optimiser can remove.
    Planted,
    /// To find its panics: the panic handler calls a function that is defined, so that the image links; the linker
    /// keeps the relocations, which say who calls whom.
    Trace,
    /// The same for images in which some kind of panic is permitted.
    Kinds,
    /// To find its deepest stack: the same, with the frame of every function.
    Frames,
}

impl Purpose {
    /// Features of the image package that it needs besides the shape.
    fn features(self) -> &'static str {
        match self {
            Self::Count => "",
            Self::Planted => ",planted",
            Self::Trace | Self::Frames => ",located",
            Self::Kinds => ",kinds",
        }
    }
}

/// What became of building an image.
#[derive(Clone)]
enum Built {
    /// It linked.
    Linked(PathBuf),
    /// It did not link, because a panic can be reached.
    Panics,
}

/// The images built so far in this run.
pub struct Images<'w> {
    workspace: &'w Workspace,
    /// Print what the counted images consist of.
    functions: bool,
    toolchain: Option<Toolchain>,
    built: HashMap<(Shape, &'static str, Level, Purpose), Built>,
}

impl<'w> Images<'w> {
    /// No image is built yet.
    pub fn new(workspace: &'w Workspace, functions: bool) -> Self {
        Self {
            workspace,
            functions,
            toolchain: None,
            built: HashMap::new(),
        }
    }

    /// Bytes that an image has beyond the baseline.
    pub fn own_bytes(&mut self, shape: Shape, target: &'static str, level: Level) -> Result<u64> {
        let (image, baseline) = (
            self.linked(shape, target, level)?,
            self.linked(Shape::Baseline, target, level)?,
        );
        if self.functions {
            println!("{}, {target}, {}:", shape.features(), level.profile());
            print!("{}", size::largest_functions(&image)?);
        }
        let (image, baseline) = (size::flash_bytes(&image)?, size::flash_bytes(&baseline)?);
        image
            .checked_sub(baseline)
            .context("the image is smaller than its baseline")
    }

    /// An image that has code to count. One that can panic is counted as it would be with a panic handler.
    fn linked(&mut self, shape: Shape, target: &'static str, level: Level) -> Result<PathBuf> {
        for purpose in [Purpose::Count, Purpose::Trace] {
            if let Built::Linked(image) = self.build(shape, target, level, purpose)? {
                return Ok(image);
            }
        }
        bail!("the image `{}` does not link", shape.features());
    }

    /// How many images can panic; before any is believed, one with a planted panic must fail.
    pub fn with_panics(&mut self, shapes: &[Shape]) -> Result<u64> {
        let mut panics = 0_u64;
        for target in TARGETS {
            for level in LEVELS {
                if let Built::Linked(_) = self.build(Shape::Baseline, target, level, Purpose::Planted)? {
                    bail!("the planted panic linked on {target}: the panic check proves nothing");
                }
                for shape in shapes {
                    if let Built::Panics = self.build(*shape, target, level, Purpose::Count)? {
                        panics = panics.saturating_add(1);
                        println!(
                            "`{}` can panic on {target}, {}:",
                            shape.features(),
                            level.profile()
                        );
                        let image = self.linked(*shape, target, level)?;
                        let sources = panics::sources(&image, UNDEFINED)?;
                        if sources.is_empty() {
                            println!("  (no source line found)");
                        }
                        sources.iter().for_each(|source| println!("  {source}"));
                    }
                }
            }
        }
        Ok(panics)
    }

    /// How many functions of async images can panic, but for being polled once they are done. What is in a crate
    /// or a file that `foreign` names is another's to answer for.
    pub fn async_panics(&mut self, shapes: &[Shape], foreign: &[(&str, &str)]) -> Result<u64> {
        let mut panics = 0_u64;
        for shape in shapes {
            let Built::Linked(image) = self.build(*shape, M4, Level::Size, Purpose::Kinds)? else {
                bail!("an image with a panic handler does not link");
            };
            for (function, line) in panics::functions(&image, UNDEFINED, "async_fn_resumed")? {
                let theirs = foreign
                    .iter()
                    .any(|(name, file)| function.contains(name) || line.contains(file));
                let whose = if theirs { "the network stack: " } else { "" };
                println!("`{}` can panic in {whose}{function} {line}", shape.features());
                panics = panics.saturating_add(u64::from(!theirs));
            }
        }
        Ok(panics)
    }

    /// Bytes of stack that the deepest decision of the driver can need.
    pub fn deepest_decision(&mut self, target: &'static str, level: Level) -> Result<u64> {
        let Built::Linked(image) = self.build(Shape::Slots, target, level, Purpose::Frames)? else {
            bail!("an image with a panic handler does not link");
        };
        let deepest = stack::deepest(&image, "image8decision")?;
        if self.functions {
            println!("deepest stack, {target}, {}:", level.profile());
            deepest
                .path
                .iter()
                .for_each(|(function, bytes)| println!("{bytes:>7} {function}"));
        }
        Ok(deepest.bytes)
    }

    fn build(&mut self, shape: Shape, target: &'static str, level: Level, purpose: Purpose) -> Result<Built> {
        let wanted = (shape, target, level, purpose);
        if let Some(built) = self.built.get(&wanted) {
            return Ok(built.clone());
        }
        let toolchain = match self.toolchain {
            Some(toolchain) => toolchain,
            None => *self
                .toolchain
                .insert(Toolchain::with(self.workspace, &TARGETS, false)?),
        };
        let features = format!("{}{}", shape.features(), purpose.features());
        let mut target_folder = target_folder(self.workspace);
        let mut cargo = toolchain.cargo(&folder(self.workspace));
        if purpose == Purpose::Frames {
            // an unstable option, for this report only; other flags would rebuild what lies in the other folder
            cargo
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTFLAGS", "-Zemit-stack-sizes");
            target_folder.push("frames");
        }
        let profile = level.profile();
        cargo.args([
            "build",
            "--quiet",
            "--target",
            target,
            "--profile",
            profile,
            "--features",
            &features,
        ]);
        cargo.arg("--target-dir").arg(&target_folder);
        println!("$ {}", command::shown(&cargo));
        let finished = command::finish(&mut cargo)?;
        let built = if finished.success {
            // the next build with other features would overwrite it
            let linked = target_folder.join(target).join(profile).join("image");
            let kept = linked.with_file_name(format!("image-{}", features.replace(',', "-")));
            std::fs::copy(&linked, &kept)?;
            Built::Linked(kept)
        } else if finished
            .stderr
            .contains(&format!("undefined symbol: {UNDEFINED}"))
        {
            Built::Panics
        } else {
            bail!("the image did not build:\n{}", finished.stderr);
        };
        self.built.insert(wanted, built.clone());
        Ok(built)
    }
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("xtask").join("image")
}

fn target_folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("image")
}

/// Checks the formatting of the image package, which the workspace's own check does not reach.
pub fn fmt(workspace: &Workspace) -> Result<()> {
    let mut cargo: Command = command::cargo();
    command::run(
        cargo
            .current_dir(folder(workspace))
            .args(["fmt", "--", "--check"]),
    )
}

/// Lints the image package in every shape.
pub fn clippy(workspace: &Workspace) -> Result<()> {
    let toolchain = Toolchain::with(workspace, &[M4], false)?;
    for shape in Shape::ALL {
        let mut cargo = toolchain.cargo(&folder(workspace));
        cargo.args(["clippy", "--target", M4, "--features", shape.features()]);
        cargo
            .arg("--target-dir")
            .arg(target_folder(workspace))
            .args(["--", "-D", "warnings"]);
        command::run(&mut cargo)?;
    }
    Ok(())
}
