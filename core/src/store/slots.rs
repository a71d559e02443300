//! A store of fixed capacity (feature `heapless`).
