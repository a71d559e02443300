//! The update of a stored head by a 304 (RFC 9111 sections 3.2, 4.3.4), against the model; the same 304
//! twice is once.
//!
//! First line: option bits, seconds between the visits. Then the fields of the stored response; after
//! an empty line those of the 304.

use crate::input::Input;
use crate::visits::{Visit, agree, line};

/// The target.
pub fn check(data: &[u8]) {
    let input = Input::new(data);
    let [bits, wait, ..] = input.numbers;
    let (old, fresh) = input.halves();
    let (mut old, fresh) = (old.fields("X-Stored"), fresh.fields("X-Fresh"));
    let nominated = |line: &(String, String)| line.0.eq_ignore_ascii_case("connection") && has_date(&line.1);
    if fresh.iter().any(nominated) {
        return; // whether it means the Date that was added on receipt, nobody says
    }
    if bits & 0b10 == 0 {
        old.insert(0, line("ETag", "\"a\""));
    }
    let always = || vec![line("Cache-Control", "no-cache")];
    agree(
        bits,
        vec![
            Visit::get(Vec::new(), old.clone()),
            Visit::get(always(), old.clone())
                .after(wait)
                .confirmed(fresh.clone()),
            Visit::get(always(), old.clone()).confirmed(fresh),
            Visit::get(Vec::new(), old).after(wait),
        ],
    );
}

fn has_date(list: &str) -> bool {
    let mut members = list.split(',').map(str::trim);
    members.any(|member| member.eq_ignore_ascii_case("date"))
}
