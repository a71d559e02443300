//! The bytes of a record.
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

use larder::Now;

use super::{Record, flag};

/// Bytes of a record.
pub(crate) const BYTES: usize = 184;
/// Where the count of uses is, behind what the sum is over.
pub(crate) const USED: usize = 175;
/// Where the sum is.
pub(crate) const SUM: usize = USED + 1;

impl Record {
    /// Its bytes, without count and sum.
    pub(crate) fn to_bytes(self) -> [u8; BYTES] {
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
    pub(crate) fn from_bytes(bytes: &[u8; BYTES]) -> Option<Self> {
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
