//! Normalising a target (RFC 3986 section 6.2.2) into a caller's buffer.

use super::reference::{PathWriter, ReferenceError, until};
use super::target::Target;

/// A target normalised by the syntax of RFC 3986 section 6.2.2: percent-encoded octets that
/// need no encoding decoded, the digits of the others in upper case, dot segments gone; the
/// path lives in `buffer`. larder does not do this by itself: origins disagree about it, and
/// where they do, two resources share an entry. A caller that knows its origins normalises
/// targets before it makes the [`RequestHead`](crate::RequestHead).
///
/// # Errors
/// [`ReferenceError::BufferTooSmall`].
///
/// ```
/// use larder::{Target, normalise_target};
/// let target = Target::parse("http://example.test/a/./%7euser%2f?q=%5b").unwrap();
/// let mut buffer = [0; 64];
/// let normal = normalise_target(&target, &mut buffer).unwrap();
/// assert_eq!(normal.path_and_query(), "/a/~user%2F?q=%5B");
/// ```
pub fn normalise_target<'b>(target: &Target<'b>, buffer: &'b mut [u8]) -> Result<Target<'b>, ReferenceError> {
    let (path, query) = until(target.path_and_query(), b'?');
    let needed = path.len().saturating_add(query.len()).saturating_add(1);
    let too_small = ReferenceError::BufferTooSmall { needed };
    if buffer.len() < needed {
        return Err(too_small);
    }
    let mut written = PathWriter::new(buffer, has_stray_percent(path));
    decoded(path).for_each(|byte| written.path(byte));
    written.end_path();
    decoded(query).for_each(|byte| written.put(byte));
    let path = written.finish().ok_or(too_small)?;
    let path = core::str::from_utf8(path).map_err(|_| ReferenceError::NotHttp)?;
    let (scheme, port, host) = (target.scheme(), target.port(), target.host());
    Ok(Target::from_stored(scheme, port, host, path))
}

/// Whether a `%` starts no triple. Decoded octets could make one of it, or the segment that it stands
/// in could go: such a text stays as it is.
fn has_stray_percent(text: &str) -> bool {
    let mut after = text.as_bytes().split(|byte| *byte == b'%').skip(1);
    after.any(|after| !matches!(after, [high, low, ..] if hex(*high).is_some() && hex(*low).is_some()))
}

/// The bytes of a path or query with `%XX` of unreserved characters decoded and the digits of
/// the others in upper case.
fn decoded(text: &str) -> impl Iterator<Item = u8> {
    let mut rest = text.as_bytes();
    let mut digits = 0u8; // that come next and stay
    let stray = has_stray_percent(text);
    core::iter::from_fn(move || {
        let (&byte, tail) = rest.split_first()?;
        rest = tail;
        if digits > 0 {
            digits = digits.wrapping_sub(1);
            return Some(byte.to_ascii_uppercase());
        }
        if !stray
            && let (b'%', [high, low, after @ ..]) = (byte, tail)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            let octet = high.wrapping_shl(4) | low;
            if is_unreserved(octet) {
                rest = after;
                return Some(octet);
            }
            digits = 2;
        }
        Some(byte)
    })
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}
