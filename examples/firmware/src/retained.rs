//! RAM that no start-up code touches: it outlives a reset.

use core::mem::MaybeUninit;
use core::ptr::addr_of_mut;

/// The store: three tiles with room to spare.
pub const STORE: usize = 16 * 1024;

const MAGIC: u32 = 0x1a2d_e12d;

/// What the device remembers beside its store.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Day {
    magic: u32,
    /// Resets so far.
    pub boots: u32,
    /// Seconds of the day that are over.
    pub seconds: u32,
    pub tally: Tally,
}

/// What there is to tell at the end.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Tally {
    pub hits: u32,
    pub validated: u32,
    pub misses: u32,
    pub drawn: u32,
    pub store_errors: u32,
    pub air: u32,
}

#[unsafe(link_section = ".uninit.DAY")]
static mut DAY: MaybeUninit<Day> = MaybeUninit::uninit();
#[unsafe(link_section = ".uninit.STORE")]
static mut STORE_BYTES: MaybeUninit<[u8; STORE]> = MaybeUninit::uninit();

/// The retained day, a new one where there is none, and the bytes of the store.
///
/// # Safety
/// Call once: what it hands out is exclusive.
pub unsafe fn take() -> (&'static mut Day, &'static mut [u8; STORE]) {
    // SAFETY: every bit pattern is a valid value of both, and RAM is never really uninitialised: it
    // holds what the last boot left, or what it had at power-on.
    let (day, bytes) = unsafe {
        (
            (*addr_of_mut!(DAY)).assume_init_mut(),
            (*addr_of_mut!(STORE_BYTES)).assume_init_mut(),
        )
    };
    if day.magic != MAGIC {
        *day = Day {
            magic: MAGIC,
            boots: 0,
            seconds: 0,
            tally: Tally::default(),
        };
    }
    (day, bytes)
}
