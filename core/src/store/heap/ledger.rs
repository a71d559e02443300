//! The count of bytes that a store and its writes in progress share.

#[cfg(target_has_atomic = "ptr")]
pub(super) use alloc::sync::Arc as Shared;
#[cfg(target_has_atomic = "ptr")]
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

// Cores without compare-and-swap have no `Arc`; there, a store stays on its thread.
#[cfg(not(target_has_atomic = "ptr"))]
pub(super) use alloc::rc::Rc as Shared;
#[cfg(not(target_has_atomic = "ptr"))]
use core::cell::Cell;

/// Bytes in use, never more than the limit but for moments in which a table grows.
#[derive(Debug)]
pub(super) struct Ledger {
    #[cfg(target_has_atomic = "ptr")]
    used: AtomicUsize,
    #[cfg(not(target_has_atomic = "ptr"))]
    used: Cell<usize>,
    limit: usize,
}

impl Ledger {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            used: 0.into(),
            limit,
        }
    }

    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    /// Takes bytes if they are there.
    pub(super) fn take(&self, bytes: usize) -> bool {
        self.update(|used| used.checked_add(bytes).filter(|used| *used <= self.limit))
    }

    /// Takes bytes whether they are there or not.
    pub(super) fn owe(&self, bytes: usize) {
        self.update(|used| Some(used.saturating_add(bytes)));
    }

    pub(super) fn give_back(&self, bytes: usize) {
        self.update(|used| Some(used.saturating_sub(bytes)));
    }

    #[cfg(target_has_atomic = "ptr")]
    pub(super) fn used(&self) -> usize {
        self.used.load(Relaxed)
    }

    #[cfg(target_has_atomic = "ptr")]
    fn update(&self, change: impl Fn(usize) -> Option<usize>) -> bool {
        // A count alone: nothing else is published by it.
        self.used.fetch_update(Relaxed, Relaxed, change).is_ok()
    }

    #[cfg(not(target_has_atomic = "ptr"))]
    pub(super) fn used(&self) -> usize {
        self.used.get()
    }

    #[cfg(not(target_has_atomic = "ptr"))]
    fn update(&self, change: impl Fn(usize) -> Option<usize>) -> bool {
        match change(self.used.get()) {
            Some(used) => {
                self.used.set(used);
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_can_be_taken_and_no_more() {
        let ledger = Ledger::new(100);
        assert!(ledger.take(60) && !ledger.take(41) && ledger.take(40) && !ledger.take(1));
        assert!(ledger.take(0) && !ledger.take(usize::MAX));
        ledger.owe(50);
        assert_eq!(ledger.used(), 150);
        ledger.give_back(60);
        assert!(!ledger.take(11) && ledger.take(10));
    }
}
