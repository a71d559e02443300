//! Stack high-water mark by painting: cortex-m-rt puts the stack between the end of
//! .bss/.uninit (`__euninit`, equal to `_stack_end`) and `_stack_start`.
//!
//! The `unsafe` blocks write below the current frame only, and read between the two symbols.

use core::ptr::addr_of;

const PAINT: u32 = 0x5aa5_c33c;

unsafe extern "C" {
    static _stack_start: u32; // top: the stack grows down from here
    static _stack_end: u32;
}

fn bounds() -> (*mut u32, *mut u32) {
    (
        addr_of!(_stack_end) as *mut u32,
        addr_of!(_stack_start) as *mut u32,
    )
}

pub fn size() -> usize {
    let (lo, hi) = bounds();
    hi as usize - lo as usize
}

/// Fill what lies below the current frame.
#[inline(never)]
pub fn paint() {
    let (mut p, _) = bounds();
    let here = cortex_m::register::msp::read() as usize - 64;
    while (p as usize) < here {
        unsafe { p.write_volatile(PAINT) };
        p = p.wrapping_add(1);
    }
}

pub fn high_water() -> usize {
    let (mut p, hi) = bounds();
    while p < hi && unsafe { p.read_volatile() } == PAINT {
        p = p.wrapping_add(1);
    }
    hi as usize - p as usize
}
