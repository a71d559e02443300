//! Clients of HTTP over real sockets, ureq with caches and without, and what is measured of them.

pub mod counted;
pub mod growth;
pub mod origin;
#[cfg(feature = "peers")]
mod peers;
pub mod subjects;
pub mod timed;
