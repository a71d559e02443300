//! Runs the core's operations on the header corpus; `cargo xtask budget` counts what they cost.
//!
//! - `measure OP CASE N`: runs an operation N times. Callgrind counts two runs of different N: their difference is
//!   the operation (and its share of the loop), free of what preparing the inputs costs.
//! - `measure allocs`: every operation on every case, a line `OP CASE ALLOCATIONS` each.
//! - `measure sizes`: a line `TYPE BYTES` each.

mod operations;
mod sizes;
mod stored;

use anyhow::{Context, Result, bail};

use measure::corpus::{self, Case};
use measure::meter::{self, Meter};
use operations::OPERATIONS;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["allocs"] => allocs(),
        ["sizes"] => {
            for (name, bytes) in sizes::sizes() {
                println!("{name} {bytes}");
            }
            Ok(())
        }
        [operation, case, runs] => {
            let runs = runs.parse().context("N is no number")?;
            measure(operation, case, runs).map(drop)
        }
        _ => bail!("usage: measure OP CASE N | measure allocs | measure sizes"),
    }
}

/// Runs one operation and hands back the heap allocations of all its runs.
fn measure(operation: &str, case: &str, runs: u64) -> Result<u64> {
    let (name, run) = OPERATIONS
        .iter()
        .find(|(name, _)| *name == operation)
        .with_context(|| format!("no operation {operation}"))?;
    let case = Case::load(case)?;
    let mut meter = Meter::new(runs);
    run(&case, &mut meter)?;
    meter
        .allocations()
        .with_context(|| format!("{name} measured nothing"))
}

/// Counts every operation, after proof that the counter counts: a count of 0 from a dead counter proves nothing.
fn allocs() -> Result<()> {
    let mut control = Meter::new(3);
    control.repeat(|| vec![0_u8; 64]);
    if control.allocations() != Some(3) {
        bail!(
            "the counting allocator saw {:?} of 3 allocations",
            control.allocations()
        );
    }
    for (operation, _) in OPERATIONS {
        for case in corpus::NAMES {
            println!("{operation} {case} {}", measure(operation, case, 10)?);
        }
    }
    Ok(())
}
