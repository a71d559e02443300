//! A store on the heap (feature `alloc`).
