//! Content-Range (RFC 9110 section 14.4), against what it prints and against the crate http-content-range.
//!
//! Each line is a value.

use crate::input::Input;
use http_content_range::ContentRange as Theirs;
use larder::{BytePositions, ContentRange, RangeError};

/// The target.
pub fn check(data: &[u8]) {
    for value in &Input::new(data).lines {
        let found = ContentRange::parse(value);
        if let Ok(range) = found {
            assert_eq!(ContentRange::parse(printed(range).as_bytes()), found);
            sound(range);
        }
        let Ok(text) = std::str::from_utf8(value) else {
            continue;
        };
        let text = text.trim_matches([' ', '\t', '\r', '\n', '\0']);
        let theirs = by_http_content_range(text);
        match (found, theirs) {
            (Ok(range), theirs) => assert_eq!(Some(range), theirs, "{text:?}"),
            (Err(RangeError::Invalid), Some(range)) => {
                // It takes white space wherever it stands.
                assert!(is_spaced(text), "{text:?}");
                assert_eq!(ContentRange::parse(printed(range).as_bytes()), Ok(range));
            }
            (Err(_), theirs) => assert_eq!(theirs, None, "{text:?}"),
        }
    }
}

/// The part lies within what there is.
fn sound(range: ContentRange) {
    if let ContentRange::Part {
        positions,
        complete_length,
    } = range
    {
        assert!(positions.first <= positions.last);
        assert!(complete_length.is_none_or(|length| positions.last < length));
        let count = u128::from(positions.last) - u128::from(positions.first) + 1;
        assert_eq!(u128::from(positions.count()), count.min(u64::MAX.into()));
    }
}

fn printed(range: ContentRange) -> String {
    match range {
        ContentRange::Unsatisfied { complete_length } => format!("bytes */{complete_length}"),
        ContentRange::Part {
            positions: BytePositions { first, last },
            complete_length,
        } => {
            let complete = complete_length.map_or("*".into(), |length| length.to_string());
            format!("bytes {first}-{last}/{complete}")
        }
    }
}

/// Whether there is more white space than the one SP of the grammar, or another.
fn is_spaced(text: &str) -> bool {
    text.contains('\t') || text.matches(' ').count() > 1
}

/// Units are compared without case (RFC 9110 section 14.1); there they are not.
fn by_http_content_range(text: &str) -> Option<ContentRange> {
    let (unit, rest) = text.split_at_checked(5)?;
    let text = format!("{}{rest}", unit.to_ascii_lowercase());
    Some(match Theirs::parse(&text)? {
        Theirs::Bytes(range) => ContentRange::Part {
            positions: BytePositions {
                first: range.first_byte,
                last: range.last_byte,
            },
            complete_length: Some(range.complete_length),
        },
        Theirs::UnboundBytes(range) => ContentRange::Part {
            positions: BytePositions {
                first: range.first_byte,
                last: range.last_byte,
            },
            complete_length: None,
        },
        Theirs::Unsatisfied(range) => ContentRange::Unsatisfied {
            complete_length: range.complete_length,
        },
    })
}
