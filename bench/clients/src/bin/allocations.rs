//! `allocations ADDRESS SUBJECT BYTES`: heap allocations of a hit, for `cargo xtask bench`.
//!
//! A program of its own: an allocator that counts would be a part of what the others count and time.

use std::hint::black_box;

use anyhow::{Result, bail, ensure};
use clients::subjects::{primed, unique};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, subject, bytes] = arguments.as_slice() else {
        bail!("usage: allocations ADDRESS SUBJECT BYTES");
    };
    println!("{}", allocations(address, subject, bytes.parse()?)?);
    Ok(())
}

/// Heap allocations of a hit, of this thread.
fn allocations(address: &str, subject: &str, bytes: u64) -> Result<u64> {
    const HITS: u64 = 100;
    let (client, uri) = primed(address, subject, bytes, &unique(subject))?;
    let mut outcome = Ok(());
    let counted = allocation_counter::measure(|| {
        for _ in 0..HITS {
            if let Err(error) = client.get(&uri).map(black_box) {
                outcome = Err(error);
            }
        }
    });
    outcome?;
    ensure!(counted.count_total > 0, "the counting allocator counts nothing");
    // rounded up: what happens every other time happens
    Ok(counted.count_total.div_ceil(HITS))
}
