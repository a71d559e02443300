//! The header corpus and the loop around a measured operation, for this program and for benchmarks of others on the
//! same heads.

pub mod corpus;
pub mod meter;
