//! The rows of `cargo xtask bench`, with what larder must reach and what it should.
//!
//! A row takes its figures from the programs of `bench/`; what is timed there is timed in turns, in one process.

use anyhow::Result;

use super::figure::{Bound, Figure};
use super::programs::Programs;
use super::{added, counted, timed};

/// One measurement; it may give several lines of the table.
pub struct Row {
    /// What `--only` looks for.
    pub name: &'static str,
    /// How it is measured.
    pub kind: Kind,
    /// Whether it says nothing without the caches of others.
    pub needs_peers: bool,
    /// Measures it.
    pub measure: fn(&mut Programs<'_>) -> Result<Vec<Figure>>,
}

/// How a row is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Counted: the same on a busy machine.
    Counted,
    /// Timed: only ratios mean anything.
    Timed,
    /// Counted and timed, by building programs from nothing; takes minutes.
    Builds,
}

const fn row(name: &'static str, kind: Kind, measure: fn(&mut Programs<'_>) -> Result<Vec<Figure>>) -> Row {
    Row {
        name,
        kind,
        needs_peers: false,
        measure,
    }
}

/// Every row, in the order of the table.
pub const ROWS: &[Row] = &[
    row("hit instructions", Kind::Counted, counted::hit_instructions),
    row("hit allocations", Kind::Counted, counted::hit_allocations),
    row("hit body bytes", Kind::Counted, counted::hit_body_bytes),
    row(
        "miss and refresh instructions",
        Kind::Counted,
        counted::network_instructions,
    ),
    row("misses at once", Kind::Counted, counted::misses_at_once),
    row("memory growth", Kind::Counted, counted::memory_growth),
    Row {
        needs_peers: true,
        ..row("core", Kind::Counted, counted::core)
    },
    row("small hit", Kind::Timed, timed::small_hit),
    Row {
        needs_peers: true,
        ..row("large hit", Kind::Timed, timed::large_hit)
    },
    row("miss", Kind::Timed, timed::miss),
    row("first byte", Kind::Timed, timed::first_byte),
    row("refresh", Kind::Timed, timed::refresh),
    row("added to a build", Kind::Builds, added::measure),
];

/// Names of clients in a table.
pub const PLAIN: &str = "plain ureq";
pub const STUB: &str = "stub";
pub const MOKA: &str = "http-cache-ureq, moka";
pub const REDB: &str = "http-cache-ureq, redb";
pub const SEMANTICS: &str = "http-cache-semantics";

impl Figure {
    /// A figure that was counted.
    pub fn counted(what: &str, larder: f64, beside: &str, other: f64, bound: Bound) -> Self {
        Self {
            what: what.to_owned(),
            counted: true,
            larder,
            beside: Some((beside.to_owned(), other)),
            bound,
        }
    }

    /// A figure that was timed.
    pub fn timed(what: &str, larder: f64, beside: &str, other: f64, bound: Bound) -> Self {
        Self {
            counted: false,
            ..Self::counted(what, larder, beside, other, bound)
        }
    }
}
