//! What is kept of one response, and its bytes.
//!
//! ```text
//! 0   uri        16  keyed hash of the URI
//! 16  selector   16  keyed hash of whose it is and of the nominated request fields
//! 32  digest     32  the caller's, of the body
//! 64  mono        8  when the head arrived; little-endian like all numbers
//! 72  utc         8
//! 80  domain      4
//! 84  delay       4  milliseconds that the origin took
//! 88  age         4  Age
//! 92  date        4  Date, Expires and Last-Modified in seconds since 1970; 0: there is none
//! 96  expires     4
//! 100 modified    4
//! 104 max_age     4  of Cache-Control; all ones: there is none
//! 108 if_error    4  stale-if-error, likewise
//! 112 key         4  of core's key of the URI
//! 116 flags       1
//! 117 tag_form    1  of the entity tag
//! 118 tag_len     1
//! 119 vary_len    1
//! 120 text       55  the opaque part of the entity tag, then the names of Vary with commas
//! 175 used        1  how many others were used since; not under the sum
//! 176 sum         8  keyed, over the bytes before `used`
//! ```

use larder::{
    CacheMissNext, Config, EntityTag, Exchanged, Headers, IdleClient, IdleClientNext, Now, RequestHead,
    ResponseHead, StoredFacts, UtcSource, format_http_date, parse_delta_seconds, parse_http_date,
};

use super::Digest;
use super::lines::{Lines, Nominated};

/// Bytes of a record.
pub(super) const BYTES: usize = 184;
/// Where the count of uses is, behind what the sum is over.
pub(super) const USED: usize = 175;
/// Where the sum is.
pub(super) const SUM: usize = USED + 1;
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

    /// Its bytes, without count and sum.
    pub(super) fn to_bytes(self) -> [u8; BYTES] {
        let mut out = [0u8; BYTES];
        let mut rest = put(&mut out, self.uri);
        rest = put(rest, self.selector);
        rest = put(rest, self.digest);
        rest = put(rest, self.received.mono_ms().to_le_bytes());
        rest = put(rest, self.received.utc_ms().unwrap_or(0).to_le_bytes());
        let words = [
            self.received.domain(),
            self.delay,
            self.age,
            self.date,
            self.expires,
            self.modified,
            self.max_age,
            self.if_error,
            self.key,
        ];
        for word in words {
            rest = put(rest, word.to_le_bytes());
        }
        rest = put(rest, [self.flags, self.tag_form, self.tag_len, self.vary_len]);
        put(rest, self.text);
        out
    }

    /// Reads bytes whose sum holds.
    pub(super) fn from_bytes(bytes: &[u8; BYTES]) -> Option<Self> {
        let mut rest = bytes.as_slice();
        let (uri, selector, digest) = (take(&mut rest)?, take(&mut rest)?, take(&mut rest)?);
        let mono_ms = u64::from_le_bytes(take(&mut rest)?);
        let utc_ms = i64::from_le_bytes(take(&mut rest)?);
        let mut words = [0u32; 9];
        for word in &mut words {
            *word = u32::from_le_bytes(take(&mut rest)?);
        }
        let [
            domain,
            delay,
            age,
            date,
            expires,
            modified,
            max_age,
            if_error,
            key,
        ] = words;
        let [flags, tag_form, tag_len, vary_len] = take(&mut rest)?;
        let mut received = Now::mono(domain, mono_ms);
        if flags & flag::CLOCK_UTC != 0 {
            received = received.with_utc(utc_ms);
        } else if flags & flag::LEARNED_UTC != 0 {
            received = received.with_learned_utc(utc_ms);
        }
        Some(Self {
            uri,
            selector,
            digest,
            received,
            delay,
            age,
            date,
            expires,
            modified,
            max_age,
            if_error,
            key,
            flags,
            tag_form,
            tag_len,
            vary_len,
            text: take(&mut rest)?,
        })
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

/// Writes at the front and returns what is left.
fn put<const N: usize>(out: &mut [u8], bytes: [u8; N]) -> &mut [u8] {
    match out.split_first_chunk_mut::<N>() {
        Some((front, rest)) => {
            *front = bytes;
            rest
        }
        None => &mut [],
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (front, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*front)
}
