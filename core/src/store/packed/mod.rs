//! The packed head of an entry: one byte format for every store.
//!
//! ```text
//! 0  version   1 byte, 1
//! 1  scheme    1 byte, 0 http, 1 https
//! 2  status    2 bytes, little-endian like all numbers
//! 4  port      2
//! 6  host_len  2
//! 8  path_len  2
//! 10 host, path, then field lines:
//!      id 1 (number of a known name; 0: another), name_len 1 (0 where there is an id),
//!      value_len 2, name, value
//!    the request fields that Vary nominates, likewise without ids
//!      (value_len 65535: the field was absent)
//!    vary_len  2, the length of these
//!    checksum  8, over all bytes before it
//! ```
//!
//! No alignment is needed. The checksum comes last, so that writing can stream. An unknown
//! version is a miss.

mod entry;
mod sink;
mod writer;

pub use entry::{Entry, EntryError};
pub use sink::{PackError, Sink, SliceSink, TooLong};
pub use writer::pack;

const VERSION: u8 = 1;
const FIXED: usize = 10;
const CHECKSUM: usize = 8;
const ABSENT: u16 = u16::MAX;
