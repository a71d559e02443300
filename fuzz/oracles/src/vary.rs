//! Vary and the choice among variants (RFC 9111 section 4.1), against the model.
//!
//! First line: option bits, seconds between the visits. Then Vary lines of the response; after an empty
//! line the fields of the first request, after another those of the second, Accept where none is named.

use crate::input::Input;
use crate::visits::{Visit, agree, line};

/// The target.
pub fn check(data: &[u8]) {
    let input = Input::new(data);
    let [bits, wait, ..] = input.numbers;
    let (answer, asked) = input.halves();
    let (first, second) = asked.halves();
    let mut answered = answer.fields("Vary");
    answered.extend([line("Cache-Control", "max-age=60"), line("ETag", "\"a\"")]);
    let (first, second) = (first.fields("Accept"), second.fields("Accept"));
    agree(
        bits,
        vec![
            Visit::get(first.clone(), answered.clone()),
            Visit::get(second.clone(), answered.clone())
                .after(wait)
                .confirmed(Vec::new()),
            Visit::get(first, answered.clone()).after(1),
            Visit::get(second, answered).after(1),
        ],
    );
}
