//! A record as the field lines that the rules read.

use larder::{Decimal, Header, Headers, format_http_date};

use super::record::{NONE, Record, TEXT, flag, form};

/// The quotes, `W/`, and two digits for each byte.
const TAG: usize = 4 + 2 * TEXT;

/// The validators of a record as they are sent.
pub(super) struct Own {
    tag: [u8; TAG],
    tag_len: usize,
    modified: Option<[u8; 29]>,
}

impl Default for Own {
    fn default() -> Self {
        Self {
            tag: [0; TAG],
            tag_len: 0,
            modified: None,
        }
    }
}

impl Own {
    pub(super) fn of(record: &Record) -> Self {
        let mut own = Self {
            modified: (record.modified != 0).then(|| format_http_date(i64::from(record.modified))),
            ..Self::default()
        };
        if record.tag_form != 0 {
            own.write_tag(record);
        }
        own
    }

    fn write_tag(&mut self, record: &Record) {
        let stored = record.text.get(..usize::from(record.tag_len)).unwrap_or_default();
        if record.tag_form & form::WEAK != 0 {
            self.push(b'W');
            self.push(b'/');
        }
        self.push(b'"');
        for byte in stored {
            if record.tag_form & form::HEX != 0 {
                self.push(digit(byte >> 4));
                self.push(digit(byte & 15));
            } else {
                self.push(*byte);
            }
        }
        self.push(b'"');
    }

    fn push(&mut self, byte: u8) {
        if let Some(next) = self.tag.get_mut(self.tag_len) {
            *next = byte;
            self.tag_len = self.tag_len.saturating_add(1);
        }
    }
}

impl Headers for Own {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        let tag = self.tag.get(..self.tag_len).unwrap_or_default();
        let tag = (!tag.is_empty()).then(|| Header::new("ETag", tag));
        let modified = self.modified.as_ref();
        let modified = modified.map(|date| Header::new("Last-Modified", date));
        tag.into_iter().chain(modified)
    }
}

/// The field lines of a record.
pub(super) struct Lines<'a> {
    record: &'a Record,
    dates: [[u8; 29]; 2],
    age: Decimal,
    max_age: Delta,
    if_error: Delta,
    own: Own,
}

impl<'a> Lines<'a> {
    pub(super) fn of(record: &'a Record) -> Self {
        Self {
            record,
            dates: [record.date, record.expires].map(|seconds| format_http_date(i64::from(seconds))),
            age: Decimal::new(u64::from(record.age)),
            max_age: Delta::new(b"max-age=", record.max_age),
            if_error: Delta::new(b"stale-if-error=", record.if_error),
            own: Own::of(record),
        }
    }
}

impl Headers for Lines<'_> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        let record = self.record;
        let [date, expires] = &self.dates;
        let flagged = |bit| record.flags & bit != 0;
        [
            (record.date != 0, "Date", &date[..]),
            (record.expires != 0, "Expires", &expires[..]),
            (record.age != 0, "Age", self.age.as_bytes()),
            (record.max_age != NONE, "Cache-Control", self.max_age.bytes()),
            (record.if_error != NONE, "Cache-Control", self.if_error.bytes()),
            (flagged(flag::NO_CACHE), "Cache-Control", b"no-cache"),
            (
                flagged(flag::MUST_REVALIDATE),
                "Cache-Control",
                b"must-revalidate",
            ),
            (flagged(flag::IMMUTABLE), "Cache-Control", b"immutable"),
            (flagged(flag::PUBLIC), "Cache-Control", b"public"),
            // Which counts only where it is known when the body has ended (req: 8246-3-03), as
            // it was when this was kept.
            (flagged(flag::IMMUTABLE), "Transfer-Encoding", b"chunked"),
            (record.vary_len != 0, "Vary", record.vary_names()),
        ]
        .into_iter()
        .filter(|(present, ..)| *present)
        .map(|(_, name, value)| Header::new(name, value))
        .chain(self.own.fields())
    }
}

/// A directive with a number of seconds.
struct Delta {
    text: [u8; 25],
    length: usize,
}

impl Delta {
    fn new(name: &[u8], seconds: u32) -> Self {
        let mut delta = Self {
            text: [0; 25],
            length: 0,
        };
        let number = Decimal::new(u64::from(seconds));
        for (to, from) in delta.text.iter_mut().zip(name.iter().chain(number.as_bytes())) {
            *to = *from;
            delta.length = delta.length.saturating_add(1);
        }
        delta
    }

    fn bytes(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }
}

/// The fields of a request that its facts depend on: those that Vary nominates, and the credentials.
pub(super) struct Nominated<'a, Q: ?Sized> {
    pub(super) request: &'a Q,
    /// Names with commas.
    pub(super) vary: &'a [u8],
}

impl<Q: Headers + ?Sized> Headers for Nominated<'_, Q> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        self.request.fields().filter(|line| {
            let mut names = self.vary.split(|byte| *byte == b',');
            line.name == "authorization" || names.any(|name| name.eq_ignore_ascii_case(line.name.as_bytes()))
        })
    }
}

fn digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0'.wrapping_add(value),
        _ => b'a'.wrapping_add(value.wrapping_sub(10)),
    }
}
