//! `cargo xtask firmware`: the example for devices runs in QEMU for a simulated day, with a cache and without,
//! against an origin on loopback.

mod origin;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::command;
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;
use origin::{Origin, PATHS};

/// The Cortex-M3 of QEMU's lm3s6965evb.
const TARGET: &str = "thumbv7m-none-eabi";
/// Where the guest finds the origin, and nothing else.
const GUEST: &str = "192.0.2.100:8080";
/// A day takes seconds; a machine with much else to do may need minutes.
const LIMIT: Duration = Duration::from_secs(600);

/// Bytes of the future of one request, on a 32-bit target.
const MAX_FUTURE: u64 = 1152;

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
/// they print.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let toolchain = Toolchain::with(workspace, &[TARGET], false)?;
    find_qemu()?;
    let folder = workspace.root.join("examples").join("firmware");
    let target = workspace.target.join("firmware");
    let mut build = toolchain.cargo(&folder);
    build
        .args(["build", "--release", "--locked", "--target-dir"])
        .arg(&target);
    command::run(&mut build)?;
    let images = target.join(TARGET).join("release");

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
    println!("\n{} polls of {} resources in a day", 288, PATHS.len());
    print_table(&columns);
    Ok(())
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
}

/// The formatting of the image, which is no member of the workspace.
pub fn fmt(workspace: &Workspace) -> Result<()> {
    let manifest = workspace
        .root
        .join("examples")
        .join("firmware")
        .join("Cargo.toml");
    command::run(
        workspace
            .cargo()
            .args(["fmt", "--check", "--manifest-path"])
            .arg(manifest),
    )
}

/// Makes sure that there is an emulator.
fn find_qemu() -> Result<()> {
    let found = || {
        Command::new("qemu-system-arm")
            .arg("--version")
            .stdout(Stdio::null())
            .status()
            .is_ok()
    };
    if found() {
        return Ok(());
    }
    let install = ["install", "-y", "--no-install-recommends", "qemu-system-arm"];
    let installed = command::run(Command::new("apt-get").arg("update"))
        .and_then(|()| command::run(Command::new("apt-get").args(install)));
    if let Err(error) = installed {
        eprintln!("{error:#}");
    }
    ensure!(found(), "install qemu-system-arm");
    Ok(())
}

/// What one day came to.
struct Day {
    text: String,
    asked: usize,
}

/// The numbers of a day.
struct Numbers {
    air: u64,
    hits: u64,
    validated: u64,
    stack: u64,
    asked: usize,
    /// Bytes of the client and of the future of one request, where there is a cache.
    client: Option<(u64, u64)>,
}

fn day(image: &Path, mode: &str, options: &Options) -> Result<Day> {
    let origin = Origin::start()?;
    let this = std::env::current_exe().context("where this program is")?;
    let relay = format!("{} relay {}", this.display(), origin.port());
    let network = format!(
        "user,model=stellaris,restrict=on,net=192.0.2.0/24,host=192.0.2.2,ipv6=off,guestfwd=tcp:{GUEST}-cmd:{relay}"
    );
    let arguments = format!("enable=on,target=native,arg=firmware,arg=http://{GUEST},arg={mode}");
    let mut qemu = Command::new("qemu-system-arm");
    qemu.args([
        "-M",
        "lm3s6965evb",
        "-nographic",
        "-serial",
        "null",
        "-monitor",
        "none",
    ])
    .args(["-semihosting-config", &arguments, "-nic", &network, "-kernel"])
    .arg(image)
    .stdin(Stdio::null())
    .stdout(Stdio::piped());
    let mut child = qemu.spawn().context("could not start qemu-system-arm")?;
    let mut output = child.stdout.take().context("no output")?;
    let reader = thread::spawn(move || {
        let mut text = String::new();
        let _ = output.read_to_string(&mut text);
        text
    });
    let start = Instant::now();
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if start.elapsed() > LIMIT => {
                child.kill()?;
                child.wait()?;
                bail!("the firmware did not end: {}", reader.join().unwrap_or_default());
            }
            None => thread::sleep(Duration::from_millis(50)),
        }
    };
    let text = reader.join().unwrap_or_default();
    if options.verbose || !status.success() {
        println!("-- {} {mode}\n{text}", image.display());
    }
    ensure!(status.success(), "the firmware failed in mode {mode} ({status})");
    Ok(Day {
        text,
        asked: origin.asked(),
    })
}

impl Day {
    /// The number behind a word.
    fn number(&self, name: &str) -> Result<u64> {
        let words: Vec<_> = self.text.split_whitespace().collect();
        let at = words.iter().rposition(|word| *word == name);
        let word = at.and_then(|at| words.get(at.saturating_add(1)));
        word.and_then(|word| word.parse().ok())
            .with_context(|| format!("the firmware did not print {name}"))
    }

    /// Whether the day went as it has to.
    fn check(&self, cached: bool) -> Result<Numbers> {
        let number = |name: &str| self.number(name);
        let (drawn, errors) = (number("drawn")?, number("errors")?);
        ensure!(errors == 0, "the store failed {errors} times");
        let polls = number("hits")?
            .saturating_add(number("validated")?)
            .saturating_add(number("misses")?);
        ensure!(polls == 3 * 288, "{polls} answers");
        if cached {
            let lines: Vec<_> = self
                .text
                .lines()
                .filter(|line| line.starts_with("draw "))
                .collect();
            ensure!(lines.len() as u64 == drawn, "{} lines of {drawn}", lines.len());
            for line in &lines {
                ensure!(origin::is_right(line), "this is not what the origin says: {line}");
            }
            // 24 versions of the weather, 2 of the quote, 4 of the map; and all three after the reset, from RAM.
            ensure!(drawn == 33, "{drawn} tiles were drawn");
            let future = number("future")?;
            ensure!(future <= MAX_FUTURE, "a request's future has {future} bytes");
            ensure!(number("boots")? == 2, "there was no reset");
            ensure!(
                self.text.contains("boot 2 finds 3 entries"),
                "the retained entries are gone"
            );
            let revived = lines
                .iter()
                .filter(|line| line.ends_with("the origin confirmed the stored response"));
            ensure!(
                revived.count() == 3,
                "the retained entries were not validated after the reset"
            );
        }
        Ok(Numbers {
            air: number("air")?,
            hits: number("hits")?,
            validated: number("validated")?,
            stack: number("stack")?,
            asked: self.asked,
            client: match cached {
                true => Some((number("client")?, number("future")?)),
                false => None,
            },
        })
    }
}

/// Copies both ways until one side ends.
pub fn relay(options: &Relay) -> Result<()> {
    let mut origin = TcpStream::connect(("127.0.0.1", options.port))?;
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
