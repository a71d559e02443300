//! Bytes in, values out: fields, names, lists, dates, directives, entity tags, ranges and targets.
//!
//! Nothing here knows a caching rule; it only knows grammar (RFC 9110 section 5, 8 and 14,
//! RFC 9111 section 1.2.2 and 5).

pub(crate) mod ascii;
pub(crate) mod cache_control;
pub(crate) mod class;
#[cfg(feature = "partial")]
mod content_range;
pub(crate) mod date;
pub(crate) mod decimal;
pub(crate) mod directive;
pub(crate) mod etag;
mod head;
pub(crate) mod lines;
pub(crate) mod list;
pub(crate) mod name;
mod normalise;
#[cfg(feature = "partial")]
mod range;
mod reference;
#[cfg(feature = "extensions")]
pub mod structured;
mod target;

pub use cache_control::{MAX_DELTA_SECONDS, parse_delta_seconds};
#[cfg(feature = "partial")]
pub use content_range::ContentRange;
pub use date::{format_http_date, parse_http_date};
pub use decimal::Decimal;
pub use etag::EntityTag;
pub use head::{FieldName, Header, Headers, NoFields, RequestHead, ResponseHead};
pub use normalise::normalise_target;
#[cfg(feature = "partial")]
pub use range::{BytePositions, RangeError, RangeSet, RangeSpec};
pub use reference::{ReferenceError, resolve_reference};
pub use target::{Scheme, Target, TargetError};
