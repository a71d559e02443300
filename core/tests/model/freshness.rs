//! Freshness lifetime and age (RFC 9111 section 4.2).

use super::fields::{Lines, MOST_SECONDS, all, delta_seconds, has, joined, trim};
use super::said::{Delta, Said};
use super::{Entry, Moment, Options, Times, dates};

/// 9110-15.1-01, 7725-3-01; 206 is not, without range support.
pub const HEURISTIC: [u16; 12] = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 451, 501];

/// The year that two-digit years are read in when no clock says (9110-5.6.7-05): any year of
/// this decade does for the dates that are generated here.
const BASE: i128 = 1_767_225_600; // 2026-01-01

pub fn date(text: &str, at: &Moment) -> Option<i128> {
    dates::parse(text, at.utc_seconds().unwrap_or(BASE))
}

/// A field with one date: none if it is absent or invalid, or if its lines tell different dates.
pub fn date_of(lines: &Lines, name: &str, at: &Moment) -> Option<i128> {
    let mut dates: Vec<_> = all(lines, name).iter().map(|text| date(text, at)).collect();
    dates.dedup();
    if dates.len() == 1 { dates[0] } else { None }
}

/// Explicit expiry in seconds; malformed and contradicting values come to 0
/// (9111-4.2.1-06, -08). `None`: nothing says when it expires.
pub fn explicit(options: &Options, lines: &Lines, got: &Moment) -> Option<i128> {
    let said = Said::new(options, lines);
    let seconds = |delta| match delta {
        Delta::Seconds(seconds) => seconds,
        _ => 0,
    };
    let lifetime = if options.shared && said.s_maxage != Delta::Absent {
        seconds(said.s_maxage) // 9111-4.2.1-01, 9111-5.3-03
    } else if said.max_age != Delta::Absent {
        seconds(said.max_age) // 9111-4.2.1-02, 9111-5.3-02
    } else if has(lines, "expires") {
        // Lines that differ are stale; the option is about directives (9111-4.2.1-06).
        let expires = date_of(lines, "expires", got);
        // The time of receipt stands in for a missing Date (9111-4.2.1-04).
        let date = date_of(lines, "date", got).or(got.clock_seconds());
        match (expires, date) {
            (Some(expires), Some(date)) => (expires - date).max(0), // 9111-4.2.1-03, -09
            _ => 0,                                                 // 9111-5.3-01
        }
    } else {
        return None;
    };
    // What an unterminated quoted string swallowed may have said anything: no credit.
    Some(if said.open { 0 } else { lifetime })
}

/// 9111-4.2.2-01 to -06
pub fn heuristic(options: &Options, status: u16, lines: &Lines, got: &Moment) -> Option<i128> {
    let said = Said::new(options, lines);
    let marked = said.public || (said.private && !options.shared);
    if options.heuristic.0 == 0 || !(HEURISTIC.contains(&status) || marked) || said.open {
        return None;
    }
    let modified = date_of(lines, "last-modified", got)?;
    let date = date_of(lines, "date", got).or(got.clock_seconds())?;
    let share = (date - modified) * i128::from(options.heuristic.0) / 100;
    (date >= modified).then(|| share.min(i128::from(options.heuristic.1)))
}

/// The freshness lifetime in seconds.
pub fn lifetime(options: &Options, status: u16, lines: &Lines, got: &Moment) -> Option<i128> {
    let found = explicit(options, lines, got).or_else(|| heuristic(options, status, lines, got))?;
    Some(found.min(options.max_lifetime).min(MOST_SECONDS))
}

/// The first member of Age, whichever line it is on, if it is a number (9111-4.2.3-01, 9111-5.1-01, -02).
pub fn age_value(lines: &Lines) -> i128 {
    let lines = joined(lines, "age").unwrap_or_default();
    let mut members = lines.split(',').map(trim);
    // An empty member is none (9110-5.6.1.2-01).
    delta_seconds(members.find(|member| !member.is_empty()).unwrap_or("")).unwrap_or(0)
}

/// In milliseconds: 9111-4.2.3-02 to -06. `date_is_ours`: the Date was added on receipt.
pub fn initial_age(options: &Options, lines: &Lines, times: &Times, date_is_ours: bool) -> i128 {
    let delay = times.got.since(&times.asked).unwrap_or(0);
    let corrected = age_value(lines) * 1000 + delay;
    let date = if date_is_ours {
        None
    } else {
        date_of(lines, "date", &times.got)
    };
    // Learned UTC came from a Date itself: it never makes an age (design, section 5).
    let apparent = match (date, times.got.clock()) {
        (Some(date), Some(clock)) => (clock - date * 1000).max(0),
        _ => 0,
    };
    if options.age_header_only {
        corrected
    } else {
        corrected.max(apparent)
    }
}

/// In milliseconds; unknown when no clock tells how long the entry has been here
/// (9111-4.2.3-07, -09).
pub fn current_age(options: &Options, entry: &Entry, now: &Moment) -> Option<i128> {
    let resident = now.since(&entry.times.got)?;
    Some(initial_age(options, &entry.lines, &entry.times, entry.date_is_ours) + resident)
}
