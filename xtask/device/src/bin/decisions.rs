//! The stack of decisions, in an image that has nothing but the driver.

#![no_std]
#![no_main]

use device::{end, heads, stack};

#[cortex_m_rt::entry]
fn main() -> ! {
    heads::with_asset(|heads| stack::measure("stack", heads));
    end()
}
