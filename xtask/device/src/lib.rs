//! Measures and prints `name value`, a line each; the last line of an image is `end`.

#![no_std]

#[path = "../../image/src/decision.rs"]
mod decision;
pub mod futures;
pub mod heads;
pub mod hit;
/// What the decisions are given: arrays, as in the image that is counted, so that what they keep has the same size.
mod inputs {
    pub type Lines<'a> = [(&'a [u8], &'a [u8]); 16];
}
mod instructions;
pub mod ram;
pub mod stack;

use semihosting::{println, process};

pub use instructions::start;

/// Prints a figure.
fn say(name: &str, value: usize) {
    println!("{name} {value}");
}

/// All is measured.
pub fn end() -> ! {
    println!("end");
    process::exit(0)
}
