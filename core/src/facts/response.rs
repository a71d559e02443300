//! A response head, reduced.

use super::{Config, Now, fingerprint};
use crate::syntax::ascii::eq_lower;
use crate::syntax::cache_control::ResponseDirectives;
use crate::syntax::date::parse_trimmed;
use crate::syntax::decimal::parse_u64;
use crate::syntax::lines::Lines;
use crate::syntax::list::{members, trim};
use crate::syntax::name::{FieldSet, Known, Letters, READ_BY_RULES, Visit, maybe_known};
use crate::syntax::{EntityTag, FieldName, Headers, ResponseHead, parse_delta_seconds};

/// No date, or none that can be read.
pub(crate) const NO_DATE: i64 = i64::MIN;

/// Unknown Content-Length.
pub(crate) const NO_LENGTH: u64 = u64::MAX;

/// Vary has no `*`, no Connection nomination of a field that rules read, and so on.
pub(crate) mod flag {
    pub(crate) const VARY_ANY: u8 = 1 << 1;
    pub(crate) const NOMINATES_READ_FIELD: u8 = 1 << 2;
    pub(crate) const ETAG_WEAK: u8 = 1 << 3;
    pub(crate) const ETAG_USABLE: u8 = 1 << 4;
    pub(crate) const ETAG_DIFFERS: u8 = 1 << 5;
    pub(crate) const LENGTH_DIFFERS: u8 = 1 << 6;
    pub(crate) const VARY_NAMES: u8 = 1 << 7;
}

/// A response head reduced to what rules read; scanned once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ResponseFacts {
    /// Which of the fields that are looked at were seen.
    pub(crate) seen: FieldSet,
    pub(crate) date: i64,
    pub(crate) expires: i64,
    pub(crate) last_modified: i64,
    pub(crate) content_length: u64,
    pub(crate) directives: ResponseDirectives,
    pub(crate) age: u32,
    pub(crate) etag: u32,
    pub(crate) status: u16,
    pub(crate) flags: u8,
}

/// The fields that a scan looks at.
pub(crate) const SCANNED: FieldSet = Known::Age.bit()
    | Known::CacheControl.bit()
    | Known::Connection.bit()
    | Known::ContentLength.bit()
    | Known::Date.bit()
    | Known::ETag.bit()
    | Known::Expires.bit()
    | Known::LastModified.bit()
    | Known::SetCookie.bit()
    | Known::TransferEncoding.bit()
    | Known::Vary.bit();

static WANTED: Letters = Letters::of(SCANNED);

struct Scan {
    facts: ResponseFacts,
    now: Option<i64>,
    first_duplicate: bool,
    lenient_etag: bool,
    /// Known fields to pass over: an update has set them already.
    except: FieldSet,
}

impl Visit for Scan {
    fn line(&mut self, name: &[u8], hint: u8, value: &[u8]) {
        let name = FieldName::with_hint(name, hint);
        let Some(field) = name.admitted().filter(|field| self.except & field.bit() == 0) else {
            return;
        };
        let value = trim(value);
        let first = self.facts.seen & field.bit() == 0;
        self.facts.seen |= field.bit();
        let facts = &mut self.facts;
        match field {
            Known::CacheControl => facts.directives.line(value, self.first_duplicate),
            Known::Date | Known::LastModified | Known::Expires => {
                let date = parse_trimmed(value, self.now).unwrap_or(NO_DATE);
                let slot = match field {
                    Known::Date => &mut facts.date,
                    Known::LastModified => &mut facts.last_modified,
                    _ => &mut facts.expires,
                };
                // It must not repeat: a second line makes it unusable unless equal.
                *slot = if first || *slot == date { date } else { NO_DATE };
            }
            // req: 9111-5.1-01, 9111-5.1-02
            Known::Age if first => match members(value).next() {
                Some(member) => facts.age = parse_delta_seconds(member).unwrap_or(0),
                // No member of the list that the lines are (RFC 9110 section 5.3).
                None => facts.seen &= !Known::Age.bit(),
            },
            Known::ETag => self.etag(value, first),
            Known::Vary => self.vary(value),
            Known::ContentLength => self.content_length(value, first),
            Known::Connection => {
                let plain = eq_lower(value, b"keep-alive") || eq_lower(value, b"close");
                let nominates = !plain && members(value).any(is_read_by_rules);
                facts.set_if(flag::NOMINATES_READ_FIELD, nominates);
            }
            _ => {}
        }
    }
}

impl Scan {
    /// Kept out of the loops over heads.
    #[inline(never)]
    fn new(status: u16, config: &Config, now: Now) -> Self {
        Self {
            facts: ResponseFacts {
                status,
                ..ResponseFacts::EMPTY
            },
            now: now.utc_seconds(),
            first_duplicate: config.first_duplicate_wins(),
            lenient_etag: config.lenient_etag(),
            except: 0,
        }
    }

    /// Takes over what an update sets.
    #[inline(never)]
    fn update(&mut self, update: &ResponseFacts) {
        let seen = update.seen & !Known::ContentLength.bit();
        self.facts = ResponseFacts {
            status: self.facts.status,
            seen,
            content_length: NO_LENGTH,
            flags: update.flags & !flag::LENGTH_DIFFERS,
            ..*update
        };
        // A stored Age or Date says nothing about the update (req: 9111-4.2.3-08).
        self.except = seen | Known::Age.bit() | Known::Date.bit();
    }

    fn etag(&mut self, value: &[u8], first: bool) {
        let facts = &mut self.facts;
        let tag = match EntityTag::parse(value) {
            None if self.lenient_etag && is_one(value) => Some(EntityTag {
                weak: true,
                opaque: value,
            }),
            tag => tag,
        };
        let print = tag.map_or(0, |tag| fingerprint(tag.opaque));
        let weak = tag.is_some_and(|tag| tag.weak);
        if first {
            facts.etag = print;
            facts.set(flag::ETAG_WEAK, weak);
            facts.set(flag::ETAG_USABLE, tag.is_some());
        } else if facts.etag != print || facts.is(flag::ETAG_WEAK) != weak {
            // req: 9110-8.8.3-03: several differing lines leave no validator.
            facts.flags |= flag::ETAG_DIFFERS;
        }
    }

    fn vary(&mut self, value: &[u8]) {
        let mut list = members(value);
        for member in &mut list {
            let any = member == b"*";
            self.facts.flags |= if any { flag::VARY_ANY } else { flag::VARY_NAMES };
        }
        // What is no field name cannot be compared (req: 9110-12.5.5-01).
        self.facts.set_if(flag::VARY_ANY, !list.are_tokens());
    }

    fn content_length(&mut self, value: &[u8], first: bool) {
        let facts = &mut self.facts;
        if let (true, Some(length)) = (first, parse_u64(value)) {
            facts.content_length = length;
            return;
        }
        facts.set_if(flag::LENGTH_DIFFERS, members(value).next().is_none());
        let mut first = first;
        for member in members(value) {
            let length = parse_u64(member).unwrap_or(NO_LENGTH);
            if first {
                facts.content_length = length;
                first = false;
            }
            facts.set_if(
                flag::LENGTH_DIFFERS,
                facts.content_length != length || length == NO_LENGTH,
            );
        }
    }
}

/// Whether If-None-Match takes this for one tag, whatever it is: not for any, nor for several.
fn is_one(tag: &[u8]) -> bool {
    let mut list = members(tag);
    list.next().is_some_and(|one| one != b"*") && list.next().is_none()
}

fn is_read_by_rules(name: &[u8]) -> bool {
    maybe_known(name) && Known::find(name).is_some_and(|known| known.bit() & READ_BY_RULES != 0)
}

impl ResponseFacts {
    const EMPTY: Self = Self {
        seen: 0,
        date: NO_DATE,
        expires: NO_DATE,
        last_modified: NO_DATE,
        content_length: NO_LENGTH,
        directives: ResponseDirectives::NONE,
        age: 0,
        etag: 0,
        status: 0,
        flags: 0,
    };

    /// Scans a response head. `now` is only needed to read two-digit years.
    pub fn derive<H: Headers + ?Sized>(response: &ResponseHead<'_, H>, config: &Config, now: Now) -> Self {
        Self::of(response.status, &response.headers, config, &now)
    }

    /// The same for a head of any type.
    pub(crate) fn of(status: u16, head: &dyn Lines<'_>, config: &Config, now: &Now) -> Self {
        let mut scan = Scan::new(status, config, *now);
        head.scan(&WANTED, &mut scan);
        scan.facts
    }

    /// The facts of a stored head that this response updates: what this response sets counts,
    /// the rest comes from the stored head (RFC 9111 section 3.2). The status is the stored
    /// one.
    #[inline(never)] // keeps the scan's state out of the caller's frame
    pub(crate) fn overlay(&self, status: u16, stored: &dyn Lines<'_>, config: &Config, now: &Now) -> Self {
        let mut scan = Scan::new(status, config, *now);
        scan.update(self);
        stored.scan(&WANTED, &mut scan);
        scan.facts
    }

    /// The status code.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The Date field in seconds since 1970, if there is exactly one that can be read.
    pub fn date(&self) -> Option<i64> {
        (self.date != NO_DATE).then_some(self.date)
    }

    /// The Last-Modified field in seconds since 1970, likewise.
    pub fn last_modified(&self) -> Option<i64> {
        (self.last_modified != NO_DATE).then_some(self.last_modified)
    }

    /// The Content-Length, if it is one number.
    pub fn content_length(&self) -> Option<u64> {
        let usable = self.content_length != NO_LENGTH && !self.is(flag::LENGTH_DIFFERS);
        usable.then_some(self.content_length)
    }

    /// Whether there is an entity tag that can be compared.
    pub const fn has_etag(&self) -> bool {
        self.is(flag::ETAG_USABLE) && !self.is(flag::ETAG_DIFFERS)
    }

    pub(crate) const fn has_strong_etag(&self) -> bool {
        self.has_etag() && !self.is(flag::ETAG_WEAK)
    }

    pub(crate) const fn has_field(&self, field: Known) -> bool {
        self.seen & field.bit() != 0
    }

    pub(crate) const fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    fn set(&mut self, flag: u8, on: bool) {
        self.flags &= !flag;
        self.set_if(flag, on);
    }

    fn set_if(&mut self, flag: u8, on: bool) {
        if on {
            self.flags |= flag;
        }
    }
}

/// Status codes that may have a heuristic lifetime and are stored without any directive
/// (RFC 9110 section 15.1; 451: RFC 7725 section 3). 206 only with range support.
pub(crate) const fn heuristically_cacheable(status: u16) -> bool {
    matches!(
        status,
        200 | 203 | 204 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 451 | 501
    )
}
