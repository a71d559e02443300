//! The stores, by the suite that any store can run.
#![cfg(all(feature = "suite", feature = "heapless"))]

mod arena;
mod faulty;
mod heap;
mod model;
mod sieve;
mod slots;

use larder::store::heap::{HeapLimits, HeapStore};
use larder::store::memory::MemoryStore;
use larder::store::slots::SlotStore;
use larder::store::suite::{self, Promises};

/// How many times something is done, or how far apart: less where Miri interprets it.
const fn times(all: usize, interpreted: usize) -> usize {
    if cfg!(miri) { interpreted } else { all }
}

/// Random cases, of which a failing one is written nowhere.
fn cases() -> proptest::test_runner::Config {
    proptest::test_runner::Config {
        cases: if cfg!(miri) { 1 } else { 256 },
        failure_persistence: None,
        ..proptest::test_runner::Config::default()
    }
}

#[test]
#[cfg_attr(miri, ignore = "its point is quantity; the models take the same operations")]
fn heap_runs_the_suite() {
    let limits = HeapLimits::new(64 * 1024);
    let promises = Promises::new()
        .with_max_bytes(64 * 1024)
        .with_too_large(16 * 1024 + 1)
        .with_hot_entries_kept();
    suite::run_with(|| HeapStore::with_limits(limits, 7), &promises);
}

#[test]
#[cfg_attr(miri, ignore = "its point is quantity; the models take the same operations")]
fn heap_of_few_entries_runs_the_suite() {
    let limits = HeapLimits::new(1 << 20)
        .with_max_entries(8)
        .with_max_entry_bytes(8192);
    let promises = Promises::new()
        .with_max_entries(8)
        .with_too_large(8193)
        .with_hot_entries_kept();
    suite::run_with(|| HeapStore::with_limits(limits, 7), &promises);
}

#[test]
#[cfg_attr(miri, ignore = "its point is quantity; the models take the same operations")]
fn slots_run_the_suite() {
    let promises = Promises::new()
        .with_max_entries(8)
        .with_too_large(2049)
        .with_hot_entries_kept();
    suite::run_with(|| SlotStore::<8, 1024, 2048>::new(7), &promises);
}

#[test]
#[cfg_attr(miri, ignore = "its point is quantity; the models take the same operations")]
fn memory_runs_the_suite() {
    let promises = Promises::new()
        .with_max_bytes(64 * 1024)
        .with_too_large(16 * 1024 + 1)
        .with_hot_entries_kept();
    suite::run_shared_with(|| MemoryStore::new(64 * 1024), &promises);
}
