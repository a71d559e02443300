//! embassy-time on a 1 kHz SysTick (QEMU's lm3s6965 runs at 12.5 MHz out of reset), with a clock
//! that can be put forward. Everything is polled, so a wake-up needs no alarm.

use core::sync::atomic::{AtomicU32, Ordering};
use core::task::Waker;
use cortex_m::peripheral::{SYST, syst::SystClkSource};

/// Since the reset, and what was skipped.
static MILLIS: AtomicU32 = AtomicU32::new(0);

pub fn start(mut syst: SYST) {
    syst.set_clock_source(SystClkSource::Core);
    syst.set_reload(12_500 - 1);
    syst.clear_current();
    syst.enable_counter();
    syst.enable_interrupt();
}

/// Sleeps for so long, in no time.
pub fn skip(ms: u32) {
    cortex_m::interrupt::free(|_| add(ms));
}

fn add(ms: u32) {
    // one core, and no interrupt between: no compare-and-swap needed
    MILLIS.store(MILLIS.load(Ordering::Relaxed).wrapping_add(ms), Ordering::Relaxed);
}

#[cortex_m_rt::exception]
fn SysTick() {
    add(1);
}

struct Ticks;

impl embassy_time_driver::Driver for Ticks {
    fn now(&self) -> u64 {
        u64::from(MILLIS.load(Ordering::Relaxed))
    }
    fn schedule_wake(&self, _at: u64, waker: &Waker) {
        waker.wake_by_ref();
    }
}
embassy_time_driver::time_driver_impl!(static DRIVER: Ticks = Ticks);
