//! The Gregorian calendar, from a date to seconds and back.

/// Seconds from 1970-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
const LATEST: u64 = 253_402_300_799;

/// 1970-01-01 in days of which 1 is the second one of the year 0.
const EPOCH: i64 = 719_528;

pub(super) const MONTHS: [[u8; 3]; 12] = [
    *b"Jan", *b"Feb", *b"Mar", *b"Apr", *b"May", *b"Jun", *b"Jul", *b"Aug", *b"Sep", *b"Oct", *b"Nov",
    *b"Dec",
];

/// A year by its first and its last two digits.
pub(super) struct Year {
    pub(super) century: u32,
    pub(super) of_century: u32,
}

/// Three letters in lower case as a number.
pub(super) const fn letters([a, b, c]: [u8; 3]) -> u32 {
    u32::from_le_bytes([a, b, c, 0]) | 0x20_2020
}

/// Where the name of a month stands in a table of 16; the factor was searched for.
const fn place(letters: u32) -> usize {
    letters.wrapping_mul(26_596).wrapping_shr(28) as usize
}

/// Of a year that is no leap year.
#[derive(Clone, Copy)]
pub(super) struct Month {
    name: u32,
    /// From 1.
    pub(super) number: u8,
    /// Its days.
    length: u8,
    /// Days of the year before it.
    before: u16,
}

/// The months by the [`place`] of their names.
static CALENDAR: [Month; 16] = {
    let mut months = [Month {
        name: 0,
        number: 0,
        length: 0,
        before: 0,
    }; 16];
    let (mut at, mut before) = (0, 0);
    // Evaluated at compile time: an index out of range would not compile.
    #[allow(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation
    )]
    while at < MONTHS.len() {
        let name = letters(MONTHS[at]);
        let number = at as u8 + 1;
        let length = match number {
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        months[place(name)] = Month {
            name,
            number,
            length,
            before,
        };
        before += length as u16;
        at += 1;
    }
    months
};

pub(super) fn month(name: [u8; 3]) -> Option<&'static Month> {
    let name = letters(name);
    let month = CALENDAR.get(place(name))?;
    (month.name == name).then_some(month)
}

/// Seconds since 1970 of a date in the proleptic Gregorian calendar.
pub(super) fn seconds(year: Year, month: &Month, day: u32, time: u32) -> Option<i64> {
    let Year { century, of_century } = year;
    let leap = u32::from(if of_century == 0 { century } else { of_century } & 3 == 0);
    let february = u32::from(month.length == 28);
    if day == 0 || day > u32::from(month.length).wrapping_add(leap & february) {
        return None;
    }
    // The leap days of the years up to this one, and this one's if it has been.
    let leaps = century
        .wrapping_mul(24)
        .wrapping_add(century / 4)
        .wrapping_add(of_century / 4);
    let to_come = leap & u32::from(month.before < 59);
    let days = century
        .wrapping_mul(36_500)
        .wrapping_add(of_century.wrapping_mul(365))
        .wrapping_add(leaps)
        .wrapping_add(u32::from(month.before))
        .wrapping_add(day)
        .wrapping_sub(to_come);
    let days = i64::from(days).wrapping_sub(EPOCH);
    Some(days.wrapping_mul(86_400).wrapping_add(i64::from(time)))
}

/// Days since 1970 and seconds of that day, of a time kept within 1970 to 9999.
#[allow(clippy::cast_possible_truncation)] // in range by then
pub(super) fn clamp(seconds: i64) -> (u32, u32) {
    let seconds = u64::try_from(seconds).unwrap_or(0).min(LATEST);
    // 86,400 is 128 * 675: the shift makes it a 32-bit division.
    let days = (seconds.wrapping_shr(7) as u32) / 675;
    let rest = seconds.wrapping_sub(u64::from(days).wrapping_mul(86_400)) as u32;
    (days, rest)
}

/// Year, month and day of a count of days since 1970.
pub(super) fn civil((days, _): (u32, u32)) -> (u32, u32, u32) {
    let shifted = days.wrapping_add(719_468);
    let era = shifted / 146_097;
    let of_era = shifted.wrapping_sub(era.wrapping_mul(146_097));
    let year_of_era = of_era
        .wrapping_sub(of_era / 1_460)
        .wrapping_add(of_era / 36_524)
        .wrapping_sub(of_era / 146_096)
        / 365;
    let day_of_year = of_era
        .wrapping_add(year_of_era / 100)
        .wrapping_sub(year_of_era.wrapping_mul(365).wrapping_add(year_of_era / 4));
    let shifted_month = day_of_year.wrapping_mul(5).wrapping_add(2) / 153;
    let start = shifted_month.wrapping_mul(153).wrapping_add(2) / 5;
    let day = day_of_year.wrapping_sub(start).wrapping_add(1);
    let next_year = u32::from(shifted_month > 9);
    let month = shifted_month
        .wrapping_add(3)
        .wrapping_sub(next_year.wrapping_mul(12));
    let year = era
        .wrapping_mul(400)
        .wrapping_add(year_of_era)
        .wrapping_add(next_year);
    (year, month, day)
}
