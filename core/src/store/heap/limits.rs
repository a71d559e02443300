//! How much a store may hold.

/// The limits of a [`HeapStore`](super::HeapStore).
///
/// ```
/// use larder::store::heap::{HeapLimits, HeapStore};
///
/// const LIMITS: HeapLimits = HeapLimits::new(64 * 1024)
///     .with_max_entry_bytes(48 * 1024)
///     .with_max_entries(32);
/// let seed = 0x5eed; // take a random one
/// let store = HeapStore::with_limits(LIMITS, seed);
/// # let _ = store;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HeapLimits {
    bytes: usize,
    entries: usize,
    entry_bytes: usize,
    variants: usize,
    per_key: usize,
}

impl HeapLimits {
    /// A store of this many bytes: heads, bodies, the bookkeeping of each entry, tables, and
    /// writes in progress. One entry may have a quarter of them; there may be as many entries
    /// as have room, 4 variants of a URI for each partition, and 64 entries of a URI.
    pub const fn new(max_bytes: usize) -> Self {
        Self {
            bytes: max_bytes,
            entries: usize::MAX,
            entry_bytes: max_bytes / 4,
            variants: 4,
            per_key: 64,
        }
    }

    /// The most entries; 0 counts as 1.
    #[must_use]
    pub const fn with_max_entries(self, entries: usize) -> Self {
        Self { entries, ..self }
    }

    /// The most bytes of one entry, head and body together.
    #[must_use]
    pub const fn with_max_entry_bytes(self, entry_bytes: usize) -> Self {
        Self { entry_bytes, ..self }
    }

    /// The most entries of one URI in one partition: responses that Vary tells apart, and one
    /// response to HEAD. 0 counts as 1.
    #[must_use]
    pub const fn with_max_variants(self, variants: usize) -> Self {
        Self { variants, ..self }
    }

    /// The most entries of one URI, all partitions together: a lookup walks over them. 0
    /// counts as 1.
    #[must_use]
    pub const fn with_max_per_key(self, per_key: usize) -> Self {
        Self { per_key, ..self }
    }

    /// The most bytes of all that the store keeps.
    pub const fn max_bytes(&self) -> usize {
        self.bytes
    }

    /// The most entries.
    pub const fn max_entries(&self) -> usize {
        at_least_one(self.entries)
    }

    /// The most bytes of one entry, head and body together.
    pub const fn max_entry_bytes(&self) -> usize {
        self.entry_bytes
    }

    /// The most entries of one URI in one partition.
    pub const fn max_variants(&self) -> usize {
        at_least_one(self.variants)
    }

    /// The most entries of one URI.
    pub const fn max_per_key(&self) -> usize {
        at_least_one(self.per_key)
    }
}

const fn at_least_one(limit: usize) -> usize {
    if limit == 0 { 1 } else { limit }
}
