//! HTTP-dates (RFC 9110 section 5.6.7): against the crate httpdate, against what a date prints, and
//! in every field that holds one against the model.
//!
//! First line: option bits, seconds between the visits. Then fields of the response, Last-Modified
//! where none is named.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::input::Input;
use crate::visits::{Visit, agree};
use larder::{format_http_date, parse_http_date};

/// The target.
pub fn check(data: &[u8]) {
    let input = Input::new(data);
    for text in &input.lines {
        date(text);
    }
    let [bits, wait, ..] = input.numbers;
    let answered = input.fields("Last-Modified");
    agree(
        bits,
        vec![
            Visit::get(Vec::new(), answered.clone()),
            Visit::get(Vec::new(), answered).after(wait),
        ],
    );
}

/// 2026-07-14, for years of two digits.
const NOW: i64 = 1_783_987_200;

fn date(text: &[u8]) {
    let found = parse_http_date(text, Some(NOW));
    // What is printed is clamped to 1970 and 9999.
    if let Some(seconds) = found.filter(|seconds| *seconds >= 0) {
        assert_eq!(
            parse_http_date(&format_http_date(seconds), Some(NOW)),
            Some(seconds)
        );
    }
    let Ok(plain) = std::str::from_utf8(text) else {
        return;
    };
    if let Some(theirs) = by_httpdate(plain)
        && !differs(plain)
    {
        assert_eq!(found, Some(theirs), "{plain:?}");
    }
}

fn by_httpdate(text: &str) -> Option<i64> {
    let time: SystemTime = httpdate::parse_http_date(text).ok()?;
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// What httpdate reads otherwise: years of two digits count from 1970 there, and by the year that
/// lies at most 50 years ahead here (RFC 9110 section 5.6.7). And httpdate takes all that Unicode
/// calls white space from the ends, of which only SP and HTAB are (RFC 9110 section 5.6.3).
fn differs(text: &str) -> bool {
    text.contains('-') || text.trim() != text.trim_matches([' ', '\t'])
}
