//! Nominated request fields (RFC 9111 section 4.1): joined, compared, fingerprinted.

use super::Config;
use super::hash::{Checksum, Pieces, Stream, fold};
use crate::syntax::list::{Members, members, trim};
use crate::syntax::name::{Known, values_of};
use crate::syntax::{FieldName, Headers};

/// How the values of one nominated field are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Bytes,
    /// Letter case and white space outside quotes do not count.
    List,
}

impl Comparison {
    fn of(name: &[u8], config: &Config) -> Self {
        let list = config.normalises_lists()
            && [&b"accept"[..], b"accept-encoding", b"accept-language"]
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known));
        if list { Self::List } else { Self::Bytes }
    }

    /// The bytes of a value as they are compared.
    fn bytes(self, value: &[u8]) -> impl Iterator<Item = u8> {
        let mut quoted = false;
        value.iter().filter_map(move |byte| {
            if self == Self::Bytes {
                return Some(*byte);
            }
            quoted ^= *byte == b'"';
            match byte {
                b' ' | b'\t' if !quoted => None,
                _ if quoted => Some(*byte),
                _ => Some(byte.to_ascii_lowercase()),
            }
        })
    }
}

/// Hands the bytes of a request field to `each`, several lines joined with ", " (RFC 9110
/// section 5.2); whether there was any line.
pub(crate) fn joined<H: Headers + ?Sized>(request: &H, name: &[u8], mut each: impl FnMut(&[u8])) -> bool {
    let wanted = FieldName::new(name);
    let mut found = false;
    for line in request.fields() {
        if line.name == wanted {
            if found {
                each(b", ");
            }
            each(trim(line.value));
            found = true;
        }
    }
    found
}

/// The lines of one request field.
#[derive(Clone, Copy)]
pub(crate) struct Lines<'a> {
    /// The value of the first one.
    pub(crate) first: Option<&'a [u8]>,
    /// Bytes of the joined value.
    pub(crate) length: usize,
}

impl Lines<'_> {
    /// Whether there is more than one.
    pub(crate) fn are_several(&self) -> bool {
        self.length != self.first.unwrap_or_default().len()
    }
}

/// Finds the lines of a request field.
pub(crate) fn lines_of<'a, H: Headers + ?Sized>(request: &'a H, name: &[u8]) -> Lines<'a> {
    let wanted = FieldName::new(name);
    let mut values = request
        .fields()
        .filter(|line| line.name == wanted)
        .map(|line| trim(line.value));
    let first = values.next();
    let length = first.unwrap_or_default().len();
    let add = |length: usize, value: &[u8]| length.saturating_add(value.len()).saturating_add(2);
    Lines {
        first,
        length: values.fold(length, add),
    }
}

/// Whether a request field has the stored value; `None` is a field that was absent, which
/// matches only an absent one (req: 9111-4.1-05).
pub(crate) fn matches<H: Headers + ?Sized>(
    request: &H,
    name: &[u8],
    stored: Option<&[u8]>,
    config: &Config,
) -> bool {
    let comparison = Comparison::of(name, config);
    if comparison == Comparison::Bytes {
        return matches_bytes(request, name, stored);
    }
    let mut rest = comparison.bytes(stored.unwrap_or(b""));
    let mut equal = true;
    let found = joined(request, name, |part| {
        equal = equal && comparison.bytes(part).all(|byte| rest.next() == Some(byte));
    });
    equal && found == stored.is_some() && rest.next().is_none()
}

fn matches_bytes<H: Headers + ?Sized>(request: &H, name: &[u8], stored: Option<&[u8]>) -> bool {
    let mut rest = Some(stored.unwrap_or(b""));
    let found = joined(request, name, |part| {
        rest = rest.and_then(|rest| rest.strip_prefix(part));
    });
    found == stored.is_some() && rest.is_some_and(<[u8]>::is_empty)
}

/// Fingerprints of the nominated names and of their values in a request: equal ones tell a
/// store that a new entry takes the place of an old one.
pub(crate) fn fingerprints<R, Q>(response: &R, request: &Q, config: &Config) -> (u32, u32)
where
    R: Headers + ?Sized,
    Q: Headers + ?Sized,
{
    let (mut names, mut values) = (Pieces::new(0), Pieces::new(0));
    for line in nominated(response) {
        for name in line {
            names.piece_lower(name);
            values.number(fingerprint_of(request, name, config));
        }
    }
    (fold(names.finish()), fold(values.finish()))
}

/// The hash of a request field as it is compared, 0 for an absent one.
fn fingerprint_of<Q: Headers + ?Sized>(request: &Q, name: &[u8], config: &Config) -> u64 {
    let comparison = Comparison::of(name, config);
    let lines = lines_of(request, name);
    match lines.first {
        None => 0,
        Some(value) if comparison == Comparison::Bytes && !lines.are_several() => {
            Checksum::new().finish(value)
        }
        // The same sum of the joined lines.
        Some(_) => {
            let mut stream = Stream::new();
            joined(request, name, |part| match comparison {
                Comparison::Bytes => stream.update(part),
                Comparison::List => comparison.bytes(part).for_each(|byte| stream.update(&[byte])),
            });
            stream.finish()
        }
    }
}

/// The names that each Vary line of a response nominates, in order.
pub(crate) fn nominated<R: Headers + ?Sized>(response: &R) -> impl Iterator<Item = Members<'_>> {
    values_of(response, Known::Vary).map(members)
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
        assert!(matches(&two, b"ACCEPT", Some(b"a, b"), &config));
        assert!(!matches(&two, b"accept", Some(b"a, b, c"), &config));
        assert!(!matches(&two, b"accept", Some(b"a"), &config));
        assert!(!matches(&two, b"accept", Some(b""), &config));
        assert!(!matches(&two, b"accept", None, &config));
        let response = [("Vary", "accept")];
        let one = [("accept", "a, b")];
        assert_eq!(
            fingerprints(&response, &two, &config),
            fingerprints(&response, &one, &config)
        );
    }

    #[test]
    fn absent_is_not_empty() {
        // req: 9111-4.1-05
        let config = Config::private();
        let empty = [("accept", "")];
        assert!(matches(&empty, b"accept", Some(b""), &config));
        assert!(!matches(&empty, b"accept", None, &config));
        assert!(matches(&empty, b"origin", None, &config));
        assert!(!matches(&empty, b"origin", Some(b""), &config));
    }

    #[test]
    fn normalised_lists() {
        // req: 9111-4.1-02, 9111-4.1-04
        let config = Config::private().with_vary_normalise(VaryNormalise::Lists);
        let request = [("Accept-Language", "en-GB ,DE;q=0.5"), ("Foo", "a ,b")];
        assert!(matches(
            &request,
            b"accept-language",
            Some(b"en-gb, de; q=0.5"),
            &config
        ));
        assert!(!matches(
            &request,
            b"accept-language",
            Some(b"de, en-gb"),
            &config
        ));
        assert!(!matches(&request, b"foo", Some(b"a,b"), &config));
        assert!(!matches(
            &request,
            b"accept-language",
            Some(b"en-gb, de; q=0.5"),
            &Config::private()
        ));
        let quoted = [("accept", "a;b=\"X Y\"")];
        assert!(matches(&quoted, b"accept", Some(b"A; b=\"X Y\""), &config));
        assert!(!matches(&quoted, b"accept", Some(b"a;b=\"x Y\""), &config));
        assert!(!matches(&quoted, b"accept", Some(b"a;b=\"XY\""), &config));
        let after = [("accept", "a;b=\"X Y\" ; C")];
        assert!(matches(&after, b"accept", Some(b"a;b=\"X Y\";c"), &config));
        let prints = |value| {
            let (response, request) = ([("Vary", "Accept")], [("accept", value)]);
            fingerprints(&response, &request, &config)
        };
        assert_eq!(prints("a;B=\"X Y\""), prints("A ;b=\"X Y\""));
        assert_ne!(prints("a;b=\"X Y\""), prints("a;b=\"X y\""));
    }
}
