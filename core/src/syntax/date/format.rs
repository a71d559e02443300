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
    let [w1, w2, w3] = pick(&WEEKDAYS, days % 7);
    let [m1, m2, m3] = pick(&MONTHS, month.wrapping_sub(1));
    let [y1, y2] = digits(year / 100);
    let [y3, y4] = digits(year % 100);
    let [d1, d2] = digits(day);
    let [h1, h2] = digits(time / 3600);
    let [i1, i2] = digits((time / 60) % 60);
    let [s1, s2] = digits(time % 60);
    [
        w1, w2, w3, b',', b' ', d1, d2, b' ', m1, m2, m3, b' ', y1, y2, y3, y4, b' ', h1, h2, b':', i1, i2,
        b':', s1, s2, b' ', b'G', b'M', b'T',
    ]
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
