//! Bytes that are handed out without being copied.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

use super::ledger::Shared;

/// Bytes of an entry. Cloning them copies nothing, and they stay as they are when the entry is
/// replaced or removed; whoever holds them then keeps their memory, which no longer counts
/// against the store's limit.
#[derive(Clone, Default)]
pub struct SharedBytes(Shared<Vec<u8>>);

impl SharedBytes {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self(Shared::new(bytes))
    }

    /// Bytes allocated.
    pub(super) fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl Deref for SharedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl PartialEq for SharedBytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for SharedBytes {}

impl fmt::Debug for SharedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedBytes({} bytes)", self.len())
    }
}
