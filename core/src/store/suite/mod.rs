//! Checks that any store can run (feature `std`): what [`Store`] and [`SharedStore`] ask for,
//! each rule in a function of its own that panics when it is broken.
//!
//! ```
//! use larder::store::heap::HeapStore;
//! use larder::store::suite::{self, Promises};
//!
//! // in a test of the store's own
//! let promises = Promises::new().with_too_large(64 * 1024).with_hot_entries_kept();
//! suite::run_with(|| HeapStore::new(64 * 1024, 7), &promises);
//! ```
//!
//! A store under test has room for [`Promises::entries`] entries at once, 8 unless told
//! otherwise, with heads of 512 bytes and bodies of 2 KiB, of which 4 may be of one URI; and
//! for three writes at once. Its heads are larder's ([`pack`](super::pack)), never other bytes.

#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::disallowed_macros,
    clippy::disallowed_methods
)] // it is made of assertions

mod as_store;
mod bounds;
mod content;
mod ids;
mod invalidation;
mod sample;
mod sharing;
mod tester;
mod update;
mod visibility;

pub use as_store::{AsStore, AsStoreError};
pub use bounds::{keeps_hot_entries, keeps_its_limits};
pub use content::{body_offsets, many_pieces, roundtrip, small_buffer, too_large};
pub use ids::{gone_ids_miss, walk_goes_on_after_gone_entries, walk_is_complete};
pub use invalidation::{
    forgotten_invalidations, invalidates_a_whole_key, invalidation_before_an_update,
    invalidation_before_the_response, invalidation_while_updating, invalidation_while_writing,
    marks_one_entry,
};
pub use sample::{Sample, at};
pub use sharing::{bodies_outlive_entries, threads, usage_is_counted};
pub use update::{
    dropped_update, update_keeps_id_and_body, update_of_a_gone_entry, update_that_appends_to_the_body,
    updates_leave_nothing_behind,
};
pub use visibility::{
    clears, dropped_writers, interleaved_writers, invisible_until_committed, later_responses_stay, replaces,
    variants_coexist,
};

use super::Store;
use super::shared::SharedStore;

/// What a store promises beyond the trait.
#[derive(Clone, Copy, Debug)]
pub struct Promises {
    entries: usize,
    max_entries: Option<u64>,
    max_bytes: Option<u64>,
    too_large: Option<usize>,
    keeps_hot_entries: bool,
}

impl Promises {
    /// Nothing but room for 8 entries.
    pub const fn new() -> Self {
        Self {
            entries: 8,
            max_entries: None,
            max_bytes: None,
            too_large: None,
            keeps_hot_entries: false,
        }
    }

    /// Room for this many entries at once, with heads of 512 bytes and bodies of 2 KiB; at
    /// least 4.
    #[must_use]
    pub const fn with_entries(self, entries: usize) -> Self {
        Self { entries, ..self }
    }

    /// There are never more entries.
    #[must_use]
    pub const fn with_max_entries(self, entries: u64) -> Self {
        Self {
            max_entries: Some(entries),
            ..self
        }
    }

    /// Heads and bodies of all entries never have more bytes.
    #[must_use]
    pub const fn with_max_bytes(self, bytes: u64) -> Self {
        Self {
            max_bytes: Some(bytes),
            ..self
        }
    }

    /// Neither a head nor a body of this many bytes is stored.
    #[must_use]
    pub const fn with_too_large(self, bytes: usize) -> Self {
        Self {
            too_large: Some(bytes),
            ..self
        }
    }

    /// An entry that is read again and again outlives entries that are stored and never read.
    #[must_use]
    pub const fn with_hot_entries_kept(self) -> Self {
        Self {
            keeps_hot_entries: true,
            ..self
        }
    }

    /// How many entries there is room for.
    pub const fn entries(&self) -> usize {
        self.entries
    }
}

impl Default for Promises {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs every check; `make` gives each a new, empty store.
///
/// # Panics
/// The store breaks a rule.
pub fn run<S>(make: impl FnMut() -> S)
where
    S: Store,
    S::Error: 'static,
{
    run_with(make, &Promises::new());
}

/// Runs every check on a store that promises more; `make` gives each a new, empty store.
///
/// # Panics
/// The store breaks a rule.
pub fn run_with<S>(mut make: impl FnMut() -> S, promises: &Promises)
where
    S: Store,
    S::Error: 'static,
{
    roundtrip(make());
    many_pieces(make());
    body_offsets(make());
    small_buffer(make());
    too_large(make(), promises);
    invisible_until_committed(make());
    dropped_writers(make(), promises);
    interleaved_writers(make());
    replaces(make());
    later_responses_stay(make());
    variants_coexist(make());
    clears(make());
    walk_is_complete(make());
    walk_goes_on_after_gone_entries(make());
    gone_ids_miss(make());
    update_keeps_id_and_body(make());
    dropped_update(make());
    update_of_a_gone_entry(make());
    update_that_appends_to_the_body(make());
    updates_leave_nothing_behind(make(), promises);
    invalidates_a_whole_key(make());
    marks_one_entry(make());
    invalidation_before_the_response(make());
    invalidation_while_writing(make());
    invalidation_while_updating(make());
    invalidation_before_an_update(make());
    forgotten_invalidations(make());
    keeps_its_limits(make(), promises);
    keeps_hot_entries(make(), promises);
}

/// Runs every check on a store for many threads, those of [`Store`] by way of [`AsStore`].
///
/// # Panics
/// The store breaks a rule.
pub fn run_shared<S: SharedStore>(make: impl FnMut() -> S) {
    run_shared_with(make, &Promises::new());
}

/// Runs every check on a store for many threads that promises more.
///
/// # Panics
/// The store breaks a rule.
pub fn run_shared_with<S: SharedStore>(mut make: impl FnMut() -> S, promises: &Promises) {
    run_with(|| AsStore::new(make()), promises);
    bodies_outlive_entries(make());
    usage_is_counted(make());
    threads(make());
}
