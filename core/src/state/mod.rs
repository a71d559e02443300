//! The machine: one file a state, and [`Exchange`], the driver above them.

mod action;
mod cache_miss;
#[cfg(feature = "extensions")]
mod cache_status;
mod context;
mod could_not_be_stored;
mod exchange;
mod from_cache;
mod gateway_timeout;
mod idle_client;
mod invalidate_entries;
mod need_revalidation;
mod need_to_be_updated;
mod served;
mod store_and_use;

pub use action::{Action, HeadSource, Serving};
pub use cache_miss::{CacheMiss, CacheMissNext};
#[cfg(feature = "extensions")]
pub use cache_status::{CacheStatus, ForwardReason};
pub use could_not_be_stored::CouldNotBeStored;
pub use exchange::{Exchange, Update};
pub use from_cache::FromCache;
pub use gateway_timeout::GatewayTimeout;
pub use idle_client::{IdleClient, IdleClientNext};
pub use invalidate_entries::{InvalidateEntries, InvalidateEntriesNext};
pub use need_revalidation::{ErrorNext, NeedRevalidation, NeedRevalidationNext};
pub use need_to_be_updated::NeedToBeUpdated;
pub use served::Served;
pub use store_and_use::StoreAndUse;
