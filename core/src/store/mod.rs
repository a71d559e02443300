//! What a store keeps, in which bytes, and what it must be able to do.

pub mod arena;
#[cfg(feature = "embedded-io")]
mod body_reader;
#[cfg(any(feature = "alloc", feature = "std"))]
pub mod heap;
mod invalidations;
#[cfg(feature = "std")]
pub mod memory;
mod packed;
mod place;
#[cfg(feature = "std")]
pub mod shared;
#[cfg(feature = "heapless")]
pub mod slots;
#[cfg(any(feature = "suite", all(test, feature = "std")))]
pub mod suite;
mod traits;

#[cfg(feature = "embedded-io")]
pub use body_reader::{BodyError, BodyReader};
pub use invalidations::Invalidations;
pub use packed::{Entry, EntryError, PackError, Sink, SliceSink, TooLong, pack};
pub use traits::{AsyncStore, Store, StoreError, TokenSink};
