//! What is counted beside allocations: the same figures on a busy machine.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;

use anyhow::{Result, anyhow, ensure};

use crate::subjects::{asked, make, primed, unique, uri};

/// Hits, for callgrind.
pub fn hits(address: &str, subject: &str, bytes: u64, hits: u64) -> Result<()> {
    let (client, uri) = primed(address, subject, bytes, &unique(subject))?;
    for _ in 0..hits {
        black_box(client.get(black_box(&uri))?);
    }
    Ok(())
}

/// Answers from the network that are stored, for callgrind; `plain` fetches.
pub fn network(address: &str, call: &str, subject: &str, bytes: u64, calls: u64) -> Result<()> {
    let client = make(subject)?;
    let name = unique(subject);
    for number in 0..calls {
        let uri = match call {
            "miss" => uri(address, "fresh", bytes, &format!("{name}-{number:06}")),
            _ => uri(address, "stale", bytes, &name),
        };
        black_box(client.get(&uri)?);
    }
    Ok(())
}

/// Origin requests of 32 threads that ask for the same at once.
pub fn misses(address: &str, subject: &str) -> Result<u64> {
    const THREADS: usize = 32;
    const BYTES: u64 = 1024;
    let name = unique(subject);
    let client = make(subject)?;
    let uri = uri(address, "slow", BYTES, &name);
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        let asking = [(); THREADS].map(|()| {
            scope.spawn(|| {
                start.wait();
                client.get(&uri)
            })
        });
        for asking in asking {
            let body = asking.join().map_err(|_| anyhow!("{subject} panicked"))??;
            ensure!(body.len() as u64 == BYTES, "{subject}: not the whole body");
        }
        Ok(())
    })?;
    asked(address, "slow", BYTES, &name)
}
