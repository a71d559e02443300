//! The invalidations that a store remembers.

use alloc::vec::Vec;

use crate::facts::{Key, Now, StoredFacts};
use crate::store::Invalidations;

/// Invalidations in sets that keys fall into: what one set forgets says nothing about the keys
/// of the others. A proxy may see many requests with unsafe methods while one response is on its way; with
/// a single short memory, that response would always have to be validated.
pub(super) struct Stamps(Vec<Invalidations<8>>);

impl Stamps {
    /// The most sets: 76 KiB.
    const SETS: usize = 256;
    /// How many bytes a store has for each set.
    const BYTES: usize = 256 * 1024;

    /// None yet; how many will be remembered goes with the size of the store.
    pub(super) fn new(max_bytes: usize) -> Self {
        let sets = max_bytes.checked_div(Self::BYTES).unwrap_or(0);
        let mut stamps = Vec::new();
        stamps.resize_with(sets.saturating_add(1).min(Self::SETS), Invalidations::new);
        Self(stamps)
    }

    fn set(&self, key: Key) -> usize {
        let sets = u64::try_from(self.0.len()).unwrap_or(1);
        let set = key.get().checked_rem(sets).unwrap_or(0);
        usize::try_from(set).unwrap_or(0)
    }

    /// Remembers one.
    pub(super) fn record(&mut self, key: Key, at: Now) {
        let set = self.set(key);
        if let Some(stamps) = self.0.get_mut(set) {
            stamps.record(key, at);
        }
    }

    /// The facts to store for a response to a request sent at `sent_at`: marked when it may be
    /// older than an invalidation of its key.
    pub(super) fn judge(&self, facts: &StoredFacts, key: Key, sent_at: Now) -> StoredFacts {
        let stamps = self.0.get(self.set(key));
        stamps.map_or_else(|| facts.invalidated(), |stamps| stamps.judge(facts, key, sent_at))
    }

    #[cfg(test)]
    fn covers(&self, key: Key, sent_at: Now) -> bool {
        self.0[self.set(key)].covers(key, sent_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> Key {
        Key::from_number(number).unwrap()
    }

    #[test]
    #[cfg_attr(miri, ignore = "interpreted, it takes minutes")]
    fn many_invalidations_do_not_cover_other_keys() {
        // req: 9111-4.4-01
        let at = |ms| Now::mono(1, ms);
        let mut stamps = Stamps::new(64 << 20);
        for number in 1..=1000 {
            stamps.record(key(number), at(10));
        }
        assert!((1..=1000).all(|number| stamps.covers(key(number), at(9))));
        assert!((1001..=2000).all(|number| !stamps.covers(key(number), at(9))));
        // What is forgotten counts for the keys of its set.
        for number in 0..9 {
            stamps.record(key(5 + 256 * (10 + number)), at(20));
        }
        assert!(stamps.covers(key(5 + 256 * 100), at(9)));
        assert!(!stamps.covers(key(6 + 256 * 100), at(9)));
    }

    #[test]
    fn the_smallest_store_remembers_too() {
        let mut stamps = Stamps::new(0);
        stamps.record(key(7), Now::mono(1, 10));
        assert!(stamps.covers(key(7), Now::mono(1, 9)));
        assert!(!stamps.covers(key(7), Now::mono(1, 11)));
        assert!(!stamps.covers(key(8), Now::mono(1, 9)));
        let bytes = core::mem::size_of::<Invalidations<8>>() * Stamps::SETS;
        assert!(bytes <= 76 << 10, "{bytes}");
    }
}
