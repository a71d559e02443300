//! Lists of directives (RFC 9111 section 5.2): their names are found with one comparison.

use super::ascii::eq_lower;
use super::class::{self, GAP, SPACE, TOKEN, WORD, skip};

/// A directive of either direction that some rule knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Immutable,
    MaxAge,
    MaxStale,
    MinFresh,
    MustRevalidate,
    MustUnderstand,
    NoCache,
    NoStore,
    OnlyIfCached,
    Private,
    ProxyRevalidate,
    Public,
    SMaxage,
    StaleIfError,
    StaleWhileRevalidate,
}

/// All known directives with their lower-case names.
static TABLE: [(Known, &str); 15] = [
    (Known::Immutable, "immutable"),
    (Known::MaxAge, "max-age"),
    (Known::MaxStale, "max-stale"),
    (Known::MinFresh, "min-fresh"),
    (Known::MustRevalidate, "must-revalidate"),
    (Known::MustUnderstand, "must-understand"),
    (Known::NoCache, "no-cache"),
    (Known::NoStore, "no-store"),
    (Known::OnlyIfCached, "only-if-cached"),
    (Known::Private, "private"),
    (Known::ProxyRevalidate, "proxy-revalidate"),
    (Known::Public, "public"),
    (Known::SMaxage, "s-maxage"),
    (Known::StaleIfError, "stale-if-error"),
    (Known::StaleWhileRevalidate, "stale-while-revalidate"),
];

/// For each [`place`], the position in [`TABLE`] of the one name, or the first of the two, that
/// it is the place of.
static PLACES: [u8; 16] = {
    let mut places = [u8::MAX; 16];
    let mut at = TABLE.len();
    // Evaluated at compile time: an index out of range would not compile.
    #[allow(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation
    )]
    while at > 0 {
        at -= 1;
        let name = TABLE[at].1.as_bytes();
        places[place([name[2], name[3], name[4], name[5]])] = at as u8;
    }
    places
};

/// Where a name belongs by its third to sixth byte, whose case does not count; below 16. The
/// factor was searched for: no names fall together but two that stand side by side in
/// [`TABLE`] (a test finds every one).
const fn place(letters: [u8; 4]) -> usize {
    let letters = u32::from_le_bytes(letters) | 0x2020_2020;
    letters.wrapping_mul(2005).wrapping_shr(28) as usize
}

impl Known {
    /// The directive whose name a text starts with, letter case ignored (req: 9111-5.2-02), and
    /// what follows the name.
    fn split_first(text: &[u8]) -> Option<(Self, &[u8])> {
        let (_, letters) = text.first_chunk::<6>()?.split_first_chunk::<2>()?;
        let at = PLACES.get(place(*letters.first_chunk()?))?;
        let candidates = TABLE.get(usize::from(*at)..)?.iter().take(2);
        for (known, name) in candidates {
            let (start, rest) = text.split_at_checked(name.len())?;
            let ends = !rest.first().is_some_and(|byte| class::is(*byte, TOKEN));
            if ends && eq_lower(start, name.as_bytes()) {
                return Some((*known, rest));
            }
        }
        None
    }
}

/// The argument of a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Argument<'a> {
    /// `name`
    Absent,
    /// `name=token`
    Token(&'a [u8]),
    /// `name="..."`: what stands between the quotes, escapes kept.
    Quoted(&'a [u8]),
    /// Outside the grammar: white space next to `=`, no argument after it, an open quote.
    Malformed,
}

/// One member of a directive list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Directive<'a> {
    /// `None`: a name that no rule knows.
    pub(crate) name: Option<Known>,
    pub(crate) argument: Argument<'a>,
}

/// Directives of one field line in order, quotes respected (RFC 9111 section 5.2).
pub(crate) struct Directives<'a> {
    rest: &'a [u8],
    open: bool,
}

/// Splits the directives of one field line.
pub(crate) fn directives(line: &[u8]) -> Directives<'_> {
    Directives {
        rest: line,
        open: false,
    }
}

impl<'a> Directives<'a> {
    /// Skips to the comma that ends a malformed member; commas inside quotes do not.
    fn skip_member(&mut self) {
        let mut quoted = false;
        let mut escaped = false;
        while let [byte, rest @ ..] = self.rest {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b',' if !quoted => return,
                _ => {}
            }
            self.rest = rest;
        }
        self.open |= quoted;
    }

    /// Whether the line ended inside quotes. They may have swallowed any directive, also of
    /// the lines after it (RFC 9110 section 5.2).
    pub(crate) const fn is_open(&self) -> bool {
        self.open
    }

    /// The inside of a quoted string, whose opening quote is already taken, and what follows.
    fn quoted(&mut self, text: &'a [u8]) -> (Argument<'a>, &'a [u8]) {
        let mut escaped = false;
        for (at, byte) in text.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    let (inside, rest) = text.split_at_checked(at).unwrap_or_default();
                    return (Argument::Quoted(inside), rest.get(1..).unwrap_or_default());
                }
                _ => {}
            }
        }
        self.open = true;
        (Argument::Malformed, &[])
    }

    fn argument(&mut self, text: &'a [u8]) -> (Argument<'a>, &'a [u8]) {
        if let [b'"', rest @ ..] = text {
            return self.quoted(rest);
        }
        match class::split(text, WORD) {
            ([], rest) => (Argument::Malformed, rest),
            (token, rest) => (Argument::Token(token), rest),
        }
    }
}

impl<'a> Iterator for Directives<'a> {
    type Item = Directive<'a>;

    fn next(&mut self) -> Option<Directive<'a>> {
        loop {
            // req: 9110-5.6.1.2-01: empty members are skipped.
            let text = skip(self.rest, GAP);
            let (name, mut rest) = match Known::split_first(text) {
                Some((known, rest)) => (Some(known), rest),
                None => (None, class::split(text, TOKEN).1),
            };
            let mut argument = Argument::Absent;
            match rest {
                // What starts with `=` or a quote has no name: skip it whole.
                _ if rest.len() == text.len() => {
                    self.rest = rest;
                    if rest.is_empty() {
                        return None;
                    }
                    self.skip_member();
                    continue;
                }
                [b'=', tail @ ..] => (argument, rest) = self.argument(tail),
                _ => {}
            }
            self.rest = skip(rest, SPACE);
            if !matches!(self.rest, [] | [b',', ..]) {
                argument = Argument::Malformed;
                self.skip_member();
            }
            return Some(Directive { name, argument });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(line: &str) -> Argument<'_> {
        let found: Vec<_> = directives(line.as_bytes()).collect();
        assert_eq!(found.len(), 1, "{line}");
        found[0].argument
    }

    fn names(line: &str) -> Vec<Option<Known>> {
        directives(line.as_bytes()).map(|found| found.name).collect()
    }

    #[test]
    fn every_name_is_found_in_any_case_and_neighbours_are_not() {
        // req: 9111-5.2-02
        for (known, name) in TABLE {
            assert_eq!(names(name), [Some(known)]);
            assert_eq!(names(&name.to_uppercase()), [Some(known)]);
            assert_eq!(names(&format!("{name}s")), [None]);
            for at in 0..name.len() {
                let mut other = name.as_bytes().to_vec();
                other[at] = b'_';
                assert_eq!(names(str::from_utf8(&other).unwrap()), [None]);
                let shorter = name.get(..at).filter(|start| !start.is_empty());
                assert!(shorter.is_none_or(|start| names(start) == [None]), "{name}");
            }
        }
    }

    #[test]
    fn arguments() {
        // req: 9111-5.2-03, 9111-5.2-04, 9111-5.2-07
        assert_eq!(one("a"), Argument::Absent);
        assert_eq!(one(" a "), Argument::Absent);
        assert_eq!(one("a=1"), Argument::Token(b"1"));
        assert_eq!(one("a=\"1\""), Argument::Quoted(b"1"));
        assert_eq!(one("a=\"1\\\"2\""), Argument::Quoted(b"1\\\"2"));
        for bad in [
            "a =1", "a= 1", "a=", "a=\"1", "a=\"1\"2", "a b", "a=1 2", "a==1", "a=1=2", "a=\"1\\",
        ] {
            assert_eq!(one(bad), Argument::Malformed, "{bad}");
        }
    }

    #[test]
    fn commas_in_quotes_do_not_split() {
        // req: 9111-5.2.3-02, 9110-5.6.4-01
        let found = names(r#"x="a, no-store, \", max-age=5", no-cache"#);
        assert_eq!(found, [None, Some(Known::NoCache)]);
        assert_eq!(names(r#"a ="no-store, b", c"#).len(), 2);
        assert_eq!(names(r#""no-store, x", c"#).len(), 1);
        assert_eq!(names(",, ,\t,a,,b, ").len(), 2);
        assert_eq!(names("").len(), 0);
        assert_eq!(names("=5, a").len(), 1);
    }
}
