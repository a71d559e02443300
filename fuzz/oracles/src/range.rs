//! Range (RFC 9110 sections 14.1, 14.2), against a reading of it that is written here with wide numbers,
//! and against the crate http-range-header.
//!
//! First line: how many ranges are taken, the length of the content; a third number that is not 0 makes
//! it 2^64 - 1 less the second. Then values of Range.

use std::num::NonZeroUsize;

use crate::input::Input;
use http_range_header::{SyntacticallyCorrectRange as Theirs, parse_range_header_with_max_ranges};
use larder::{BytePositions, RangeError, RangeSet, RangeSpec};

/// The target.
pub fn check(data: &[u8]) {
    let input = Input::new(data);
    let [most, length, from_the_end, _] = input.numbers;
    let length = match from_the_end {
        0 => u64::from(length),
        _ => u64::MAX - u64::from(length),
    };
    for value in &input.lines {
        let found = RangeSet::parse(value, most.into());
        // In pieces, or with another limit, it is read alike.
        if let Err(error) = &found {
            assert!(!error.to_string().is_empty());
        }
        if let Ok(set) = &found {
            let count = set.specs().count();
            assert!((1..=usize::from(most)).contains(&count));
            assert_eq!(RangeSet::parse(value, count), found);
            assert_eq!(RangeSet::parse(value, count - 1), Err(RangeError::TooMany));
            selected(set, length);
        }
        let Ok(text) = std::str::from_utf8(value) else {
            continue;
        };
        // CR, LF and NUL count as white space here (RFC 9110 section 5.5).
        if text.contains(['\r', '\n', '\0']) {
            continue;
        }
        let specs = found.map(|set| set.specs().collect::<Vec<_>>());
        let text = text.trim_matches([' ', '\t']);
        if let Some(read) = read(text) {
            let read = read.and_then(|read| match read.len() > most.into() {
                true => Err(RangeError::TooMany),
                false => Ok(read),
            });
            // Which of both comes first is nobody's concern.
            if !(specs == Err(RangeError::TooMany) && read == Err(RangeError::Invalid)) {
                assert_eq!(specs, read, "{text:?}");
            }
        }
        if !differs(text) {
            assert_eq!(specs.ok(), by_http_range_header(text, most), "{text:?}");
        }
    }
}

/// Each range lies within the content, and selects what its definition says.
fn selected(set: &RangeSet<'_>, length: u64) {
    let mut parts = set.within(length);
    let mut total = 0u64;
    for spec in set.specs() {
        let expected = match spec {
            RangeSpec::Int { first, last } => {
                let last = last.unwrap_or(u64::MAX).min(length.saturating_sub(1));
                (first < length).then_some(BytePositions { first, last })
            }
            RangeSpec::Suffix { length: suffix } => {
                let bytes = suffix.min(length);
                (bytes > 0).then(|| BytePositions {
                    first: length - bytes,
                    last: length - 1,
                })
            }
        };
        assert_eq!(spec.within(length), expected, "{spec:?} of {length}");
        if let Some(part) = expected {
            assert!(part.first <= part.last && part.last < length);
            total = total.saturating_add(part.count());
            assert_eq!(parts.next(), expected);
        }
    }
    assert_eq!((parts.next(), set.count_within(length)), (None, total));
}

/// The grammar, by splitting; `None` when a number is too large even for this.
fn read(text: &str) -> Option<Result<Vec<RangeSpec>, RangeError>> {
    let Some((unit, set)) = text.split_once('=') else {
        return Some(Err(RangeError::Invalid));
    };
    if !crate::model::fields::is_token(unit) {
        return Some(Err(RangeError::Invalid));
    }
    if !unit.eq_ignore_ascii_case("bytes") {
        return Some(Err(RangeError::OtherUnit));
    }
    let members = set.split(',').map(|member| member.trim_matches([' ', '\t']));
    let mut found = Vec::new();
    for member in members.filter(|member| !member.is_empty()) {
        let Some((first, last)) = member.split_once('-') else {
            return Some(Err(RangeError::Invalid));
        };
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(first) || !is_number(last) || (first.is_empty() && last.is_empty()) {
            return Some(Err(RangeError::Invalid));
        }
        let wide = |digits: &str| {
            let digits = digits.trim_start_matches('0');
            format!("0{digits}").parse::<u128>().ok()
        };
        let narrow = |wide: u128| u64::try_from(wide).unwrap_or(u64::MAX);
        let (from, to) = (wide(first)?, wide(last)?);
        found.push(match (first, last) {
            ("", _) => RangeSpec::Suffix { length: narrow(to) },
            (_, "") => RangeSpec::Int {
                first: narrow(from),
                last: None,
            },
            _ if to < from => return Some(Err(RangeError::Invalid)),
            _ => RangeSpec::Int {
                first: narrow(from),
                last: Some(narrow(to)),
            },
        });
    }
    Some(match found.is_empty() {
        true => Err(RangeError::Invalid),
        false => Ok(found),
    })
}

fn by_http_range_header(text: &str, most: u16) -> Option<Vec<RangeSpec>> {
    let most = NonZeroUsize::new(most.into())?;
    let ranges = parse_range_header_with_max_ranges(text, most).ok()?;
    let spec = |theirs| match theirs {
        Theirs::FromStart(first) => RangeSpec::Int { first, last: None },
        Theirs::FromLast(length) => RangeSpec::Suffix { length },
        Theirs::Indexed(first, last) => RangeSpec::Int {
            first,
            last: Some(last),
        },
    };
    Some(ranges.into_ranges().into_iter().map(spec).collect())
}

/// What http-range-header reads otherwise: it refuses more than 30 digits and more than 14 empty members,
/// and does not see which of two numbers beyond 64 bits is the larger.
fn differs(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() >= 20;
    let empty = |member: &&str| member.trim_matches([' ', '\t']).is_empty();
    let members = text.split_once('=').map_or("", |(_, members)| members);
    text.split(|byte: char| !byte.is_ascii_digit()).any(digits)
        || members.split(',').filter(empty).count() > 14
}
