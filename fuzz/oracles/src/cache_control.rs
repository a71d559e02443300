//! Cache-Control of responses and requests (RFC 9111 section 5.2), against the model.
//!
//! First line: option bits, seconds between the visits. Then lines of the response; after an empty line
//! those of the second request.

use crate::input::Input;
use crate::visits::{Visit, agree, line};

/// The target.
pub fn check(data: &[u8]) {
    let input = Input::new(data);
    let [bits, wait, ..] = input.numbers;
    let (answer, again) = input.halves();
    let mut answered = answer.fields("Cache-Control");
    if bits & 0b10 == 0 {
        answered.push(line("ETag", "\"a\""));
    }
    let asked = again.fields("Cache-Control");
    agree(
        bits,
        vec![
            Visit::get(Vec::new(), answered.clone()),
            Visit::get(asked, answered.clone())
                .after(wait)
                .confirmed(Vec::new()),
            Visit::get(Vec::new(), answered).after(wait / 2),
        ],
    );
}
