//! How much memory a large body takes.

use anyhow::{Context, Result, ensure};

use crate::subjects::{make, unique, uri};

/// By how many bytes the peak of resident memory grows when a body is fetched twice; a client that stores it serves
/// it the second time. The process must be new.
pub fn growth(address: &str, subject: &str, bytes: u64) -> Result<u64> {
    let client = make(subject)?;
    // connections and tables are there before the first large body
    client.stream(&uri(address, "fresh", 1024, "growth"))?;
    let before = status("VmRSS:")?;
    let uri = uri(address, "fresh", bytes, &unique(subject));
    for _ in 0..2 {
        ensure!(client.stream(&uri)? == bytes, "{subject}: not the whole body");
    }
    Ok(status("VmHWM:")?.saturating_sub(before))
}

/// A figure of `/proc/self/status`, in bytes.
fn status(name: &str) -> Result<u64> {
    let text =
        std::fs::read_to_string("/proc/self/status").context("memory is measured with Linux' /proc")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kib = line
        .with_context(|| format!("no {name}"))?
        .trim()
        .trim_end_matches(" kB");
    Ok(kib.parse::<u64>()? * 1024)
}
