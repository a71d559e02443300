//! Counters.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What a cache has done since it was made.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Stats {
            $($(#[$doc])* pub $name: u64,)*
        }

        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $(pub(crate) $name: Counter,)*
        }

        impl Counters {
            pub(crate) fn read(&self) -> Stats {
                Stats { $($name: self.$name.0.load(Ordering::Relaxed),)* }
            }
        }
    };
}

counters! {
    /// Answered from the store without asking the origin, and fresh.
    hits,
    /// Answered from the store although stale: the origin failed, or the request or the
    /// response allows it.
    stale_hits,
    /// Answered from the store after the origin confirmed it.
    validations,
    /// Of the answers from the store, those that another request has fetched meanwhile.
    collapsed,
    /// Answered by the origin.
    misses,
    /// Requests that the cache took no part in.
    bypasses,
    /// Answered with 504 by the cache: the origin must not be asked.
    refusals,
    /// Responses stored to their last byte.
    stored,
    /// Responses whose body was not read to its end, broke off, or became too large, and those that
    /// were out of date or removed by then.
    discarded,
    /// Validations done in the background.
    background,
    /// Operations that the store refused or could not do. None of them failed a request.
    store_errors,
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
