//! What of a head is stored (RFC 9111 section 3.1) and how a 304 updates it (section 3.2).

use core::fmt;

use crate::facts::{Config, Now, StoredFacts, stored_flag};
use crate::syntax::ascii::{eq_ignore_case, eq_lower};
use crate::syntax::cache_control::limits_to_field;
use crate::syntax::list::members;
use crate::syntax::name::{Known, NEVER_STORED, READ_BY_RULES, values_of};
use crate::syntax::{FieldName, Header, Headers, format_http_date};

/// A received head as it is stored: without connection-specific fields, without what a
/// qualified directive excludes, with a Date (RFC 9111 section 3.1, RFC 9110 section 6.6.1).
#[derive(Clone, Copy, Debug)]
pub struct Storable<'a, H: ?Sized> {
    head: &'a H,
    filter: Filter,
    date: AddedDate,
}

impl<'a, H: Headers + ?Sized> Storable<'a, H> {
    /// `facts` are those that will be stored with the head.
    pub(crate) fn new(head: &'a H, facts: &StoredFacts, config: &Config) -> Self {
        let mut filter = Filter::of(head, config);
        let mut date = AddedDate::NONE;
        if !facts.is(stored_flag::ORIGIN_DATE) {
            date = AddedDate::received(facts.response);
        }
        if date.line().is_some() {
            // Without a clock there is nothing to replace an unreadable Date with: it stays
            // like every received field (req: 9111-3.1-01).
            filter.left_out |= Known::Date.bit();
        }
        Self { head, filter, date }
    }
}

impl<H: Headers + ?Sized> Storable<'_, H> {
    /// The line, if it is stored.
    #[inline(always)]
    fn kept<'l>(&self, line: Header<'l>) -> Option<Header<'l>> {
        let line = line.hinted();
        self.filter.keeps(self.head, &line).then_some(line)
    }
}

impl<H: Headers + ?Sized> Headers for Storable<'_, H> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        self.head
            .fields()
            .filter_map(|line| self.kept(line))
            .chain(self.date.line())
    }

    fn get_all<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s [u8]> {
        let named = self.head.fields().filter(move |line| line.name == name);
        let added = self.date.line().filter(move |line| line.name == name);
        named
            .filter_map(|line| self.kept(line))
            .chain(added)
            .map(|line| line.value)
    }
}

/// Which fields of a received head are not stored.
#[derive(Clone, Copy, Debug)]
struct Filter {
    /// Known fields that are left out.
    left_out: u64,
    /// Connection names fields besides `close` and `keep-alive`.
    nominates: bool,
    /// `no-cache` or `private` limited to fields, and the option to strip them.
    strips: bool,
    shared: bool,
}

impl Filter {
    fn of<H: Headers + ?Sized>(head: &H, config: &Config) -> Self {
        Self {
            left_out: NEVER_STORED,
            nominates: values_of(head, Known::Connection).any(names_a_field),
            strips: config.strips_fields(),
            shared: config.is_shared(),
        }
    }

    /// `line` is hinted.
    #[inline(always)]
    fn keeps<H: Headers + ?Sized>(&self, head: &H, line: &Header<'_>) -> bool {
        line.name.bit() & self.left_out == 0
            && !(self.nominates && is_nominated(head, line.name.as_bytes()))
            && !self.strips(head, line)
    }

    /// Whether a qualified directive keeps the field out. What the rules read stays: a
    /// stripped Vary would let any variant match.
    #[inline(always)]
    fn strips<H: Headers + ?Sized>(&self, head: &H, line: &Header<'_>) -> bool {
        const STAYS: u64 = READ_BY_RULES & !Known::SetCookie.bit();
        self.strips && line.name.bit() & STAYS == 0 && self.is_limited(head, line.name.as_bytes())
    }

    /// Whether a qualified no-cache (every cache) or private (shared caches) names the field
    /// (req: 9111-3.1-04).
    #[inline(never)]
    fn is_limited<H: Headers + ?Sized>(&self, head: &H, name: &[u8]) -> bool {
        values_of(head, Known::CacheControl).any(|line| {
            limits_to_field(line, "no-cache", name) || (self.shared && limits_to_field(line, "private", name))
        })
    }
}

/// Whether a line of Connection says more than `close` and `keep-alive`.
fn names_a_field(line: &[u8]) -> bool {
    let plain = |name: &[u8]| eq_lower(name, b"keep-alive") || eq_lower(name, b"close");
    !plain(line) && !members(line).all(plain)
}

/// Whether Connection names the field.
#[inline(never)]
fn is_nominated<H: Headers + ?Sized>(head: &H, name: &[u8]) -> bool {
    values_of(head, Known::Connection)
        .flat_map(members)
        .any(|named| eq_ignore_case(named, name))
}

/// The Date that a head without a readable one gets: the time of receipt (req:
/// 9110-6.6.1-01, 9110-6.6.1-02); none without a clock (req: 9110-6.6.1-04).
#[derive(Clone, Copy, Debug)]
struct AddedDate(Option<[u8; 29]>);

impl AddedDate {
    const NONE: Self = Self(None);

    fn received(at: Now) -> Self {
        Self(at.utc_seconds().map(format_http_date))
    }

    fn line(&self) -> Option<Header<'_>> {
        self.0.as_ref().map(|value| Header::new("Date", value))
    }
}

/// The head given is not the one that the state was made for: another entry, or the entry
/// has changed since. Read it again; if that does not help, treat the request as a miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HeadMismatch;

impl fmt::Display for HeadMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the stored head is not the one that was validated: read it again")
    }
}

impl core::error::Error for HeadMismatch {}

/// A stored head updated by a 304 or HEAD response, lazily: fields that the update mentions
/// replace all stored lines of that name, the others stay (RFC 9111 section 3.2).
#[derive(Clone, Copy, Debug)]
pub struct Merged<'a, S: ?Sized, N: ?Sized> {
    stored: &'a S,
    fresh: &'a N,
    filter: Filter,
    date: AddedDate,
    /// Known fields of the update that come in.
    seen: u64,
    /// Known fields whose stored lines go in any case.
    gone: u64,
    /// A bloom filter of the other names of the update, by length and first letter.
    others: u64,
}

impl<'a, S: Headers + ?Sized, N: Headers + ?Sized> Merged<'a, S, N> {
    /// `seen` are the known fields of the update, `dated` whether its Date can be read.
    pub(crate) fn new(
        stored: &'a S,
        stored_facts: &StoredFacts,
        fresh: &'a N,
        (seen, dated): (u64, bool),
        received: Now,
        config: &Config,
    ) -> Self {
        let mut filter = Filter::of(fresh, config);
        filter.left_out |= Known::ContentLength.bit() | Known::ContentRange.bit();
        if stored_facts.is_transformed() {
            // req: 9111-3.2-05: what the stored form depends on.
            filter.left_out |= Known::ContentEncoding.bit();
        }
        let seen = seen & !filter.left_out;
        // A stored Age says nothing about the update (req: 9111-4.2.3-08).
        let mut gone = Known::Age.bit();
        let mut date = AddedDate::NONE;
        if !dated {
            gone |= Known::Date.bit();
            filter.left_out |= Known::Date.bit();
            date = AddedDate::received(received);
        }
        let mut others = 0u64;
        fresh.fields().for_each(|line| others |= bloom(line.name));
        Self {
            stored,
            fresh,
            filter,
            date,
            seen,
            gone,
            others,
        }
    }

    /// Whether the update takes the place of this stored line, which is hinted.
    fn replaces(&self, line: &Header<'_>) -> bool {
        let bit = line.name.bit();
        if bit & self.gone != 0 {
            return true;
        }
        let in_update = match bit {
            0 => self.others & bloom(line.name) != 0 && self.fresh.fields().any(|new| new.name == line.name),
            bit => self.seen & bit != 0,
        };
        // Connection can nominate a field that no rule reads.
        in_update && self.filter.keeps(self.fresh, line)
    }

    /// Whether the Cache-Control of the updated head keeps the field out of it
    /// (req: 9111-3.2-03, 9111-5.2.2.4-03).
    fn is_limited(&self, line: &Header<'_>) -> bool {
        if self.seen & Known::CacheControl.bit() != 0 {
            self.filter.strips(self.fresh, line)
        } else {
            self.filter.strips(self.stored, line)
        }
    }

    /// The stored line, if it stays.
    fn stays<'l>(&self, line: Header<'l>) -> Option<Header<'l>> {
        let line = line.hinted();
        (!self.replaces(&line) && !self.is_limited(&line)).then_some(line)
    }

    /// The line of the update, if it comes in.
    fn comes<'l>(&self, line: Header<'l>) -> Option<Header<'l>> {
        let line = line.hinted();
        (self.filter.keeps(self.fresh, &line) && !self.is_limited(&line)).then_some(line)
    }
}

fn bloom(name: FieldName<'_>) -> u64 {
    let bytes = name.as_bytes();
    let first = u32::from(bytes.first().copied().unwrap_or(0) | 0x20);
    #[allow(clippy::cast_possible_truncation)] // only the low bits count
    let length = bytes.len() as u32;
    1u64.wrapping_shl(first.wrapping_mul(7) ^ length)
}

impl<S: Headers + ?Sized, N: Headers + ?Sized> Headers for Merged<'_, S, N> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        let stored = self.stored.fields().filter_map(|line| self.stays(line));
        let fresh = self.fresh.fields().filter_map(|line| self.comes(line));
        stored.chain(fresh).chain(self.date.line())
    }

    fn get_all<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s [u8]> {
        let stored = self.stored.fields().filter(move |line| line.name == name);
        let fresh = self.fresh.fields().filter(move |line| line.name == name);
        let added = self.date.line().filter(move |line| line.name == name);
        stored
            .filter_map(|line| self.stays(line))
            .chain(fresh.filter_map(|line| self.comes(line)))
            .chain(added)
            .map(|line| line.value)
    }
}
