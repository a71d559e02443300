//! Nominated request fields (RFC 9111 section 4.1): joined, compared, fingerprinted.

use super::Config;
use super::hash::{Checksum, Pieces, Stream, fold};
use crate::syntax::ascii::{NARROW, eq_lower};
use crate::syntax::lines::{Lines, Values, values_named, values_of};
use crate::syntax::list::{members, trim};
use crate::syntax::name::Known;

/// How the values of one nominated field are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Bytes,
    /// Letter case and white space do not count, but for the values of parameters and in quotes.
    List,
}

impl Comparison {
    fn of(name: &[u8], config: &Config) -> Self {
        let list = config.normalises_lists()
            && [&b"accept"[..], b"accept-encoding", b"accept-language"]
                .iter()
                .any(|known| eq_lower(name, known));
        if list { Self::List } else { Self::Bytes }
    }

    /// The bytes of a value as they are compared.
    fn bytes(self, value: &[u8]) -> Compared<'_> {
        Compared {
            rest: value,
            comparison: self,
            within: b',',
        }
    }
}

/// See [`Comparison::bytes`].
struct Compared<'a> {
    rest: &'a [u8],
    comparison: Comparison,
    /// What a list has come to: after `=` the value of a parameter, after `"` quotes, and there a
    /// backslash.
    within: u8,
}

impl Iterator for Compared<'_> {
    type Item = u8;

    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn next(&mut self) -> Option<u8> {
        while let [byte, rest @ ..] = self.rest {
            self.rest = rest;
            if self.comparison == Comparison::Bytes {
                return Some(*byte);
            }
            match (self.within, *byte) {
                (b'"', b'\\') => self.within = *byte,
                (b'"', b'"') => self.within = b'=',
                (b'"', _) => {}
                (b'\\', _) => self.within = b'"',
                (_, b' ' | b'\t') => continue,
                (_, b'"' | b'=' | b',' | b';') => self.within = *byte,
                (b'=', _) => {}
                _ => return Some(byte.to_ascii_lowercase()),
            }
            return Some(*byte);
        }
        None
    }
}

/// The value of a request field in parts, several lines joined with ", " (RFC 9110 section
/// 5.2); no part where there is no line.
pub(crate) fn joined<'a, 's>(request: &'a dyn Lines<'s>, name: &'a [u8]) -> Joined<'a, 's> {
    Joined {
        lines: values_named(request, name),
        after_comma: None,
        started: false,
    }
}

/// See [`joined`].
pub(crate) struct Joined<'a, 's> {
    lines: Values<'a, 's>,
    after_comma: Option<&'s [u8]>,
    started: bool,
}

impl<'s> Iterator for Joined<'_, 's> {
    type Item = &'s [u8];

    fn next(&mut self) -> Option<&'s [u8]> {
        if let Some(value) = self.after_comma.take() {
            return Some(value);
        }
        let value = trim(self.lines.next()?);
        if self.started {
            self.after_comma = Some(value);
            return Some(b", ");
        }
        self.started = true;
        Some(value)
    }
}

/// The lines of one request field.
pub(crate) enum Found<'s> {
    Nothing,
    One(&'s [u8]),
    /// See [`joined`].
    Several,
}

impl<'s> Found<'s> {
    pub(crate) fn of(request: &dyn Lines<'s>, name: &[u8]) -> Self {
        let mut more = true;
        match request.value(name, 0, &mut more) {
            Some(value) if !more => Self::One(trim(value)),
            Some(_) => Self::Several,
            None => Self::Nothing,
        }
    }
}

/// Whether a request field has the stored value; `None` is a field that was absent, which
/// matches only an absent one (req: 9111-4.1-05).
pub(crate) fn matches(request: &dyn Lines<'_>, name: &[u8], stored: Option<&[u8]>, config: &Config) -> bool {
    let comparison = Comparison::of(name, config);
    let mut left = stored.unwrap_or(b"");
    let mut left_bytes = comparison.bytes(left);
    let mut found = false;
    for part in joined(request, name) {
        found = true;
        let equal = match comparison {
            Comparison::Bytes => match left.split_at_checked(part.len()) {
                Some((start, rest)) => {
                    left = rest;
                    start == part
                }
                None => false,
            },
            Comparison::List => comparison.bytes(part).all(|byte| left_bytes.next() == Some(byte)),
        };
        if !equal {
            return false;
        }
    }
    let ended = match comparison {
        Comparison::Bytes => left.is_empty(),
        Comparison::List => left_bytes.next().is_none(),
    };
    ended && found == stored.is_some()
}

/// Fingerprints of the nominated names and of their values in a request: equal ones tell a
/// store that a new entry takes the place of an old one.
pub(crate) fn fingerprints(response: &dyn Lines<'_>, request: &dyn Lines<'_>, config: &Config) -> (u32, u32) {
    let (mut names, mut values) = (Pieces::new(0), Pieces::new(0));
    for line in values_of(response, Known::Vary) {
        for name in members(line) {
            names.piece_lower(name);
            values.number(fingerprint_of(request, name, config));
        }
    }
    (fold(names.finish()), fold(values.finish()))
}

/// The hash of a request field as it is compared, 0 for an absent one.
fn fingerprint_of(request: &dyn Lines<'_>, name: &[u8], config: &Config) -> u64 {
    let comparison = Comparison::of(name, config);
    if !NARROW && comparison == Comparison::Bytes {
        // Mostly there is one line.
        match Found::of(request, name) {
            Found::Nothing => return 0,
            Found::One(value) => return Checksum::new().finish(value),
            Found::Several => {}
        }
    }
    // The same sum of the joined lines.
    let (mut stream, mut found) = (Stream::new(), false);
    for part in joined(request, name) {
        found = true;
        comparison.bytes(part).for_each(|byte| stream.push(byte));
    }
    if found { stream.finish() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::VaryNormalise;

    #[test]
    fn joined_lines_equal_one_line() {
        // req: 9111-4.1-03, 9110-5.2-01
        let config = Config::private();
        let two = [("Accept", "a"), ("x", "y"), ("accept", " b ")];
        assert!(matches(&&two, b"ACCEPT", Some(b"a, b"), &config));
        assert!(!matches(&&two, b"accept", Some(b"a, b, c"), &config));
        assert!(!matches(&&two, b"accept", Some(b"a"), &config));
        assert!(!matches(&&two, b"accept", Some(b""), &config));
        assert!(!matches(&&two, b"accept", None, &config));
        let response = [("Vary", "accept")];
        let one = [("accept", "a, b")];
        assert_eq!(
            fingerprints(&&response, &&two, &config),
            fingerprints(&&response, &&one, &config)
        );
    }

    #[test]
    fn absent_is_not_empty() {
        // req: 9111-4.1-05
        let config = Config::private();
        let empty = [("accept", "")];
        assert!(matches(&&empty, b"accept", Some(b""), &config));
        assert!(!matches(&&empty, b"accept", None, &config));
        assert!(matches(&&empty, b"origin", None, &config));
        assert!(!matches(&&empty, b"origin", Some(b""), &config));
    }

    #[test]
    fn normalised_lists() {
        // req: 9111-4.1-02, 9111-4.1-04
        let config = Config::private().with_vary_normalise(VaryNormalise::Lists);
        let request = [("Accept-Language", "en-GB ,DE;q=0.5"), ("Foo", "a ,b")];
        assert!(matches(
            &&request,
            b"accept-language",
            Some(b"en-gb, de; q=0.5"),
            &config
        ));
        assert!(!matches(
            &&request,
            b"accept-language",
            Some(b"de, en-gb"),
            &config
        ));
        assert!(!matches(&&request, b"foo", Some(b"a,b"), &config));
        assert!(!matches(
            &&request,
            b"accept-language",
            Some(b"en-gb, de; q=0.5"),
            &Config::private()
        ));
        let quoted = [("accept", "a;b=\"X Y\"")];
        assert!(matches(&&quoted, b"accept", Some(b"A; b=\"X Y\""), &config));
        assert!(!matches(&&quoted, b"accept", Some(b"a;b=\"x Y\""), &config));
        assert!(!matches(&&quoted, b"accept", Some(b"a;b=\"XY\""), &config));
        let after = [("accept", "a;b=\"X Y\" ; C")];
        assert!(matches(&&after, b"accept", Some(b"a;b=\"X Y\";c"), &config));
        // Parameters may tell letters of their values apart, and do so in quotes, an escaped one no end.
        for (one, other, same) in [
            ("A;B=x", "a; b=x, ", false),
            ("A;B=x,C;D=\"\\\"Y\"", "a; b=x , c;d=\"\\\"Y\"", true),
            ("a;b=X", "a;b=x", false),
            ("a;b=X;C", "a;b=X;c", true),
            ("a;b=X,C", "a;b=X,c", true),
            ("a;b=\"\\\" X\"", "a;b=\"\\\" x\"", false),
            ("a;b=\"\\\\\";C", "a;b=\"\\\\\";c", true),
        ] {
            let request = [("accept", one)];
            let matched = matches(&&request, b"accept", Some(other.as_bytes()), &config);
            assert_eq!(matched, same, "{one} {other}");
        }
        let prints = |value| {
            let (response, request) = ([("Vary", "Accept")], [("accept", value)]);
            fingerprints(&&response, &&request, &config)
        };
        assert_eq!(prints("a;B=\"X Y\""), prints("A ;b=\"X Y\""));
        assert_ne!(prints("a;b=\"X Y\""), prints("a;b=\"X y\""));
    }
}
