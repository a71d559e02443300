//! The bare image: the cache over replayed bytes on RISC-V, and every type that defmt can print.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::emulator::RISCV;
use super::frames::Frames;
use super::{Options, build};
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;

/// What it is built for.
pub const TARGET: &str = "riscv32imac-unknown-none-elf";

/// Where the types are that it has to print.
const SOURCES: [&str; 2] = ["core/src", "adapters/embedded/src"];

/// Builds the image, runs it, and looks up every frame that it logs.
pub fn run(workspace: &Workspace, toolchain: Toolchain, options: &Options) -> Result<()> {
    let image = build(workspace, toolchain, "bare")?
        .join(TARGET)
        .join("release/bare");
    let text = RISCV.run(&image, "", &[], options.verbose)?;
    let steps = text.lines().filter(|line| line.starts_with("step ")).count();
    let last = text.lines().last().unwrap_or_default();
    ensure!(
        last.starts_with(&format!("steps {steps} ")),
        "{last}, but {steps} were printed"
    );
    let frames = Frames::of(&image)?;
    let mut printed = BTreeSet::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("defmt ")) {
        printed.insert(frames.name(line).with_context(|| format!("the frame {line}"))?);
    }
    let mut types = BTreeSet::new();
    for folder in SOURCES {
        collect(&workspace.root.join(folder), &mut types)?;
    }
    let missing: Vec<_> = types.difference(&printed).collect();
    ensure!(missing.is_empty(), "the image does not print {missing:?}");
    println!(
        "{TARGET}: {steps} steps over replayed bytes, {} types by defmt",
        printed.len()
    );
    Ok(())
}

/// Finds the public types that derive `defmt::Format`.
fn collect(folder: &Path, types: &mut BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, types)?;
        } else {
            types.extend(declared(&fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

/// The types of one file.
fn declared(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut derived = false;
    for line in source.lines().map(str::trim) {
        derived |= line.contains("derive(defmt::Format)");
        let words = ["pub struct ", "pub enum "];
        let declared = words.iter().find_map(|word| line.strip_prefix(word));
        if let (true, Some(rest)) = (derived, declared) {
            let name = rest.split(|letter: char| !letter.is_ascii_alphanumeric()).next();
            found.extend(name.map(str::to_owned));
        }
        derived &= !line.is_empty() && declared.is_none();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found() {
        let source = "#[derive(Debug)]\n#[cfg_attr(feature = \"defmt\", derive(defmt::Format))]\n#[non_exhaustive]\npub enum One<E> {}\n\npub struct Two;\n\n#[derive(defmt::Format)]\npub struct Three(u8);";
        assert_eq!(declared(source), ["One", "Three"]);
    }
}
