//! Age, Date, Expires and delta-seconds (RFC 9111 sections 1.2.2, 4.2, 5.1, 5.3), against the model.
//!
//! First line: option bits, seconds between the visits. Then lines of the response.

use crate::input::Input;
use crate::visits::{Visit, agree};
use larder::{Decimal, MAX_DELTA_SECONDS, parse_delta_seconds};

/// The target.
pub fn check(data: &[u8]) {
    let input = Input::new(data);
    for text in &input.lines {
        delta_seconds(text);
    }
    let [bits, wait, ..] = input.numbers;
    let mut answered = input.fields("Age");
    if bits & 0b1000 != 0 {
        answered.push(crate::visits::line("Cache-Control", "max-age=1000"));
    }
    agree(
        bits,
        vec![
            Visit::get(Vec::new(), answered.clone()),
            Visit::get(Vec::new(), answered).after(wait),
        ],
    );
}

/// Digits and nothing else, and never more than the greatest.
fn delta_seconds(text: &[u8]) {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let found = parse_delta_seconds(text);
    assert_eq!(found.is_some(), digits);
    if let Some(seconds) = found {
        assert_eq!(Decimal::new(seconds.into()).as_str(), seconds.to_string());
        let value = text.iter().fold(0u64, |value, digit| {
            value.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
        });
        assert_eq!(u64::from(seconds), value.min(u64::from(MAX_DELTA_SECONDS)));
    }
}
