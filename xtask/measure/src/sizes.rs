//! Sizes of the core's public types on this host.

use std::mem::size_of;

use larder::{
    Action, CacheMiss, Candidate, Config, CouldNotBeStored, Exchange, FromCache, GatewayTimeout, IdleClient,
    InvalidateEntries, NeedRevalidation, NeedToBeUpdated, RequestFacts, ResponseFacts, StoreAndUse,
    StoredFacts,
};

/// Every type by the name that a row of the budget calls it; `state` is the largest of all states.
pub fn sizes() -> Vec<(&'static str, usize)> {
    let mut sizes = vec![
        ("IdleClient", size_of::<IdleClient<'_>>()),
        ("CacheMiss", size_of::<CacheMiss<'_>>()),
        ("FromCache", size_of::<FromCache<'_>>()),
        ("NeedRevalidation", size_of::<NeedRevalidation<'_>>()),
        ("NeedToBeUpdated", size_of::<NeedToBeUpdated<'_>>()),
        ("StoreAndUse", size_of::<StoreAndUse<'_>>()),
        ("InvalidateEntries", size_of::<InvalidateEntries<'_>>()),
        ("CouldNotBeStored", size_of::<CouldNotBeStored>()),
        ("GatewayTimeout", size_of::<GatewayTimeout>()),
    ];
    let largest = sizes.iter().map(|(_, bytes)| *bytes).max().unwrap_or(0);
    sizes.extend([
        ("state", largest),
        ("StoredFacts", size_of::<StoredFacts>()),
        ("RequestFacts", size_of::<RequestFacts>()),
        ("ResponseFacts", size_of::<ResponseFacts>()),
        ("Candidate", size_of::<Candidate>()),
        ("Config", size_of::<Config>()),
        ("Exchange", size_of::<Exchange<'_>>()),
        ("Action", size_of::<Action>()),
    ]);
    sizes
}
