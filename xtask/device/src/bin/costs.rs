//! All the rest, and the stack again, in an image that has all the rest.

#![no_std]
#![no_main]

use device::{end, futures, heads, hit, ram, stack, start};

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut peripherals = cortex_m::Peripherals::take().expect("the first to ask");
    start(&mut peripherals.SYST);
    heads::with_asset(|heads| {
        stack::measure("stack-beside", heads);
        hit::measure(heads);
    });
    futures::measure();
    ram::measure();
    end()
}
