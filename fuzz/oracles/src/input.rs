//! How bytes of the fuzzer become options, numbers and lines.
//!
//! A text input is lines; the first one holds numbers (option bits, seconds), written in decimal so
//! that a person can write a seed and a dictionary can change it.

use crate::model::Options;
use crate::model::draw::Draw;
use crate::model::fields::Lines;
use crate::model::history::options as drawn;

/// Lines of an input, with the numbers of its first line taken off.
pub struct Input<'a> {
    /// Numbers of the first line, 0 where there are none.
    pub numbers: [u16; 4],
    /// The other lines.
    pub lines: Vec<&'a [u8]>,
}

impl<'a> Input<'a> {
    /// Splits the bytes.
    pub fn new(data: &'a [u8]) -> Self {
        let mut lines = data.split(|byte| *byte == b'\n');
        let first = lines.next().unwrap_or_default();
        let mut numbers = [0; 4];
        let texts = first
            .split(|byte| !byte.is_ascii_digit())
            .filter(|text| !text.is_empty());
        for (to, digits) in numbers.iter_mut().zip(texts) {
            *to = digits.iter().fold(0u16, |number, digit| {
                number.wrapping_mul(10).wrapping_add(u16::from(digit - b'0'))
            });
        }
        Self {
            numbers,
            lines: lines.collect(),
        }
    }

    /// Each line as a header field: `name: value`, and where there is no colon, `name` with all of it.
    pub fn fields(&self, name: &str) -> Lines {
        let field = |line: &&[u8]| field(line, name);
        self.lines.iter().filter_map(field).collect()
    }

    /// The lines split at the first empty one.
    pub fn halves(&self) -> (Self, Self) {
        let at = self.lines.iter().position(|line| line.is_empty());
        let (first, second) = match at {
            Some(at) => (&self.lines[..at], &self.lines[at + 1..]),
            None => (&self.lines[..], &[][..]),
        };
        let of = |lines: &[&'a [u8]]| Self {
            numbers: self.numbers,
            lines: lines.to_vec(),
        };
        (of(first), of(second))
    }
}

fn field(line: &[u8], name: &str) -> Option<(String, String)> {
    let text = plain(line).filter(|text| is_quoted_well(text))?;
    match text.split_once(": ") {
        Some((own, value)) if is_name(own) => Some((own.to_string(), value.to_string())),
        _ => Some((name.to_string(), text)),
    }
}

/// No specification says where the members of a list end that holds a quote which never ends, or one in
/// the middle of a token.
pub fn is_quoted_well(text: &str) -> bool {
    !text.contains('\\') && text.matches('"').count().is_multiple_of(2)
}

/// A name that the packed format holds.
fn is_name(text: &str) -> bool {
    crate::model::fields::is_token(text) && text.len() < 255
}

/// The text of a field value as a message parser lets it through (RFC 9110 section 5.5): visible
/// ASCII, SP and HTAB. What else a value may hold has targets without a model.
pub fn plain(line: &[u8]) -> Option<String> {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t');
    line.iter()
        .all(plain)
        .then(|| String::from_utf8_lossy(line).into_owned())
}

/// A configuration: each bit turns something away from the default of its profile.
pub fn options(bits: u16) -> Options {
    let is = |bit: u16| bits & (1 << bit) != 0;
    let shared = is(0);
    Options {
        shared,
        heuristic: if shared != is(1) {
            (0, 86_400)
        } else {
            (10, 86_400)
        },
        max_lifetime: if is(2) { 30 } else { 4_294_967_295 },
        age_header_only: is(3),
        first_duplicate: is(4),
        refuse_set_cookie: shared != is(5),
        strict_auth: is(6),
        store_post: is(7),
        store_head: is(8),
        extensions_beat_s_maxage: is(9),
        while_revalidate: !is(10),
        stale_when_disconnected: if is(11) { 1_000_000 } else { 0 },
        pragma: !is(12),
        request_directives: !is(13),
        strict_304: is(14),
        vary_lists: is(15),
        ..drawn(&mut Draw(&[0; 64]))
    }
}
