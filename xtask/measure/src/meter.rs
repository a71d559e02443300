//! The loop around a measured operation.

use std::hint::black_box;

/// Runs an operation as often as told and counts its heap allocations.
pub struct Meter {
    runs: u64,
    allocations: Option<u64>,
}

impl Meter {
    /// A meter that will run its operation `runs` times.
    pub fn new(runs: u64) -> Self {
        Self {
            runs,
            allocations: None,
        }
    }

    /// Runs the operation; what it returns counts as used, so that the compiler cannot drop the work.
    ///
    /// Inputs captured from outside the closure must go through [`black_box`] inside it, or the compiler may do the
    /// work once for all runs.
    #[inline(never)]
    pub fn repeat<T>(&mut self, mut operation: impl FnMut() -> T) {
        let counted = allocation_counter::measure(|| {
            for _ in 0..self.runs {
                black_box(operation());
            }
        });
        self.allocations = Some(self.allocations.unwrap_or(0).saturating_add(counted.count_total));
    }

    /// Allocations of all runs together; `None` when nothing was run.
    pub fn allocations(&self) -> Option<u64> {
        self.allocations
    }
}
