//! `cargo xtask firmware`: the examples for devices run in QEMU. The dashboard runs for a simulated day, with a cache
//! and without, against an origin on loopback; the bare image over replayed bytes.

mod bare;
mod day;
pub mod emulator;
mod frames;
mod origin;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use object::{Object, ObjectSection};

use crate::command;
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;
use day::{Numbers, POLLS, day};
use origin::PATHS;

/// The Cortex-M3 of QEMU's lm3s6965evb.
const TARGET: &str = "thumbv7m-none-eabi";
/// The images: one for each HTTP stack.
const IMAGES: [&str; 2] = ["edge-http", "reqwless"];

/// What `cargo xtask firmware` can be told.
#[derive(clap::Args, Default)]
pub struct Options {
    /// Show all that the firmware prints.
    #[arg(long)]
    verbose: bool,
}

/// Joins a connection of the guest with the origin's port; QEMU starts one for each.
#[derive(clap::Args)]
pub struct Relay {
    port: u16,
}

/// Builds the images, runs each of them for a day with a cache and for one without, and checks what
/// they print. Checks the listings of the board page, and tests its TLS.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let toolchain = Toolchain::with(workspace, &[TARGET, bare::TARGET], false)?;
    emulator::ARM.find()?;
    emulator::RISCV.find()?;
    bare::run(workspace, toolchain, options)?;
    check_page(workspace, toolchain)?;
    check_tls(workspace)?;
    let images = build(workspace, toolchain, "firmware")?
        .join(TARGET)
        .join("release");

    let days = thread::scope(|scope| {
        let run = |name| {
            let image = images.join(name);
            scope.spawn(move || compare(&image, options).with_context(|| format!("the image {name}")))
        };
        let running = IMAGES.map(run);
        running.map(|days| days.join().unwrap_or_else(|_| bail!("a run panicked")))
    });
    let mut columns = Vec::new();
    for (name, days) in IMAGES.iter().zip(days) {
        let (with, without) = days?;
        columns.push((format!("{name}, cache"), with));
        columns.push((format!("{name}, plain"), without));
    }
    println!("\n{POLLS} polls of {} resources in a day", PATHS.len());
    print_table(&columns);
    for name in IMAGES {
        println!("{name}: {} bytes of flash", flash(&images.join(name))?);
    }
    Ok(())
}

/// Builds an example that is no member of the workspace; where cargo puts it.
fn build(workspace: &Workspace, toolchain: Toolchain, name: &str) -> Result<std::path::PathBuf> {
    let target = workspace.target.join(name);
    let mut cargo = toolchain.cargo(&workspace.root.join("examples").join(name));
    cargo.args(["build", "--release", "--locked", "--target-dir"]);
    command::run(cargo.arg(&target))?;
    Ok(target)
}

/// Checks that the listings of the board page compile for a device.
fn check_page(workspace: &Workspace, toolchain: Toolchain) -> Result<()> {
    let mut cargo = toolchain.cargo(&workspace.root.join("examples").join("firmware"));
    cargo.args(["check", "--release", "--locked", "--lib", "--features", "page"]);
    command::run(cargo.arg("--target-dir").arg(workspace.target.join("firmware")))
}

/// Tests the TLS of the board page on the host: a package outside the workspace, with TLS libraries of its own.
fn check_tls(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join("adapters").join("edge-http").join("tls");
    let mut fmt = command::cargo();
    command::run(fmt.current_dir(&folder).args(["fmt", "--", "--check"]))?;
    let mut test = workspace.cargo();
    test.current_dir(&folder)
        .args(["test", "--quiet", "--locked", "--target-dir"]);
    command::run(test.arg(workspace.target.join("firmware-tls")))
}

/// A day of an image with the cache, and one without.
fn compare(image: &Path, options: &Options) -> Result<(Numbers, Numbers)> {
    let (cached, plain) = (day(image, "cache", options)?, day(image, "plain", options)?);
    let (with, without) = (cached.check(true)?, plain.check(false)?);
    ensure!(
        with.air.saturating_mul(5) < without.air,
        "the cache saves too little: {} of {} bytes",
        with.air,
        without.air
    );
    Ok((with, without))
}

fn print_table(columns: &[(String, Numbers)]) {
    let row = |name: &str, value: &dyn Fn(&Numbers) -> String| {
        let cells: Vec<_> = columns.iter().map(|(_, numbers)| value(numbers)).collect();
        println!("| {name} | {} |", cells.join(" | "));
    };
    let names: Vec<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
    println!("| | {} |\n|---{}|", names.join(" | "), "|---".repeat(names.len()));
    row("bytes over the air", &|day| day.air.to_string());
    row("requests over the air", &|day| day.asked.to_string());
    row("answered from the store, not asked", &|day| day.hits.to_string());
    row("answered from the store, 304", &|day| day.validated.to_string());
    row("bytes of a client / of a request's future", &|day| {
        day.client
            .map_or("-".to_owned(), |(client, future)| format!("{client} / {future}"))
    });
    row("stack high-water, bytes", &|day| day.stack.to_string());
    row("RAM beside the stack, bytes", &|day| day.statics.to_string());
}

/// Bytes of flash that an image takes.
fn flash(image: &Path) -> Result<u64> {
    let bytes = std::fs::read(image)?;
    let file = object::File::parse(&*bytes)?;
    use object::SectionKind::{Data, ReadOnlyData, ReadOnlyString, Text};
    let loaded = file
        .sections()
        .filter(|section| matches!(section.kind(), Text | ReadOnlyData | ReadOnlyString | Data));
    Ok(loaded.map(|section| section.size()).sum())
}

/// The formatting of the images, which are no members of the workspace.
pub fn fmt(workspace: &Workspace) -> Result<()> {
    for name in ["bare", "firmware"] {
        let manifest = workspace.root.join("examples").join(name).join("Cargo.toml");
        let mut cargo = workspace.cargo();
        cargo.args(["fmt", "--check", "--manifest-path"]);
        command::run(cargo.arg(manifest))?;
    }
    Ok(())
}

/// Copies both ways until one side ends.
pub fn relay(options: &Relay) -> Result<()> {
    let mut origin = TcpStream::connect(("127.0.0.1", options.port))?;
    origin.set_nodelay(true)?;
    let mut up = origin.try_clone()?;
    thread::spawn(move || {
        let _ = copy(&mut std::io::stdin().lock(), &mut up);
        let _ = up.shutdown(Shutdown::Write);
    });
    copy(&mut origin, &mut std::io::stdout().lock())
}

/// Without waiting for more than there is.
fn copy(from: &mut impl Read, to: &mut impl Write) -> Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        to.write_all(buffer.get(..count).unwrap_or_default())?;
        to.flush()?;
    }
}
