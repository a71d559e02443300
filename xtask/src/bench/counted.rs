//! The rows that are counted: instructions by callgrind, allocations, requests, bytes of memory.

use anyhow::{Context, Result};

use super::figure::{Bound, Figure};
use super::programs::Programs;
use super::rows::{MOKA, PLAIN, SEMANTICS, STUB};

/// How often the runs of a hit repeat it.
const FEW: [u64; 2] = [100, 200];

pub fn hit_instructions(programs: &mut Programs<'_>) -> Result<Vec<Figure>> {
    let what = "memory hit, 1 KiB: instructions";
    let larder = programs.instructions("hit", "larder", 1024, FEW)?;
    let stub = programs.instructions("hit", "stub", 1024, FEW)?;
    let mut figures = vec![Figure::counted(what, larder, STUB, stub, Bound::Ratio(2.2, 1.5))];
    if programs.peers {
        let moka = programs.instructions("hit", "moka", 1024, FEW)?;
        figures.push(Figure::counted(
            "",
            larder,
            MOKA,
            moka,
            Bound::Ratio(1.0 / 6.0, 1.0 / 9.0),
        ));
    }
    Ok(figures)
}

/// What goes over the network too; the kernel's part is not counted.
pub fn network_instructions(programs: &mut Programs<'_>) -> Result<Vec<Figure>> {
    let plain = programs.instructions("miss", "plain", 1024, FEW)?;
    let mut figures = Vec::new();
    for (what, call) in [
        ("miss, 1 KiB, stored: instructions", "miss"),
        ("304 refresh, 1 KiB: instructions", "refresh"),
    ] {
        let larder = programs.instructions(call, "larder", 1024, FEW)?;
        figures.push(Figure::counted(what, larder, PLAIN, plain, Bound::Shown));
        if programs.peers {
            let moka = programs.instructions(call, "moka", 1024, FEW)?;
            figures.push(Figure::counted("", larder, MOKA, moka, Bound::Shown));
        }
    }
    Ok(figures)
}

pub fn hit_allocations(programs: &mut Programs<'_>) -> Result<Vec<Figure>> {
    let (larder, stub) = (programs.allocations("larder")?, programs.allocations("stub")?);
    let what = "memory hit, 1 KiB: allocations";
    let mut figures = vec![Figure::counted(
        what,
        larder,
        STUB,
        stub,
        Bound::AtMost(40.0, 20.0),
    )];
    if programs.peers {
        let moka = programs.allocations("moka")?;
        figures.push(Figure::counted("", larder, MOKA, moka, Bound::Shown));
    }
    Ok(figures)
}

/// The slope between two sizes of body: what the reader's own copy costs is in each.
pub fn hit_body_bytes(programs: &mut Programs<'_>) -> Result<Vec<Figure>> {
    const SIZES: [u64; 2] = [64 << 10, 1 << 20];
    /// Another's bytes cost so much that fewer runs say enough.
    const FEWER: [u64; 2] = [2, 4];
    let peers = programs.peers;
    let mut slope = |subject, runs| -> Result<f64> {
        let small = programs.instructions("hit", subject, SIZES[0], runs)?;
        let large = programs.instructions("hit", subject, SIZES[1], runs)?;
        Ok((large - small) / (SIZES[1] - SIZES[0]) as f64)
    };
    let (larder, stub) = (slope("larder", FEW)?, slope("stub", FEW)?);
    let moka = if peers { Some(slope("moka", FEWER)?) } else { None };
    let what = "memory hit: instructions of a body byte";
    let mut figures = vec![Figure::counted(what, larder, STUB, stub, Bound::Beyond(0.1, 0.0))];
    if let Some(moka) = moka {
        figures.push(Figure::counted("", larder, MOKA, moka, Bound::Shown));
    }
    Ok(figures)
}

pub fn misses_at_once(programs: &mut Programs<'_>) -> Result<Vec<Figure>> {
    let what = "32 identical misses at once: origin requests";
    let larder = programs.counted(&["misses", "larder"])?;
    let (name, other) = if programs.peers {
        (MOKA, "moka")
    } else {
        (PLAIN, "plain")
    };
    let other = programs.counted(&["misses", other])?;
    Ok(vec![Figure::counted(
        what,
        larder,
        name,
        other,
        Bound::AtMost(1.0, 1.0),
    )])
}

pub fn memory_growth(programs: &mut Programs<'_>) -> Result<Vec<Figure>> {
    const MIB: f64 = (1 << 20) as f64;
    let bytes = (256 << 20).to_string();
    let larder = programs.counted(&["growth", "larder", &bytes])? / MIB;
    let plain = programs.counted(&["growth", "plain", &bytes])? / MIB;
    // there is no store on disk yet: the store in memory refuses the body, which streams through
    let what = "256 MiB fetched twice, refused by the memory store: peak growth, MiB";
    Ok(vec![Figure::counted(
        what,
        larder,
        PLAIN,
        plain,
        Bound::AtMost(2.0, 0.5),
    )])
}

/// Larder on slices, and http-cache-semantics on the maps that it needs to have made of them.
pub fn core(programs: &mut Programs<'_>) -> Result<Vec<Figure>> {
    const CASE: &str = "asset";
    let hit = programs.semantics("hit", CASE)?;
    let store = programs.semantics("store", CASE)?;
    let validate = programs.semantics("conditional", CASE)? + programs.semantics("after-304", CASE)?;
    let beside = |what, larder, other, bound| Figure::counted(what, larder, SEMANTICS, other, bound);
    let eighth = Bound::Ratio(1.0 / 8.0, 1.0 / 16.0);
    let mut figures = vec![
        beside(
            "core: fresh hit with Vary, facts stored: instructions",
            programs.core("hit-exchange-vary", CASE)?,
            hit,
            eighth,
        ),
        beside(
            "  larder keeps no facts",
            programs.core("hit-slices", CASE)?,
            hit,
            Bound::Shown,
        ),
        beside(
            "core: store decision",
            programs.core("store", CASE)?,
            store,
            eighth,
        ),
        beside(
            "core: conditional request, 304, merged head and facts",
            programs.core("validate-facts", CASE)?,
            validate,
            Bound::Ratio(1.0 / 4.0, 1.0 / 8.0),
        ),
    ];
    let allocations = programs.semantics_allocations()?;
    let of = |operation: &str| allocations.get(&format!("{operation} {CASE}")).copied();
    let most = of("store").context("no allocations of storing")?;
    // larder's own are counted by `cargo xtask budget`, and are none
    figures.push(beside(
        "core: store decision: allocations",
        0.0,
        most,
        Bound::AtMost(0.0, 0.0),
    ));
    Ok(figures)
}
