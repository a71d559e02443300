//! Sizes that a device plans with (design.md section 8).

use core::mem::size_of;
use larder::*;

#[test]
fn facts_states_and_actions_fit() {
    let sizes = [
        ("StoredFacts", size_of::<StoredFacts>(), 96),
        ("Action", size_of::<Action>(), 32),
        ("Exchange", size_of::<Exchange<'static>>(), 256),
        ("IdleClient", size_of::<IdleClient<'static>>(), 256),
        ("IdleClientNext", size_of::<IdleClientNext<'static>>(), 256),
        ("CacheMiss", size_of::<CacheMiss<'static>>(), 256),
        ("CacheMissNext", size_of::<CacheMissNext<'static>>(), 256),
        ("FromCache", size_of::<FromCache<'static>>(), 256),
        ("NeedRevalidation", size_of::<NeedRevalidation<'static>>(), 256),
        (
            "NeedRevalidationNext",
            size_of::<NeedRevalidationNext<'static>>(),
            256,
        ),
        ("ErrorNext", size_of::<ErrorNext<'static>>(), 256),
        ("NeedToBeUpdated", size_of::<NeedToBeUpdated<'static>>(), 256),
        ("StoreAndUse", size_of::<StoreAndUse<'static>>(), 256),
        ("CouldNotBeStored", size_of::<CouldNotBeStored>(), 256),
        ("InvalidateEntries", size_of::<InvalidateEntries<'static>>(), 256),
        (
            "InvalidateEntriesNext",
            size_of::<InvalidateEntriesNext<'static>>(),
            256,
        ),
        ("GatewayTimeout", size_of::<GatewayTimeout>(), 256),
        ("EntryId", size_of::<EntryId>(), 8),
        ("Key", size_of::<Key>(), 8),
    ];
    for (name, size, limit) in sizes {
        assert!(size <= limit, "{name} has {size} bytes, {limit} are allowed");
    }
    assert_eq!(StoredFacts::BYTES, 94);
}

/// States live across an `.await` and in a `static`.
#[test]
fn states_are_plain_values() {
    fn plain<T: Copy + Send + Sync + 'static>() {}
    plain::<Exchange<'static>>();
    plain::<IdleClient<'static>>();
    plain::<CacheMiss<'static>>();
    plain::<FromCache<'static>>();
    plain::<NeedRevalidation<'static>>();
    plain::<NeedToBeUpdated<'static>>();
    plain::<StoreAndUse<'static>>();
    plain::<InvalidateEntries<'static>>();
    plain::<StoredFacts>();
    plain::<Action>();
    static CONFIG: Config = Config::private();
    static IN_A_STATIC: Exchange<'static> = Exchange::new(&CONFIG, 0);
    assert!(IN_A_STATIC.key().is_none());
}
