//! HTTP dates (RFC 9110 section 5.6.7): three formats read, one written.

mod calendar;
mod format;

use calendar::{Year, civil, clamp, letters, month, seconds};
pub use format::format_http_date;

use super::list::trim;

/// The year that stands in for the current one on a device without a clock when a two-digit
/// year is read.
const BASE_YEAR: u32 = 2026;

/// Parses an HTTP-date to seconds since 1970-01-01T00:00:00Z (negative before it).
///
/// Exactly the three formats of RFC 9110 section 5.6.7 are accepted, letter case ignored
/// (RFC 9111 section 4.2), the name of the weekday not checked against the date. A leap
/// second counts as the second before it. Calendar-impossible dates are `None`.
///
/// `now` is the current time in seconds since 1970, if known: a two-digit year means the
/// year with these digits that is at most 50 years ahead of it.
///
/// ```
/// use larder::parse_http_date;
/// let same = Some(784_111_777);
/// assert_eq!(parse_http_date(b"Sun, 06 Nov 1994 08:49:37 GMT", None), same);
/// assert_eq!(parse_http_date(b"Sunday, 06-Nov-94 08:49:37 GMT", None), same);
/// assert_eq!(parse_http_date(b"Sun Nov  6 08:49:37 1994", None), same);
/// assert_eq!(parse_http_date(b"Sun, 06 Nov 1994 08:49:37 UTC", None), None);
/// ```
pub fn parse_http_date(value: &[u8], now: Option<i64>) -> Option<i64> {
    parse_trimmed(trim(value), now)
}

/// The same for a value without surrounding white space.
pub(crate) fn parse_trimmed(value: &[u8], now: Option<i64>) -> Option<i64> {
    // The three formats differ in length.
    let two_digits = !matches!(value.len(), 29 | 24);
    let text = match value.len() {
        29 => imf_fixdate(value)?,
        24 => asctime(value)?,
        _ => rfc850(value)?,
    };
    let (day, mut year) = day_and_year(text.day, text.year)?;
    let (month, time) = (month(text.month)?, time_of_day(&text.time)?);
    if two_digits {
        year = full_year(year.of_century, (u32::from(month.number), day, time), now);
    }
    seconds(year, month, day, time)
}

/// The parts of a date that count, as they are written.
struct Text {
    day: [u8; 2],
    month: [u8; 3],
    year: [u8; 4],
    time: [u8; 8],
}

/// What eight bytes must be, NUL standing for any byte.
struct Pattern {
    text: u64,
    mask: u64,
}

impl Pattern {
    const fn of(text: &[u8; 8]) -> Self {
        let text = u64::from_le_bytes(*text);
        // 1 in each byte that is none, 0xff as a factor of 255.
        let above = (text & 0x7f7f_7f7f_7f7f_7f7f).wrapping_add(0x7f7f_7f7f_7f7f_7f7f) | text;
        let mask = (above.wrapping_shr(7) & 0x0101_0101_0101_0101).wrapping_mul(255);
        Self { text, mask }
    }

    #[inline(always)]
    fn fits(&self, text: [u8; 8]) -> bool {
        (u64::from_le_bytes(text) ^ self.text) & self.mask == 0
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn imf_fixdate(value: &[u8]) -> Option<Text> {
    const DAY: Pattern = Pattern::of(b"\0\0\0, \0\0 ");
    const MONTH: Pattern = Pattern::of(b"\0\0\0 \0\0\0\0");
    let (first, rest) = value.split_first_chunk::<8>()?;
    let (second, rest) = rest.split_first_chunk::<8>()?;
    let (space, rest) = rest.split_first()?;
    let (time, zone) = rest.split_first_chunk::<8>()?;
    let ([w1, w2, w3, _, _, d1, d2, _], [m1, m2, m3, _, year @ ..]) = (*first, *second);
    let fits = DAY.fits(*first) && MONTH.fits(*second) && *space == b' ' && is_gmt(zone);
    (fits && is_weekday([w1, w2, w3])).then_some(Text {
        day: [d1, d2],
        month: [m1, m2, m3],
        year,
        time: *time,
    })
}

/// `Sun Nov  6 08:49:37 1994`
fn asctime(value: &[u8]) -> Option<Text> {
    const START: Pattern = Pattern::of(b"\0\0\0 \0\0\0 ");
    let (first, rest) = value.split_first_chunk::<8>()?;
    let ([d1, d2, b' '], rest) = rest.split_first_chunk::<3>()? else {
        return None;
    };
    let (time, [b' ', year @ ..]) = rest.split_first_chunk::<8>()? else {
        return None;
    };
    let [w1, w2, w3, _, m1, m2, m3, _] = *first;
    (START.fits(*first) && is_weekday([w1, w2, w3])).then_some(Text {
        day: [if *d1 == b' ' { b'0' } else { *d1 }, *d2],
        month: [m1, m2, m3],
        year: year.try_into().ok()?,
        time: *time,
    })
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`
fn rfc850(value: &[u8]) -> Option<Text> {
    const DATE: Pattern = Pattern::of(b", \0\0-\0\0\0");
    let comma = value.iter().position(|byte| *byte == b',')?;
    let (weekday, rest) = value.split_at_checked(comma)?;
    let (first, rest) = rest.split_first_chunk::<8>()?;
    let ([b'-', y1, y2, b' '], rest) = rest.split_first_chunk::<4>()? else {
        return None;
    };
    let (time, zone) = rest.split_first_chunk::<8>()?;
    let [_, _, d1, d2, _, month @ ..] = *first;
    let fits = (6..=9).contains(&comma) && DATE.fits(*first) && is_gmt(zone);
    (fits && weekday.iter().all(u8::is_ascii_alphabetic)).then_some(Text {
        day: [d1, d2],
        month,
        year: [b'0', b'0', *y1, *y2],
        time: *time,
    })
}

/// The year with these last two digits: the latest that does not put the moment within it
/// (month, day, second of the day) more than 50 years ahead. Without a clock the base year
/// has just begun.
fn full_year(two_digits: u32, within: (u32, u32, u32), now: Option<i64>) -> Year {
    let (current, today) = match now {
        Some(now) => {
            let (days, time) = clamp(now);
            let (year, month, day) = civil((days, time));
            (year, (month, day, time))
        }
        None => (BASE_YEAR, (1, 1, 0)),
    };
    let latest = current.wrapping_add(50);
    let (century, of_century) = (latest / 100, latest % 100);
    let too_late = two_digits > of_century || (two_digits == of_century && within > today);
    Year {
        century: century.wrapping_sub(u32::from(too_late)),
        of_century: two_digits,
    }
}

/// Seconds of `hh:mm:ss`.
fn time_of_day(time: &[u8; 8]) -> Option<u32> {
    // Digits become 0 to 9, colons 0.
    let digits = u64::from_le_bytes(*time) ^ u64::from_le_bytes(*b"00:00:00");
    if digits & u64::from_le_bytes(*b"\0\0\xff\0\0\xff\0\0") != 0 {
        return None;
    }
    let [hour, _, _, minute, _, _, second, _] = pairs(digits)?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let minutes = u32::from(hour).wrapping_mul(60).wrapping_add(u32::from(minute));
    let leap = u32::from(second == 60);
    Some(
        minutes
            .wrapping_mul(60)
            .wrapping_add(u32::from(second))
            .wrapping_sub(leap),
    )
}

/// The numbers that two and four digits make.
fn day_and_year(day: [u8; 2], year: [u8; 4]) -> Option<(u32, Year)> {
    let day = u64::from(u16::from_le_bytes(day)) ^ 0x3030;
    let year = u64::from(u32::from_le_bytes(year)) ^ 0x3030_3030;
    let [day, _, century, _, of_century, ..] = pairs(day | year.wrapping_shl(16))?;
    let year = Year {
        century: u32::from(century),
        of_century: u32::from(of_century),
    };
    Some((u32::from(day), year))
}

/// Of eight digits at once: each one's ten times, and the next one.
fn pairs(digits: u64) -> Option<[u8; 8]> {
    let above_nine = digits.wrapping_add(0x7676_7676_7676_7676);
    if (digits | above_nine) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    let pairs = digits.wrapping_mul(10).wrapping_add(digits.wrapping_shr(8));
    Some(pairs.to_le_bytes())
}

/// Whether this is ` GMT`.
fn is_gmt(zone: &[u8]) -> bool {
    match <[u8; 4]>::try_from(zone) {
        // SP has the bit that tells the cases of a letter apart.
        Ok(zone) => u32::from_le_bytes(zone) | 0x2020_2000 == u32::from_le_bytes(*b" gmt"),
        Err(_) => false,
    }
}

/// Whether these are three letters; which ones does not matter.
fn is_weekday(name: [u8; 3]) -> bool {
    let letters = letters(name);
    let (from_a, above_z) = (letters.wrapping_add(0x1f_1f1f), letters.wrapping_add(0x05_0505));
    from_a & !above_z & !letters & 0x80_8080 == 0x80_8080
}
