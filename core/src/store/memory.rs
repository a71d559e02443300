//! A shared store in memory (feature `std`).
