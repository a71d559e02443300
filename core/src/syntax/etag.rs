//! Entity tags and the lists that preconditions carry (RFC 9110 section 8.8.3, 13.1.2).

use super::ascii::find_below;
use super::lines::{Lines, values_of};
use super::list::trim;
use super::name::Known;

/// An entity tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityTag<'a> {
    /// Whether the tag is marked `W/`.
    pub weak: bool,
    /// The opaque part between the quotes.
    pub opaque: &'a [u8],
}

impl<'a> EntityTag<'a> {
    /// Parses a whole field value; `None` when it is not exactly one entity tag
    /// (RFC 9110 section 8.8.3: `W/` is case-sensitive, there are no escapes).
    ///
    /// ```
    /// use larder::EntityTag;
    /// assert!(EntityTag::parse(b"W/\"1\"").unwrap().weak);
    /// assert!(EntityTag::parse(b"unquoted").is_none());
    /// ```
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        match Self::split_first(trim(value))? {
            (tag, []) => Some(tag),
            _ => None,
        }
    }

    /// The tag at the start of a value, and what follows it.
    fn split_first(value: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (weak, rest) = match value {
            [b'W', b'/', b'"', rest @ ..] => (true, rest),
            [b'"', rest @ ..] => (false, rest),
            _ => return None,
        };
        // Everything but white space, control bytes and quotes.
        match rest.split_at_checked(find_below(rest, b'!', b'"'))? {
            (opaque, [b'"', rest @ ..]) => Some((Self { weak, opaque }, rest)),
            _ => None,
        }
    }

    /// Strong comparison: equal, and neither is weak (RFC 9110 section 8.8.3.2).
    pub fn strong_eq(&self, other: &EntityTag<'_>) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    /// Weak comparison: the opaque parts are equal (RFC 9110 section 8.8.3.2).
    pub fn weak_eq(&self, other: &EntityTag<'_>) -> bool {
        self.opaque == other.opaque
    }
}

/// The tags of one line of If-None-Match as they are written, up to what is none.
pub(crate) fn tags(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = line;
    core::iter::from_fn(move || {
        while let [b' ' | b'\t' | b',', tail @ ..] = rest {
            rest = tail;
        }
        let (_, tail) = EntityTag::split_first(rest)?;
        let tag = rest.get(..rest.len().wrapping_sub(tail.len()))?;
        rest = tail;
        Some(tag)
    })
}

/// What an If-None-Match field says of one tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListMatch {
    /// No such field.
    Absent,
    /// `*`
    Any,
    /// The tag is in the list (weak comparison).
    Listed,
    /// The list does not name the tag.
    NotListed,
    /// Not a list of entity tags.
    Malformed,
}

/// Looks a tag up in all lines of If-None-Match (RFC 9110 section 13.1.2, weak comparison).
pub(crate) fn if_none_match(request: &dyn Lines<'_>, tag: Option<EntityTag<'_>>) -> ListMatch {
    let mut verdict = ListMatch::Absent;
    for line in values_of(request, Known::IfNoneMatch) {
        verdict = line_match(line, tag, verdict);
    }
    verdict
}

fn line_match(line: &[u8], tag: Option<EntityTag<'_>>, before: ListMatch) -> ListMatch {
    let mut rest = trim(line);
    if rest == b"*" {
        return match before {
            ListMatch::Absent => ListMatch::Any,
            _ => ListMatch::Malformed,
        };
    }
    let mut verdict = match before {
        ListMatch::Absent => ListMatch::NotListed,
        ListMatch::Any => ListMatch::Malformed,
        other => other,
    };
    loop {
        while let [b' ' | b'\t' | b',', tail @ ..] = rest {
            rest = tail;
        }
        if rest.is_empty() {
            return verdict;
        }
        let Some((listed, tail)) = EntityTag::split_first(rest) else {
            return ListMatch::Malformed;
        };
        rest = trim(tail);
        if !matches!(rest, [] | [b',', ..]) {
            return ListMatch::Malformed;
        }
        if verdict == ListMatch::NotListed && tag.is_some_and(|tag| tag.weak_eq(&listed)) {
            verdict = ListMatch::Listed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar() {
        // req: 9110-8.8.3-01
        assert_eq!(
            EntityTag::parse(b" W/\"a,b\" "),
            Some(EntityTag {
                weak: true,
                opaque: b"a,b"
            })
        );
        assert!(EntityTag::parse(b"\"\"").is_some());
        assert!(EntityTag::parse(b"\"\xff\"").is_some());
        for bad in [
            "a",
            "w/\"a\"",
            "W\"a\"",
            "\"a",
            "\"a\"b",
            "\"a b\"",
            "\"a\", \"b\"",
            "",
            "W/",
        ] {
            assert_eq!(EntityTag::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn comparison() {
        // req: 9110-8.8.3.2-01, 9110-8.8.3.2-02
        let strong = EntityTag::parse(b"\"1\"").unwrap();
        let weak = EntityTag::parse(b"W/\"1\"").unwrap();
        let other = EntityTag::parse(b"\"2\"").unwrap();
        assert!(strong.strong_eq(&strong) && strong.weak_eq(&weak) && weak.weak_eq(&weak));
        assert!(!strong.strong_eq(&weak) && !weak.strong_eq(&weak) && !strong.weak_eq(&other));
    }

    #[test]
    fn lists() {
        // req: 9110-8.8.3-02, 9110-13.1.2-01, 9110-13.1.2-02
        let tag = EntityTag::parse(b"\"x,y\"");
        let cases: [(&[&str], ListMatch); 10] = [
            (&[], ListMatch::Absent),
            (&["*"], ListMatch::Any),
            (&["\"a\", W/\"x,y\""], ListMatch::Listed),
            (&["\"a\"", "\"x,y\""], ListMatch::Listed),
            (&["\"x\", \"y\""], ListMatch::NotListed),
            (&["\"a\" \"x,y\""], ListMatch::Malformed),
            (&["x,y"], ListMatch::Malformed),
            (&["*", "\"x,y\""], ListMatch::Malformed),
            (&["\"x,y\"", "*"], ListMatch::Malformed),
            (&[",, \"x,y\" ,"], ListMatch::Listed),
        ];
        for (lines, expected) in cases {
            let head: Vec<_> = lines.iter().map(|l| ("If-None-Match", *l)).collect();
            assert_eq!(if_none_match(&head.as_slice(), tag), expected, "{lines:?}");
        }
    }
}
