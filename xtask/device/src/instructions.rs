//! Instructions, by SysTick under `-icount shift=0`: there an instruction takes a nanosecond, and the clock of
//! 25 MHz ticks every 40.

use core::hint::black_box;

use cortex_m::peripheral::{SYST, syst::SystClkSource};

const PER_TICK: u32 = 40;
const RUNS: u32 = 1000;
const MASK: u32 = 0x00ff_ffff;

/// Starts the clock.
pub fn start(clock: &mut SYST) {
    clock.set_clock_source(SystClkSource::Core);
    clock.set_reload(MASK);
    clock.clear_current();
    clock.enable_counter();
}

/// Instructions of one run, without the loop's.
pub fn of<T>(mut run: impl FnMut() -> T) -> usize {
    let (empty, full) = (ticks(&mut || ()), ticks(&mut run));
    (full.saturating_sub(empty) * PER_TICK / RUNS) as usize
}

#[inline(never)]
fn ticks<T>(run: &mut impl FnMut() -> T) -> u32 {
    let start = SYST::get_current();
    for _ in 0..RUNS {
        black_box(run());
    }
    start.wrapping_sub(SYST::get_current()) & MASK
}
