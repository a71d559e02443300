//! Instructions counted by callgrind, as a slope.
//!
//! Two runs that differ only in how often they repeat the operation differ by exactly the operation's own
//! instructions: start-up, parsing of the corpus and exit cost the same in both.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;

/// How often the two runs repeat the operation. Both have as many digits, so that even parsing them costs the same.
pub const RUNS: [u64; 2] = [200, 400];

/// Instructions by place.
pub type Spent = HashMap<String, f64>;

/// Where the instructions of one run go.
#[derive(Default)]
pub struct Profile {
    /// By function, after inlining.
    pub functions: Spent,
    /// By source line, before inlining.
    pub lines: Spent,
}

/// Instructions of one run, rounded down. The program is told `arguments` and then how often to run.
pub fn instructions_per_run(
    program: &Path,
    scratch: &Path,
    arguments: &[&str],
    runs: [u64; 2],
) -> Result<u64> {
    let mut totals = [0_u64; 2];
    for (total, runs) in totals.iter_mut().zip(runs) {
        let counted = count(program, scratch, &[arguments, &[&runs.to_string()]].concat())?;
        let counted = counted.lines().find_map(|line| line.strip_prefix("totals:"));
        *total = counted.context("callgrind wrote no totals")?.trim().parse()?;
    }
    let slope = totals[1]
        .checked_sub(totals[0])
        .context("more runs cost fewer instructions")?;
    if slope == 0 {
        bail!("more runs cost nothing: the compiler dropped the work");
    }
    Ok(slope / (runs[1] - runs[0]))
}

/// The same by place.
pub fn profile(program: &Path, scratch: &Path, operation: &str, case: &str) -> Result<Profile> {
    let mut profile = Profile::default();
    let each = 1.0 / (RUNS[1] - RUNS[0]) as f64;
    for (runs, weight) in RUNS.into_iter().zip([-each, each]) {
        let counted = count(program, scratch, &[operation, case, &runs.to_string()])?;
        add(&mut profile, &counted, weight);
    }
    Ok(profile)
}

/// Runs the program once from start to end and hands back callgrind's account of it.
fn count(program: &Path, scratch: &Path, arguments: &[&str]) -> Result<String> {
    install()?;
    let account = scratch.join("callgrind.out");
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--callgrind-out-file=callgrind.out"])
        .args(["--compress-strings=no", "--compress-pos=no"])
        .current_dir(scratch)
        .arg(program)
        .args(arguments)
        // what the environment holds moves the stack, and with it alignments that memcpy looks at
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command::read(&mut valgrind)?;
    let text = std::fs::read_to_string(&account)?;
    std::fs::remove_file(&account)?;
    Ok(text)
}

/// Adds an account up. Its lines name a file or a function, or give `LINE INSTRUCTIONS` in them; the line after
/// `calls=` repeats what the callee has spent.
fn add(profile: &mut Profile, account: &str, weight: f64) {
    let (mut file, mut function, mut callee) = ("", "", false);
    for line in account.lines() {
        if let Some((key, value)) = line.split_once('=') {
            match key {
                "fl" | "fi" | "fe" => file = value,
                "fn" => function = value,
                "calls" => callee = true,
                _ => {}
            }
        } else if let Some((number, cost)) = line.split_once(' ').filter(|_| !std::mem::take(&mut callee))
            && let (Ok(number), Ok(cost)) = (number.parse::<u32>(), cost.parse::<f64>())
        {
            *profile.functions.entry(function.to_owned()).or_default() += cost * weight;
            *profile.lines.entry(format!("{file}:{number}")).or_default() += cost * weight;
        }
    }
}

/// Installs valgrind where it is missing and there is an apt-get to do it.
fn install() -> Result<()> {
    if Command::new("valgrind")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
    {
        return Ok(());
    }
    command::run(Command::new("apt-get").arg("update"))?;
    command::run(Command::new("apt-get").args(["install", "-y", "--no-install-recommends", "valgrind"]))
        .context("instructions are counted with valgrind: install it")
}
