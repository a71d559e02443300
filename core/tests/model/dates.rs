//! HTTP-dates, by counting days one year after the other (9110-5.6.7-01).

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]; // 1970-01-01 was a Thursday
const LONG_DAYS: [&str; 7] = [
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
];

fn leap(year: i128) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn month_days(year: i128, month: usize) -> i128 {
    match month {
        1 => 28 + i128::from(leap(year)),
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to the first of January of a year.
fn year_start(year: i128) -> i128 {
    let years = |from: i128, to: i128| (from..to).map(|y| 365 + i128::from(leap(y))).sum::<i128>();
    if year >= 1970 {
        years(1970, year)
    } else {
        -years(year, 1970)
    }
}

/// Year, month from 0, day from 1, hour, minute, second.
pub type Civil = (i128, usize, i128, i128, i128, i128);

pub fn civil(seconds: i128) -> Civil {
    let (mut days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let mut year = 1970;
    while days < 0 {
        year -= 1;
        days += 365 + i128::from(leap(year));
    }
    while days >= 365 + i128::from(leap(year)) {
        days -= 365 + i128::from(leap(year));
        year += 1;
    }
    let mut month = 0;
    while days >= month_days(year, month) {
        days -= month_days(year, month);
        month += 1;
    }
    (year, month, days + 1, rest / 3600, rest / 60 % 60, rest % 60)
}

/// Impossible dates are none (9110-5.6.7-07); second 60 rounds down (9110-5.6.7-04).
fn seconds((year, month, day, hour, minute, second): Civil) -> Option<i128> {
    if day < 1 || day > month_days(year, month) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = year_start(year) + (0..month).map(|m| month_days(year, m)).sum::<i128>() + day - 1;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second.min(59))
}

fn number(text: &str, digits: usize) -> Option<i128> {
    let fine = text.len() == digits && text.chars().all(|c| c.is_ascii_digit());
    fine.then(|| text.parse().ok()).flatten()
}

fn month(text: &str) -> Option<usize> {
    MONTHS.iter().position(|name| name.eq_ignore_ascii_case(text))
}

fn clock(text: &str) -> Option<(i128, i128, i128)> {
    let parts: Vec<&str> = text.split(':').collect();
    let &[h, m, s] = parts.as_slice() else { return None };
    Some((number(h, 2)?, number(m, 2)?, number(s, 2)?))
}

/// A name of a weekday, which one does not count (9110-5.6.7-07).
fn weekday(text: &str, letters: std::ops::RangeInclusive<usize>) -> bool {
    letters.contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphabetic())
}

/// Seconds since 1970. `now` decides the century of two-digit years (9110-5.6.7-05). Letter
/// case does not count (9111-4.2-02), nor whether the weekday is right; every other form and
/// zone is invalid (9111-4.2-05, 9111-5.3-01).
pub fn parse(text: &str, now: i128) -> Option<i128> {
    let parts: Vec<&str> = text.split(' ').collect();
    match parts.as_slice() {
        // Sun, 06 Nov 1994 08:49:37 GMT
        [name_of_day, day, name, year, time, zone] if name_of_day.len() == 4 => {
            let ok = weekday(name_of_day.strip_suffix(',')?, 3..=3) && zone.eq_ignore_ascii_case("GMT");
            let (h, m, s) = clock(time)?;
            let date = (number(year, 4)?, month(name)?, number(day, 2)?, h, m, s);
            ok.then(|| seconds(date)).flatten()
        }
        // Sunday, 06-Nov-94 08:49:37 GMT
        [name_of_day, date, time, zone] => {
            let ok = weekday(name_of_day.strip_suffix(',')?, 6..=9) && zone.eq_ignore_ascii_case("GMT");
            let parts: Vec<&str> = date.split('-').collect();
            let &[day, name, year] = parts.as_slice() else {
                return None;
            };
            let (day, month, short) = (number(day, 2)?, month(name)?, number(year, 2)?);
            let (h, m, s) = clock(time)?;
            let (this, ..) = civil(now);
            // The latest century in which it is not more than 50 years ahead.
            let horizon = civil(now);
            let limit = (
                horizon.0 + 50,
                horizon.1,
                horizon.2,
                horizon.3,
                horizon.4,
                horizon.5,
            );
            let century = (0..=this / 100 + 1)
                .rev()
                .find(|c| (c * 100 + short, month, day, h, m, s) <= limit)?;
            ok.then(|| seconds((century * 100 + short, month, day, h, m, s)))
                .flatten()
        }
        // Sun Nov  6 08:49:37 1994; a day below 10 is padded with a space (9110-5.6.7-03).
        [name_of_day, name, "", day, time, year] if day.len() == 1 => {
            let (h, m, s) = clock(time)?;
            let date = (number(year, 4)?, month(name)?, number(day, 1)?, h, m, s);
            weekday(name_of_day, 3..=3).then(|| seconds(date)).flatten()
        }
        [name_of_day, name, day, time, year] => {
            let (h, m, s) = clock(time)?;
            let date = (number(year, 4)?, month(name)?, number(day, 2)?, h, m, s);
            weekday(name_of_day, 3..=3).then(|| seconds(date)).flatten()
        }
        _ => None,
    }
}

/// IMF-fixdate, the only form that is generated (9110-5.6.7-02).
pub fn fixdate(at: i128) -> String {
    let (year, month, day, h, m, s) = civil(at);
    let weekday = DAYS[at.div_euclid(86_400).rem_euclid(7) as usize];
    format!(
        "{weekday}, {day:02} {} {year:04} {h:02}:{m:02}:{s:02} GMT",
        MONTHS[month]
    )
}

pub fn rfc850(at: i128) -> String {
    let (year, month, day, h, m, s) = civil(at);
    let weekday = LONG_DAYS[at.div_euclid(86_400).rem_euclid(7) as usize];
    format!(
        "{weekday}, {day:02}-{}-{:02} {h:02}:{m:02}:{s:02} GMT",
        MONTHS[month],
        year % 100
    )
}

pub fn asctime(at: i128) -> String {
    let (year, month, day, h, m, s) = civil(at);
    let weekday = DAYS[at.div_euclid(86_400).rem_euclid(7) as usize];
    format!(
        "{weekday} {} {day:2} {h:02}:{m:02}:{s:02} {year:04}",
        MONTHS[month]
    )
}
