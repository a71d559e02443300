//! The rules, one RFC section a file. A rule looks at facts and gives a verdict with a
//! [`Reason`]; it moves nothing.

pub(crate) mod derive;
pub(crate) mod freshness;
pub(crate) mod invalidate;
pub(crate) mod merge;
mod reason;
pub(crate) mod reuse;
pub(crate) mod select;
pub(crate) mod storable;
pub(crate) mod validate;

pub use invalidate::Keys;
pub use merge::{HeadMismatch, Merged, Storable};
pub use reason::{Outcome, Reason};
pub use reuse::Failure;
pub use select::Candidate;
pub use validate::{Conditional, ConditionalFields, OF_THE_CLIENT, TagList};
