//! The cache on a bare RISC-V core: replayed bytes, no network, no heap, defmt.

#![no_std]
#![no_main]

mod log;
mod origin;
mod story;
mod types;

use core::alloc::{GlobalAlloc, Layout};

use larder::store::arena::ArenaStore;
use larder::store::slots::SlotStore;
use semihosting::{println, process};

/// There is no heap: the types of the heap store are printed, and nothing may ask for memory.
struct NoHeap;

// SAFETY: null is what an allocator without memory says.
unsafe impl GlobalAlloc for NoHeap {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static HEAP: NoHeap = NoHeap;

#[riscv_rt::entry]
fn main() -> ! {
    let mut ram = [0; 4096];
    let mut steps = 0;
    for segment in [1, 7, 4096] {
        let mut arena = ArenaStore::format(&mut ram, 1, 8).expect("room for a store");
        steps += story::tell(&mut arena, segment);
        let mut slots = SlotStore::<4, 512, 64>::new(1);
        steps += story::tell(&mut slots, segment);
    }
    let types = types::print();
    println!("steps {steps} types {types}");
    process::exit(0)
}
