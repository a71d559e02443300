//! What is known of a stored response without reading its head, and its persisted bytes.

use core::fmt;

use super::response::NO_DATE;
use super::{Now, Partition, UtcSource};
use crate::syntax::cache_control::Delta;

/// The version of [`StoredFacts::to_bytes`].
const VERSION: u8 = 1;

/// Bits of [`StoredFacts::flags`].
pub(crate) mod stored_flag {
    /// Never reused without validation (no-cache).
    pub(crate) const NO_CACHE: u16 = 1;
    /// Never served stale: must-revalidate, or proxy-revalidate in a shared cache.
    pub(crate) const NEVER_STALE: u16 = 1 << 1;
    /// s-maxage in a shared cache: never served stale, but an option lets RFC 5861 win.
    pub(crate) const S_MAXAGE: u16 = 1 << 2;
    pub(crate) const ETAG: u16 = 1 << 3;
    pub(crate) const ETAG_STRONG: u16 = 1 << 4;
    /// The request had Authorization.
    pub(crate) const AUTHORIZED: u16 = 1 << 5;
    /// Marked by an invalidation: only validation revives it.
    pub(crate) const INVALIDATED: u16 = 1 << 6;
    pub(crate) const HEAD: u16 = 1 << 7;
    pub(crate) const VARY: u16 = 1 << 8;
    pub(crate) const IMMUTABLE: u16 = 1 << 9;
    /// The body is not what the origin framed (decoded, transcoded).
    pub(crate) const TRANSFORMED: u16 = 1 << 10;
    /// Date was sent by the origin, not added on receipt.
    pub(crate) const ORIGIN_DATE: u16 = 1 << 11;
    /// There is expiry information, so the response can be stale and not just unknown.
    pub(crate) const EXPIRY: u16 = 1 << 12;
    /// A shared cache may store it for a request with Authorization.
    pub(crate) const ALLOWS_AUTHORIZED: u16 = 1 << 13;
}

/// Everything a decision needs about a stored response, 96 bytes at most. Stores keep it
/// beside the head, so that a hit never parses a stored field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StoredFacts {
    pub(crate) partition: Partition,
    /// When the response head arrived.
    pub(crate) response: Now,
    pub(crate) date: i64,
    pub(crate) last_modified: i64,
    pub(crate) initial_age_ms: u64,
    pub(crate) lifetime: u32,
    pub(crate) stale_while_revalidate: Delta,
    pub(crate) stale_if_error: Delta,
    pub(crate) etag: u32,
    pub(crate) vary_names: u32,
    pub(crate) vary_values: u32,
    /// Fingerprint of the Config and Override that went in.
    pub(crate) rules: u32,
    pub(crate) status: u16,
    pub(crate) flags: u16,
}

/// Why persisted facts cannot be used: an entry is derived again from its head or dropped, UTC is
/// learned again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum FactsError {
    /// Written by another version of larder.
    UnknownVersion(u8),
    /// Not bytes that `to_bytes` makes.
    Damaged,
}

impl fmt::Display for FactsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownVersion(version) => write!(f, "stored facts of unknown version {version}"),
            Self::Damaged => f.write_str("stored facts are damaged"),
        }
    }
}

impl core::error::Error for FactsError {}

impl StoredFacts {
    /// The length of [`to_bytes`](Self::to_bytes).
    pub const BYTES: usize = 94;

    pub(crate) const fn is(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    /// The status code of the stored response.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The partition that the entry belongs to.
    pub const fn partition(&self) -> Partition {
        self.partition
    }

    /// The freshness lifetime in seconds (RFC 9111 section 4.2.1).
    pub const fn lifetime(&self) -> u32 {
        self.lifetime
    }

    /// When the response head arrived.
    pub const fn response_time(&self) -> Now {
        self.response
    }

    /// Whether a conditional request can be made (RFC 9111 section 4.3.1).
    pub fn has_validator(&self) -> bool {
        self.is(stored_flag::ETAG) || self.last_modified != NO_DATE
    }

    /// Whether the response nominates request fields.
    pub const fn has_vary(&self) -> bool {
        self.is(stored_flag::VARY)
    }

    /// Whether the body is not what the origin framed, see
    /// [`with_transformed`](Self::with_transformed).
    pub const fn is_transformed(&self) -> bool {
        self.is(stored_flag::TRANSFORMED)
    }

    /// Whether an invalidation has marked the entry: then only validation revives it.
    pub const fn is_invalidated(&self) -> bool {
        self.is(stored_flag::INVALIDATED)
    }

    /// The facts of an entry whose body was decoded or transcoded on the way into the store:
    /// updates then leave Content-Encoding alone (RFC 9111 section 3.2).
    #[must_use]
    pub const fn with_transformed(mut self) -> Self {
        self.flags |= stored_flag::TRANSFORMED;
        self
    }

    /// The facts of an entry that an invalidation has marked (RFC 9111 section 4.4).
    #[must_use]
    pub const fn invalidated(mut self) -> Self {
        self.flags |= stored_flag::INVALIDATED;
        self
    }

    /// The facts after an update of an entry with the `old` flags: what no head tells stays.
    pub(crate) const fn keeping(mut self, old: u16) -> Self {
        const KEPT: u16 = stored_flag::HEAD | stored_flag::TRANSFORMED;
        self.flags = (self.flags & !KEPT) | (old & (KEPT | stored_flag::AUTHORIZED));
        self
    }

    /// The facts with the Last-Modified of an update, if it has one.
    pub(crate) const fn with_last_modified(mut self, last_modified: i64) -> Self {
        if last_modified != NO_DATE {
            self.last_modified = last_modified;
        }
        self
    }

    /// Whether an entry with these facts takes the place of `old` under the same URI: the same
    /// partition, method class and selecting request fields.
    pub fn replaces(&self, old: &StoredFacts) -> bool {
        const SELECTS: u16 = stored_flag::HEAD | stored_flag::VARY;
        self.partition == old.partition
            && self.flags & SELECTS == old.flags & SELECTS
            && self.vary_names == old.vary_names
            && self.vary_values == old.vary_values
    }

    /// Whether a response with these facts shows that `old`, which it would [replace](Self::replaces), is
    /// out of date: for caches that cannot store it after all, because it is too large for instance. An error
    /// of the server shows nothing of the kind (RFC 9111 section 4.3.3).
    pub fn outdates(&self, old: &StoredFacts) -> bool {
        self.status < 500 && self.replaces(old)
    }

    /// Fixed little-endian bytes, for stores that outlive the process. Kept in order; a
    /// version byte comes first.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut out = [0u8; Self::BYTES];
        let utc = match self.response.utc_source() {
            UtcSource::Unknown => 0,
            UtcSource::Learned => 1,
            UtcSource::Clock => 2,
        };
        let mut rest = put(&mut out, [VERSION, utc]);
        rest = put(rest, self.partition.get().to_le_bytes());
        rest = put(rest, self.response.mono_ms().to_le_bytes());
        rest = put(rest, self.response.utc_ms().unwrap_or(0).to_le_bytes());
        rest = put(rest, self.date.to_le_bytes());
        rest = put(rest, self.last_modified.to_le_bytes());
        rest = put(rest, self.initial_age_ms.to_le_bytes());
        let words = [
            self.response.domain(),
            self.lifetime,
            self.stale_while_revalidate.to_bits(),
            self.stale_if_error.to_bits(),
            self.etag,
            self.vary_names,
            self.vary_values,
            self.rules,
        ];
        for word in words {
            rest = put(rest, word.to_le_bytes());
        }
        rest = put(rest, self.status.to_le_bytes());
        put(rest, self.flags.to_le_bytes());
        out
    }

    /// Reads [`to_bytes`](Self::to_bytes) back.
    ///
    /// # Errors
    /// [`FactsError`]: another version, or bytes that it does not make.
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Result<Self, FactsError> {
        let mut rest = bytes.as_slice();
        let [version, utc] = take(&mut rest)?;
        if version != VERSION {
            return Err(FactsError::UnknownVersion(version));
        }
        let partition = Partition::new(u128::from_le_bytes(take(&mut rest)?));
        let mono_ms = u64::from_le_bytes(take(&mut rest)?);
        let utc_ms = i64::from_le_bytes(take(&mut rest)?);
        let date = i64::from_le_bytes(take(&mut rest)?);
        let last_modified = i64::from_le_bytes(take(&mut rest)?);
        let initial_age_ms = u64::from_le_bytes(take(&mut rest)?);
        let mut words = [0u32; 8];
        for word in &mut words {
            *word = u32::from_le_bytes(take(&mut rest)?);
        }
        let [domain, lifetime, swr, sie, etag, vary_names, vary_values, rules] = words;
        let mono = Now::mono(domain, mono_ms);
        let response = match utc {
            0 => mono,
            1 => mono.with_learned_utc(utc_ms),
            2 => mono.with_utc(utc_ms),
            _ => return Err(FactsError::Damaged),
        };
        Ok(Self {
            partition,
            response,
            date,
            last_modified,
            initial_age_ms,
            lifetime,
            stale_while_revalidate: Delta::from_bits(swr),
            stale_if_error: Delta::from_bits(sie),
            etag,
            vary_names,
            vary_values,
            rules,
            status: u16::from_le_bytes(take(&mut rest)?),
            flags: u16::from_le_bytes(take(&mut rest)?),
        })
    }
}

/// Writes at the front and returns what is left. Inline, because every length is known there.
#[inline(always)]
pub(super) fn put<const N: usize>(out: &mut [u8], bytes: [u8; N]) -> &mut [u8] {
    match out.split_first_chunk_mut::<N>() {
        Some((front, rest)) => {
            *front = bytes;
            rest
        }
        None => &mut [],
    }
}

/// Takes from the front, likewise.
#[inline(always)]
pub(super) fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], FactsError> {
    let (front, tail) = rest.split_first_chunk::<N>().ok_or(FactsError::Damaged)?;
    *rest = tail;
    Ok(*front)
}
