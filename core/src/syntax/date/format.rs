//! Writing a date.

use super::calendar::{MONTHS, civil, clamp};

/// Writes an IMF-fixdate (RFC 9110 section 5.6.7), always 29 bytes.
///
/// Times before 1970 or after the year 9999 are written as the nearest of these bounds.
///
/// ```
/// assert_eq!(&larder::format_http_date(784_111_777), b"Sun, 06 Nov 1994 08:49:37 GMT");
/// ```
pub fn format_http_date(seconds: i64) -> [u8; 29] {
    const WEEKDAYS: [[u8; 3]; 7] = [*b"Thu", *b"Fri", *b"Sat", *b"Sun", *b"Mon", *b"Tue", *b"Wed"];
    let (days, time) = clamp(seconds);
    let (year, month, day) = civil((days, time));
    let minutes = time / 60;
    let mut text = *b"Thu, 00 Jan 1970 00:00:00 GMT";
    put(&mut text, 0, pick(&WEEKDAYS, days % 7));
    put(&mut text, 8, pick(&MONTHS, month.wrapping_sub(1)));
    let numbers = [
        (5, day),
        (12, year / 100),
        (14, year % 100),
        (17, minutes / 60),
        (20, minutes % 60),
        (23, time % 60),
    ];
    for (at, number) in numbers {
        put(&mut text, at, digits(number));
    }
    text
}

fn put<const N: usize>(text: &mut [u8], at: usize, part: [u8; N]) {
    if let Some(place) = text.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *place = part;
    }
}

fn pick(names: &[[u8; 3]], at: u32) -> [u8; 3] {
    names.get(at as usize).copied().unwrap_or(*b"Jan")
}

#[allow(clippy::cast_possible_truncation)] // both are digits
fn digits(number: u32) -> [u8; 2] {
    [
        b'0'.wrapping_add((number / 10) as u8),
        b'0'.wrapping_add((number % 10) as u8),
    ]
}
