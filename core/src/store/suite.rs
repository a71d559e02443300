//! Checks that any store can run (feature `std`).
