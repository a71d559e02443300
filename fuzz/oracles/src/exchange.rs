//! The machine: any sequence of requests, answers, failures and clock jumps, by the driver and by the
//! model. The bytes are the numbers from which `core/tests/model` draws histories.

use crate::model::history::of_numbers;
use crate::model::run::run;

/// Numbers for the configuration, and for each of at most twelve steps.
const CONFIG: usize = 24;
const STEP: usize = 68;

/// The target.
pub fn check(data: &[u8]) {
    let numbers: Vec<u16> = data
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    if numbers.len() <= CONFIG {
        return;
    }
    let (config, steps) = numbers.split_at(CONFIG);
    let steps: Vec<Vec<u16>> = steps.chunks(STEP).take(12).map(<[u16]>::to_vec).collect();
    let history = of_numbers(config, &steps);
    if let Err(text) = run(&history, |_, _| ()) {
        panic!("{history:?}\n{text}");
    }
}
