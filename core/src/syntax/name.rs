//! The field names that rules read, and one test that rejects all others cheaply.

use super::ascii::eq_lower;

/// A field that some caching rule reads or that is never stored.
///
/// The numbers are part of the packed entry format: never renumber, only append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub(crate) enum Known {
    Age = 1,
    Authorization,
    CacheControl,
    Connection,
    ContentEncoding,
    ContentLength,
    ContentLocation,
    ContentRange,
    ContentType,
    Cookie,
    Date,
    ETag,
    Expires,
    IfMatch,
    IfModifiedSince,
    IfNoneMatch,
    IfRange,
    IfUnmodifiedSince,
    KeepAlive,
    LastModified,
    Location,
    Pragma,
    ProxyAuthenticate,
    ProxyAuthenticationInfo,
    ProxyAuthorization,
    ProxyConnection,
    Range,
    SetCookie,
    Te,
    TransferEncoding,
    Upgrade,
    Vary,
}

/// All known fields in the order of their numbers, with their lower-case names.
static TABLE: [(Known, &str); 32] = [
    (Known::Age, "age"),
    (Known::Authorization, "authorization"),
    (Known::CacheControl, "cache-control"),
    (Known::Connection, "connection"),
    (Known::ContentEncoding, "content-encoding"),
    (Known::ContentLength, "content-length"),
    (Known::ContentLocation, "content-location"),
    (Known::ContentRange, "content-range"),
    (Known::ContentType, "content-type"),
    (Known::Cookie, "cookie"),
    (Known::Date, "date"),
    (Known::ETag, "etag"),
    (Known::Expires, "expires"),
    (Known::IfMatch, "if-match"),
    (Known::IfModifiedSince, "if-modified-since"),
    (Known::IfNoneMatch, "if-none-match"),
    (Known::IfRange, "if-range"),
    (Known::IfUnmodifiedSince, "if-unmodified-since"),
    (Known::KeepAlive, "keep-alive"),
    (Known::LastModified, "last-modified"),
    (Known::Location, "location"),
    (Known::Pragma, "pragma"),
    (Known::ProxyAuthenticate, "proxy-authenticate"),
    (Known::ProxyAuthenticationInfo, "proxy-authentication-info"),
    (Known::ProxyAuthorization, "proxy-authorization"),
    (Known::ProxyConnection, "proxy-connection"),
    (Known::Range, "range"),
    (Known::SetCookie, "set-cookie"),
    (Known::Te, "te"),
    (Known::TransferEncoding, "transfer-encoding"),
    (Known::Upgrade, "upgrade"),
    (Known::Vary, "vary"),
];

/// Which names can be known ones: rejects nearly every other name without a look at it.
#[cfg(target_pointer_width = "64")]
pub(crate) struct Letters([u32; Self::LONGEST]);

#[cfg(target_pointer_width = "64")]
impl Letters {
    /// The length of the longest of the known names.
    const LONGEST: usize = 25;

    /// Of the names in a set of [`Known::bit`]s: for each length, from 1, their first letters
    /// (bit = letter & 31).
    pub(crate) const fn of(fields: FieldSet) -> Self {
        let mut table = [0u32; Self::LONGEST];
        let mut at = 0;
        // Evaluated at compile time: an index out of range would not compile.
        #[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
        while at < TABLE.len() {
            let (known, name) = TABLE[at];
            let name = name.as_bytes();
            if fields & known.bit() != 0 {
                table[name.len() - 1] |= 1 << (name[0] & 31);
            }
            at += 1;
        }
        Self(table)
    }

    /// Whether the name can be one of them; a few others pass as well. Stays inline in the
    /// generic loops over heads, so that most fields never leave them.
    #[inline(always)]
    pub(crate) fn admit(&self, name: &[u8]) -> bool {
        match (self.0.get(name.len().wrapping_sub(1)), name.first()) {
            (Some(letters), Some(first)) => letters.wrapping_shr(u32::from(*first)) & 1 != 0,
            _ => false,
        }
    }
}

/// The same where code is dear: every name is looked up.
#[cfg(not(target_pointer_width = "64"))]
pub(crate) struct Letters;

#[cfg(not(target_pointer_width = "64"))]
impl Letters {
    pub(crate) const fn of(_: FieldSet) -> Self {
        Self
    }

    pub(crate) fn admit(&self, _: &[u8]) -> bool {
        true
    }
}

/// The letters of every known name.
pub(crate) static ALL: Letters = Letters::of(FieldSet::MAX);

/// For each [`slot`], the position in [`TABLE`] of the one name that falls into it.
static SLOTS: [u8; 64] = {
    let mut slots = [u8::MAX; 64];
    let mut at = 0;
    // Evaluated at compile time: an index out of range would not compile.
    #[allow(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation
    )]
    while at < TABLE.len() {
        let name = TABLE[at].1.as_bytes();
        slots[slot(name.len(), name[0], name[name.len() - 1])] = at as u8;
        at += 1;
    }
    slots
};

/// Where a name falls by its length, first and last byte; below 64. The factors were searched
/// for: no two known names fall together (a test finds every one). They are multiples of
/// four, so that letter case does not count.
const fn slot(length: usize, first: u8, last: u8) -> usize {
    let (first, last) = (
        (first as usize).wrapping_mul(28),
        (last as usize).wrapping_mul(36),
    );
    length.wrapping_add(first).wrapping_add(last) & 63
}

/// A set of known fields.
pub(crate) type FieldSet = u32;

/// The field with this number as a set; 0 is no field.
#[inline(always)]
pub(crate) const fn bit(id: u8) -> FieldSet {
    FieldSet::wrapping_shl((id != 0) as u32, id.wrapping_sub(1) as u32)
}

impl Known {
    /// This field as a set.
    pub(crate) const fn bit(self) -> FieldSet {
        bit(self as u8)
    }

    pub(crate) fn name(self) -> &'static str {
        let at = usize::from(self as u8).wrapping_sub(1);
        TABLE.get(at).map_or("", |(_, name)| name)
    }

    /// The field with this number, and its name.
    pub(crate) fn from_id(id: u8) -> Option<(Self, &'static str)> {
        TABLE.get(usize::from(id).wrapping_sub(1)).copied()
    }

    /// The field with this name. Call it only after [`maybe_known`].
    #[inline]
    pub(crate) fn find(name: &[u8]) -> Option<Self> {
        let (first, last) = (name.first()?, name.last()?);
        let at = SLOTS.get(slot(name.len(), *first, *last))?;
        let (known, own) = TABLE.get(usize::from(*at))?;
        eq_lower(name, own.as_bytes()).then_some(*known)
    }
}

/// Whether a name can be a known one.
#[inline(always)]
pub(crate) fn maybe_known(name: &[u8]) -> bool {
    ALL.admit(name)
}

/// What a scan of a head hands its known lines to.
pub(crate) trait Visit {
    /// One line of a field that may be a known one. Its name comes in pieces that fit
    /// registers.
    fn line(&mut self, name: &[u8], hint: u8, value: &[u8]);
}

/// Fields that describe one connection and are never stored (RFC 9110 section 7.6.1,
/// RFC 9111 section 3.1).
pub(crate) const NEVER_STORED: FieldSet = Known::Connection.bit()
    | Known::KeepAlive.bit()
    | Known::ProxyAuthenticate.bit()
    | Known::ProxyAuthenticationInfo.bit()
    | Known::ProxyAuthorization.bit()
    | Known::ProxyConnection.bit()
    | Known::Te.bit()
    | Known::TransferEncoding.bit()
    | Known::Upgrade.bit();

/// Fields whose nomination by Connection makes a response unstorable: a rule reads them,
/// and facts are derived again from the stored head.
pub(crate) const READ_BY_RULES: FieldSet = Known::Age.bit()
    | Known::CacheControl.bit()
    | Known::ContentEncoding.bit()
    | Known::ContentLength.bit()
    | Known::ContentLocation.bit()
    | Known::ContentRange.bit()
    | Known::ContentType.bit()
    | Known::Date.bit()
    | Known::ETag.bit()
    | Known::Expires.bit()
    | Known::LastModified.bit()
    | Known::Pragma.bit()
    | Known::SetCookie.bit()
    | Known::Vary.bit();

/// Fields that are stored whatever a qualified directive says: the rules read them again.
pub(crate) const STAYS: FieldSet = READ_BY_RULES & !Known::SetCookie.bit();

/// Whether a field with this name is one of them.
pub(crate) fn stays(name: &[u8]) -> bool {
    maybe_known(name) && Known::find(name).is_some_and(|known| known.bit() & STAYS != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_case_and_neighbours_are_not() {
        for (number, (known, name)) in TABLE.iter().enumerate() {
            assert_eq!(*known as usize, number + 1, "{name}");
            assert_eq!(Known::from_id(*known as u8), Some((*known, *name)));
            for spelled in [name.to_string(), name.to_uppercase()] {
                assert!(maybe_known(spelled.as_bytes()), "{spelled}");
                assert_eq!(Known::find(spelled.as_bytes()), Some(*known), "{spelled}");
            }
            // req: 9110-5.1-01
            for at in 0..name.len() {
                let mut other = name.as_bytes().to_vec();
                other[at] = b'_';
                assert_eq!(Known::find(&other), None);
                // 0x20 apart, but no letter: `-` against CR and the like.
                other[at] = name.as_bytes()[at] ^ 0x20;
                let same_letter = other[at].is_ascii_alphabetic();
                assert_eq!(Known::find(&other).is_some(), same_letter);
            }
        }
        assert_eq!(Known::from_id(0), None);
        assert_eq!(Known::from_id(33), None);
    }
}
