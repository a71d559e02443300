//! What is kept of one response.

mod bytes;

use larder::{
    CacheMissNext, Config, EntityTag, Exchanged, Headers, IdleClient, IdleClientNext, Now, RequestHead,
    ResponseHead, StoredFacts, UtcSource, format_http_date, parse_delta_seconds, parse_http_date,
};

pub(super) use bytes::{BYTES, SUM, USED};

use super::Digest;
use super::lines::{Lines, Nominated};

/// Bytes of an entity tag and of Vary.
pub(super) const TEXT: usize = 55;
/// No number, where 0 is one.
pub(super) const NONE: u32 = u32::MAX;

/// Bits of [`Record::flags`].
pub(super) mod flag {
    pub(crate) const LEARNED_UTC: u8 = 1;
    pub(crate) const CLOCK_UTC: u8 = 1 << 1;
    pub(crate) const NO_CACHE: u8 = 1 << 2;
    pub(crate) const MUST_REVALIDATE: u8 = 1 << 3;
    pub(crate) const IMMUTABLE: u8 = 1 << 4;
    /// public, or an s-maxage that is not for this cache: both say who else may store it.
    pub(crate) const PUBLIC: u8 = 1 << 5;
    /// Only validation revives it.
    pub(crate) const INVALID: u8 = 1 << 6;
}

/// Bits of [`Record::tag_form`].
pub(super) mod form {
    pub(crate) const PRESENT: u8 = 1;
    pub(crate) const WEAK: u8 = 1 << 1;
    /// Two digits to a byte: many tags are a hash.
    pub(crate) const HEX: u8 = 1 << 2;
}

/// What is kept of one response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) uri: [u8; 16],
    pub(super) selector: [u8; 16],
    pub(super) digest: Digest,
    pub(super) received: Now,
    /// Milliseconds.
    pub(super) delay: u32,
    /// Seconds, like all that follow.
    pub(super) age: u32,
    pub(super) date: u32,
    pub(super) expires: u32,
    pub(super) modified: u32,
    pub(super) max_age: u32,
    pub(super) if_error: u32,
    pub(super) key: u32,
    pub(super) flags: u8,
    pub(super) tag_form: u8,
    pub(super) tag_len: u8,
    pub(super) vary_len: u8,
    pub(super) text: [u8; TEXT],
}

impl Record {
    /// What is to be kept of a response that has these facts: as it came from the origin, where
    /// Date is its own, and with what it takes over by being an update; `None` when its entity tag or its
    /// Vary are too long. What the record cannot tell for certain makes it one that is
    /// validated each time. Hashes and digest are the caller's to add.
    pub(super) fn of<Q: Headers + ?Sized, O: Headers + ?Sized, R: Headers + ?Sized>(
        config: &Config,
        request: &RequestHead<'_, Q>,
        (origin, response): (&O, &R),
        facts: &StoredFacts,
        at: Exchanged,
    ) -> Option<Self> {
        let now = at.response.utc_seconds();
        let date = |value: &[u8]| parse_http_date(value, now).map_or(0, saturated_date);
        let mut record = Self {
            uri: [0; 16],
            selector: [0; 16],
            digest: [0; 32],
            received: at.response,
            delay: at.response.since(&at.request).map_or(0, saturated),
            age: response.get_one("age").and_then(parse_delta_seconds).unwrap_or(0),
            date: origin.get_one("date").map_or(0, date),
            expires: response.get_one("expires").map_or(0, date),
            modified: 0,
            max_age: NONE,
            if_error: NONE,
            key: 0,
            flags: match at.response.utc_source() {
                UtcSource::Unknown => 0,
                UtcSource::Learned => flag::LEARNED_UTC,
                UtcSource::Clock => flag::CLOCK_UTC,
            },
            tag_form: 0,
            tag_len: 0,
            vary_len: 0,
            text: [0; TEXT],
        };
        if record.expires == 0 && response.has("expires") {
            record.expires = 1; // no date: it has expired
        }
        record.directives(response);
        if facts.has_validator() {
            record.tag(response)?;
            record.last_modified(response);
        }
        record.vary(response)?;
        let whole = record.facts(config, request).as_ref() == Some(facts);
        if !whole {
            record.flags |= flag::NO_CACHE;
        }
        // Without a validator, and never without validation: of no use.
        let validator = record.tag_form != 0 || record.modified != 0;
        (validator || record.flags & flag::NO_CACHE == 0).then_some(record)
    }

    /// The directives that a record can keep.
    fn directives<R: Headers + ?Sized>(&mut self, response: &R) {
        for line in response.get_all("cache-control") {
            for directive in line.split(|byte| *byte == b',') {
                let mut parts = directive.splitn(2, |byte| *byte == b'=');
                let name = parts.next().unwrap_or_default().trim_ascii();
                let number = parts.next().map(|value| {
                    let value = value.trim_ascii();
                    let value = match value {
                        [b'"', digits @ .., b'"'] => digits,
                        value => value,
                    };
                    parse_delta_seconds(value).unwrap_or(0)
                });
                let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
                match number {
                    Some(number) if is(b"max-age") => self.max_age = number,
                    Some(number) if is(b"stale-if-error") => self.if_error = number,
                    Some(_) if is(b"s-maxage") => self.flags |= flag::PUBLIC,
                    None if is(b"public") => self.flags |= flag::PUBLIC,
                    None if is(b"no-cache") => self.flags |= flag::NO_CACHE,
                    None if is(b"must-revalidate") => self.flags |= flag::MUST_REVALIDATE,
                    None if is(b"immutable") => self.flags |= flag::IMMUTABLE,
                    _ => {}
                }
            }
        }
    }

    fn tag<R: Headers + ?Sized>(&mut self, response: &R) -> Option<()> {
        let Some(tag) = the_one(response, "etag").and_then(EntityTag::parse) else {
            return Some(());
        };
        self.tag_form = form::PRESENT;
        if tag.weak {
            self.tag_form |= form::WEAK;
        }
        let mut length = 0u8;
        let mut take = |text: &mut [u8; TEXT], byte| {
            *text.get_mut(usize::from(length))? = byte;
            length = length.checked_add(1)?;
            Some(())
        };
        let (pairs, rest) = tag.opaque.as_chunks::<2>();
        if rest.is_empty() && pairs.iter().flatten().all(|digit| value_of(*digit).is_some()) {
            self.tag_form |= form::HEX;
            for [high, low] in pairs {
                take(&mut self.text, value_of(*high)? << 4 | value_of(*low)?)?;
            }
        } else {
            for byte in tag.opaque {
                take(&mut self.text, *byte)?;
            }
        }
        self.tag_len = length;
        Some(())
    }

    /// Only a date that is written as it will be sent (req: 9110-13.1.3-06).
    fn last_modified<R: Headers + ?Sized>(&mut self, response: &R) {
        let line = the_one(response, "last-modified").unwrap_or_default();
        let seconds = parse_http_date(line, None).and_then(|seconds| u32::try_from(seconds).ok());
        if let Some(seconds) = seconds
            && line.trim_ascii() == format_http_date(i64::from(seconds))
        {
            self.modified = seconds;
        }
    }

    fn vary<R: Headers + ?Sized>(&mut self, response: &R) -> Option<()> {
        let start = usize::from(self.tag_len);
        let mut length = 0usize;
        for line in response.get_all("vary") {
            for name in line.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                let comma: &[u8] = if length == 0 { b"" } else { b"," };
                for byte in comma.iter().chain(name) {
                    *self.text.get_mut(start.checked_add(length)?)? = byte.to_ascii_lowercase();
                    length = length.checked_add(1)?;
                }
            }
        }
        self.vary_len = u8::try_from(length).ok()?;
        Some(())
    }

    /// The facts under these rules, derived from what is kept as they were from the response.
    pub(super) fn facts<Q: Headers + ?Sized>(
        &self,
        config: &Config,
        request: &RequestHead<'_, Q>,
    ) -> Option<StoredFacts> {
        let nominated = Nominated {
            request: request.headers,
            vary: self.vary_names(),
        };
        let request = RequestHead {
            method: "GET",
            target: request.target,
            partition: request.partition,
            headers: &nominated,
        };
        let at = self.exchanged();
        let IdleClientNext::CacheMiss(miss) = IdleClient::new(config, &request, at.response).next() else {
            return None;
        };
        let lines = Lines::of(self);
        let response = ResponseHead {
            status: 200,
            headers: &lines,
        };
        match miss.next(&request, &response, at, &mut []) {
            CacheMissNext::StoreAndUse(store) => match self.flags & flag::INVALID {
                0 => Some(*store.facts()),
                _ => Some(store.facts().invalidated()),
            },
            _ => None,
        }
    }

    fn exchanged(&self) -> Exchanged {
        let received = self.received;
        let sent = received.mono_ms().saturating_sub(u64::from(self.delay));
        Exchanged::new(Now::mono(received.domain(), sent), received)
    }

    /// The names in Vary, with commas.
    pub(super) fn vary_names(&self) -> &[u8] {
        let start = usize::from(self.tag_len);
        let rest = self.text.get(start..).unwrap_or_default();
        rest.get(..usize::from(self.vary_len)).unwrap_or_default()
    }

    /// Whether a response has the same strong entity tag.
    pub(super) fn has_strong_tag_of<R: Headers + ?Sized>(&self, response: &R) -> bool {
        let lines = Lines::of(self);
        let own = lines.get_one("etag").and_then(EntityTag::parse);
        let other = response.get_one("etag").and_then(EntityTag::parse);
        matches!((own, other), (Some(own), Some(other)) if own.strong_eq(&other))
    }
}

/// The value of a field whose lines are all the same (req: 9110-8.8.3-03).
fn the_one<'r, R: Headers + ?Sized>(response: &'r R, name: &'r str) -> Option<&'r [u8]> {
    let mut lines = response.get_all(name);
    let first = lines.next()?;
    lines.all(|line| line == first).then_some(first)
}

fn saturated(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Seconds since 1970; what is earlier is the first, what is later the last that fits.
fn saturated_date(seconds: i64) -> u32 {
    u32::try_from(seconds.max(1)).unwrap_or(u32::MAX)
}

/// The value of a hexadecimal digit in lower case.
fn value_of(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    }
}
