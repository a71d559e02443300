//! `cargo xtask package`: what would be published is complete, builds by itself, and by the oldest Rust it names.
//!
//! Within the workspace a package finds files, features and versions that its users will not have. So each one is
//! packed, what has to be in a package is looked for, and it is built from what was packed. `rust-version` of each
//! manifest is a promise: that very toolchain checks the package with every feature.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::command;
use crate::workspace::Workspace;

/// What every package has to hold: both licences ask for their texts.
const FILES: [&str; 3] = ["LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// Packs, builds and checks all packages that are not kept back by `publish = false`.
pub fn run(workspace: &Workspace) -> Result<()> {
    let packages = publishable(workspace)?;
    ensure!(!packages.is_empty(), "no package would be published");
    for package in &packages {
        look_through(workspace, package)?;
    }
    let mut cargo = workspace.cargo();
    // An edit that is not committed yet is no fault of the package.
    cargo.args(["package", "--quiet", "--locked", "--allow-dirty"]);
    command::run(cargo.args(named(packages.iter())))?;
    let mut oldest: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    for package in &packages {
        oldest.entry(&package.rust_version).or_default().push(package);
    }
    for (version, packages) in oldest {
        check_with(workspace, version, &packages)?;
    }
    Ok(())
}

/// A package that would be published.
struct Package {
    name: String,
    rust_version: String,
}

fn publishable(workspace: &Workspace) -> Result<Vec<Package>> {
    let mut cargo = workspace.cargo();
    let json = command::read(cargo.args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&json).context("cargo metadata is not JSON")?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    // `null` allows every registry, `[]` none.
    let open = packages.iter().filter(|package| package["publish"].is_null());
    open.map(|package| {
        let text = |field: &str| {
            let found = package[field].as_str().map(str::to_owned);
            found.with_context(|| format!("{} has no {field}", package["name"]))
        };
        for field in ["description", "license", "readme", "repository"] {
            text(field)?;
        }
        Ok(Package {
            name: text("name")?,
            rust_version: text("rust_version")?,
        })
    })
    .collect()
}

fn look_through(workspace: &Workspace, package: &Package) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["package", "--quiet", "--list", "--allow-dirty"]);
    let listed = command::read(cargo.args(named([package])))?;
    let missing: Vec<_> = FILES
        .into_iter()
        .filter(|file| !listed.lines().any(|line| line == *file))
        .collect();
    ensure!(
        missing.is_empty(),
        "{} lacks {}",
        package.name,
        missing.join(", ")
    );
    println!("{}: {} files", package.name, listed.lines().count());
    Ok(())
}

/// Where that toolchain cannot be had, clippy's lint `incompatible_msrv` is what is left: it knows since when each item
/// of the standard library is there.
fn check_with(workspace: &Workspace, version: &str, packages: &[&Package]) -> Result<()> {
    let arguments = ["toolchain", "install", version, "--profile", "minimal"];
    if let Err(error) = command::run(Command::new("rustup").args(arguments)) {
        eprintln!(
            "{error:#}\nNOT RUN: no Rust {version} here; step `clippy` has the lint `incompatible_msrv`"
        );
        return Ok(());
    }
    let mut check = Command::new("rustup");
    // A RUSTC of the outer cargo would overrule rustup.
    check.args(["run", version, "cargo"]).env_remove("RUSTC");
    check.current_dir(&workspace.root);
    check.args(["check", "--quiet", "--locked", "--all-features", "--target-dir"]);
    check.arg(workspace.target.join("oldest"));
    command::run(check.args(named(packages.iter().copied())))
}

fn named<'p>(packages: impl IntoIterator<Item = &'p Package>) -> Vec<String> {
    let names = packages.into_iter().map(|package| package.name.clone());
    names.flat_map(|name| ["--package".to_owned(), name]).collect()
}
