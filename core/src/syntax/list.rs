//! Comma-separated lists (RFC 9110 section 5.6.1).

use super::ascii::NARROW;
use super::class::{self, GAP, SPACE, TOKEN, skip};

/// Bytes that no field value may hold: they could split a message (req: 9110-5.5-03).
pub(crate) const fn must_go(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0)
}

/// Drops surrounding white space (RFC 9110 section 5.5).
#[inline]
pub(crate) fn trim(value: &[u8]) -> &[u8] {
    match (value.first(), value.last()) {
        // Nearly every value has none.
        (Some(first), Some(last)) if !NARROW && *first > b' ' && *last > b' ' => value,
        _ => trim_ends(value),
    }
}

#[inline(never)]
fn trim_ends(value: &[u8]) -> &[u8] {
    let mut rest = skip(value, SPACE);
    while let [head @ .., byte] = rest
        && class::is(*byte, SPACE)
    {
        rest = head;
    }
    rest
}

/// The non-empty members of a list of tokens, such as Vary or Connection.
pub(crate) fn members(value: &[u8]) -> Members<'_> {
    Members {
        rest: value,
        tokens: true,
    }
}

/// See [`members`].
pub(crate) struct Members<'a> {
    rest: &'a [u8],
    tokens: bool,
}

impl Members<'_> {
    /// Whether all members so far are tokens (RFC 9110 section 5.6.2).
    pub(crate) const fn are_tokens(&self) -> bool {
        self.tokens
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let text = skip(self.rest, GAP);
        let (token, rest) = class::split(text, TOKEN);
        self.rest = skip(rest, SPACE);
        if matches!(self.rest, [] | [b',', ..]) {
            return (!token.is_empty()).then_some(token);
        }
        self.tokens = false;
        let end = text.iter().position(|byte| *byte == b',');
        let (member, rest) = end
            .and_then(|end| text.split_at_checked(end))
            .unwrap_or((text, &[]));
        self.rest = rest;
        Some(trim(member))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_members() {
        // req: 9110-5.6.3-01
        let found: Vec<_> = members(b" a ,,\tb\t,c d, ").collect();
        assert_eq!(found, [&b"a"[..], b"b", b"c d"]);
        let tokens = |line: &'static str| {
            let mut list = members(line.as_bytes());
            (list.by_ref().count(), list.are_tokens())
        };
        assert_eq!(tokens(" a ,,\tb\t, "), (2, true));
        for other in ["a, b c", "a b, c", "a, \"b\"", "a=b, c", "\u{e4}, a"] {
            assert!(!tokens(other).1, "{other}");
        }
        assert_eq!(trim(b" \t x \t"), b"x");
        assert_eq!(trim(b" \t "), b"");
    }
}
