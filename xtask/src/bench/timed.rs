//! The rows that are timed: larder and one other client in turns, in one process.

use anyhow::{Context, Result};

use super::figure::{Bound, Figure};
use super::programs::{Lines, Programs};
use super::rows::{MOKA, PLAIN, REDB, STUB};

fn of(lines: &Lines, figure: &str, subject: &str) -> Result<f64> {
    let found = lines.get(&format!("{figure} {subject}"));
    found
        .copied()
        .with_context(|| format!("no figure {figure} of {subject}"))
}

/// Clients by the names that a table and their program have for them.
type Others = [(&'static str, &'static str)];

/// What a task is timed at: larder's figure beside those of others, two at a time; the first is what the bound is for.
fn timed(
    programs: &mut Programs<'_>,
    task: &str,
    rounds: usize,
    others: &Others,
    mut figure: impl FnMut(&Lines, &'static str, &'static str, bool) -> Result<Vec<Figure>>,
) -> Result<Vec<Figure>> {
    let rounds = if programs.quick { rounds / 5 } else { rounds };
    let mut figures = Vec::new();
    for (name, subject) in others {
        if !programs.peers && [MOKA, REDB].contains(name) {
            continue;
        }
        let lines = programs.timed(task, rounds, subject)?;
        figures.extend(figure(&lines, name, subject, figures.is_empty())?);
    }
    Ok(figures)
}

/// One figure of each client.
fn one(
    what: &str,
    figure: &str,
    bound: Bound,
) -> impl Fn(&Lines, &'static str, &'static str, bool) -> Result<Vec<Figure>> {
    move |lines, name, subject, first| {
        let (what, bound) = if first { (what, bound) } else { ("", Bound::Shown) };
        let (larder, other) = (of(lines, figure, "larder")?, of(lines, figure, subject)?);
        Ok(vec![Figure::timed(what, larder, name, other, bound)])
    }
}

pub fn small_hit(programs: &mut Programs<'_>) -> Result<Vec<Figure>> {
    let others = [(STUB, "stub"), (PLAIN, "plain"), (MOKA, "moka"), (REDB, "redb")];
    let figure = one("memory hit, 1 KiB: us", "hit", Bound::Shown);
    timed(programs, "hit-small", 50, &others, figure)
}

pub fn large_hit(programs: &mut Programs<'_>) -> Result<Vec<Figure>> {
    const BYTES: f64 = (8 << 20) as f64;
    let others = [(MOKA, "moka"), (STUB, "stub"), (PLAIN, "plain"), (REDB, "redb")];
    let figure = one(
        "memory hit, 8 MiB, streamed: MB/s",
        "hit",
        Bound::Faster(5.0, 8.0),
    );
    timed(
        programs,
        "hit-large",
        50,
        &others,
        |lines, name, subject, first| {
            // bytes a microsecond are MB/s
            let speeds = lines
                .iter()
                .map(|(what, us)| (what.clone(), BYTES / us))
                .collect();
            figure(&speeds, name, subject, first)
        },
    )
}

/// What is asked of the network in any case.
const FETCHES: &Others = &[(PLAIN, "plain"), (MOKA, "moka"), (REDB, "redb")];

pub fn miss(programs: &mut Programs<'_>) -> Result<Vec<Figure>> {
    let figure = one("miss, 1 KiB, stored: us", "miss", Bound::Ratio(1.5, 1.2));
    timed(programs, "miss", 2000, FETCHES, figure)
}

pub fn first_byte(programs: &mut Programs<'_>) -> Result<Vec<Figure>> {
    let what = "miss, 1 MiB: us to the first body byte";
    let figure = one(what, "first-byte", Bound::Ratio(1.2, 1.05));
    timed(programs, "first-byte", 400, FETCHES, figure)
}

pub fn refresh(programs: &mut Programs<'_>) -> Result<Vec<Figure>> {
    const ROUNDS: usize = 500;
    let bound = Bound::Ratio(1.5, 1.2);
    let early = one("304 refresh, 1 KiB: us", "refresh-early", bound);
    let what = format!(
        "304 refresh after {} others: us",
        38 * if programs.quick { ROUNDS / 5 } else { ROUNDS }
    );
    let late = one(&what, "refresh-late", bound);
    let mut lates = Vec::new();
    let mut figures = timed(
        programs,
        "refresh",
        ROUNDS,
        FETCHES,
        |lines, name, subject, first| {
            lates.extend(late(lines, name, subject, first)?);
            if first {
                // the machine may have become slower meanwhile: what a fetch takes says by how much
                let fetches = |when: &str| {
                    Ok::<_, anyhow::Error>(of(lines, when, "larder")? / of(lines, when, subject)?)
                };
                let (late, early) = (fetches("refresh-late")?, fetches("refresh-early")?);
                let flat = Bound::Ratio(1.1, 1.05);
                lates.push(Figure::timed(
                    "  in plain fetches, late",
                    late,
                    "early",
                    early,
                    flat,
                ));
            }
            early(lines, name, subject, first)
        },
    )?;
    figures.extend(lates);
    Ok(figures)
}
