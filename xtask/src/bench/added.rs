//! What a cache adds to the build of a program that makes one request with default ureq.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::figure::{Bound, Figure};
use super::programs::{NEEDS_CRATES, Programs};
use crate::command;

/// What a program costs to build.
struct Cost {
    crates: f64,
    seconds: f64,
    kib: f64,
}

impl Cost {
    /// What this takes more than the other.
    fn beyond(&self, other: &Self) -> Self {
        Self {
            crates: self.crates - other.crates,
            seconds: self.seconds - other.seconds,
            kib: self.kib - other.kib,
        }
    }

    /// Its time is the less of the two.
    fn keep_less(&mut self, other: &Self) {
        self.seconds = self.seconds.min(other.seconds);
    }
}

/// Builds of each program, in turns: what one takes differs by a tenth from time to time, the least of a few hardly.
const BUILDS: usize = 3;

/// Builds the program without a cache and with each, every time from nothing.
pub fn measure(programs: &mut Programs<'_>) -> Result<Vec<Figure>> {
    let mut cargo = programs.cargo();
    command::read(cargo.arg("fetch")).context(NEEDS_CRATES)?;
    let mut caches = vec![("larder", "larder")];
    if programs.peers {
        caches.extend([
            ("http-cache-ureq, moka", "moka"),
            ("http-cache-ureq, redb", "redb"),
        ]);
    }
    let mut alone = build(programs, "")?;
    let mut added = Vec::new();
    for (name, feature) in caches {
        added.push((name, feature, build(programs, feature)?));
    }
    for _ in 1..BUILDS {
        alone.keep_less(&build(programs, "")?);
        for (_, feature, cost) in &mut added {
            cost.keep_less(&build(programs, feature)?);
        }
    }
    let mut peers = added
        .into_iter()
        .map(|(name, _, cost)| (name, cost.beyond(&alone)));
    let (_, larder) = peers.next().context("larder was not built")?;
    let peers: Vec<_> = peers.collect();
    type Part = fn(&Cost) -> f64;
    let rows: [(&str, bool, Part, Bound); 3] = [
        (
            "added to default ureq: crates",
            true,
            |cost| cost.crates,
            Bound::AtMost(4.0, 2.0),
        ),
        (
            "added: stripped KiB",
            true,
            |cost| cost.kib,
            Bound::AtMost(250.0, 120.0),
        ),
        (
            "added: CPU s of a cold build",
            false,
            |cost| cost.seconds,
            Bound::AtMost(8.0, 4.0),
        ),
    ];
    let mut figures = Vec::new();
    for (what, counted, of, bound) in rows {
        let beside = Some(("default ureq alone".to_owned(), of(&alone)));
        let larder = of(&larder);
        figures.push(Figure {
            what: what.to_owned(),
            counted,
            larder,
            beside,
            bound,
        });
        figures.extend(peers.iter().map(|(name, cost)| Figure {
            what: String::new(),
            counted,
            larder,
            beside: Some(((*name).to_owned(), of(cost))),
            bound: Bound::Shown,
        }));
    }
    Ok(figures)
}

fn build(programs: &Programs<'_>, feature: &str) -> Result<Cost> {
    let shown = if feature.is_empty() { "no cache" } else { feature };
    eprintln!("building a program with {shown} from nothing");
    let target = programs.target().join("added");
    if target.exists() {
        std::fs::remove_dir_all(&target)?;
    }
    let before = cpu_seconds()?;
    let mut cargo = programs.cargo();
    cargo
        .args([
            "build",
            "--locked",
            "--offline",
            "--package",
            "added",
            "--profile",
            "added",
        ])
        .args(["--features", feature])
        .arg("--target-dir")
        .arg(&target)
        // a cache of compiled crates would make a cold build warm
        .env_remove("RUSTC_WRAPPER")
        .env_remove("CARGO_BUILD_RUSTC_WRAPPER");
    command::read(&mut cargo)?;
    let seconds = cpu_seconds()? - before;
    let program: PathBuf = target
        .join("added")
        .join(format!("added{}", std::env::consts::EXE_SUFFIX));
    let kib = std::fs::metadata(&program)?.len() as f64 / 1024.0;
    std::fs::remove_dir_all(&target)?;
    Ok(Cost {
        crates: crates(programs, feature)?,
        seconds,
        kib,
    })
}

/// The crates that end in the program, without the program itself.
fn crates(programs: &Programs<'_>, feature: &str) -> Result<f64> {
    let mut cargo = programs.cargo();
    cargo
        .args([
            "tree",
            "--locked",
            "--offline",
            "--package",
            "added",
            "--features",
            feature,
        ])
        .args(["--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let tree = command::read(&mut cargo)?;
    let names = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty());
    let names: BTreeSet<&str> = names.collect();
    Ok(names.len().saturating_sub(1) as f64)
}

/// Processor time of all programs that this one has run so far.
fn cpu_seconds() -> Result<f64> {
    /// Of `/proc`, whatever the processor's own clock does.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").context("builds are measured with Linux' /proc")?;
    // the program's name is in brackets and may hold anything
    let (_, fields) = stat.rsplit_once(')').context("odd /proc/self/stat")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let [user, system] = [13, 14].map(|place| fields.get(place).and_then(|ticks| ticks.parse::<f64>().ok()));
    Ok((user.context("no user time")? + system.context("no system time")?) / TICKS)
}
