//! What of a head is stored (RFC 9111 section 3.1) and how a 304 updates it (section 3.2).

use core::fmt;

use crate::facts::{Config, Now, ResponseFacts, SCANNED, StoredFacts, stored_flag};
use crate::syntax::ascii::{NARROW, eq_ignore_case, eq_lower};
use crate::syntax::cache_control::limits_to_field;
use crate::syntax::directive;
use crate::syntax::lines::{Lines, values_of};
use crate::syntax::list::members;
use crate::syntax::name::{FieldSet, Known, NEVER_STORED, STAYS};
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
        let mut filter = Filter::of(&head, config);
        let mut date = AddedDate::NONE;
        if !facts.is(stored_flag::ORIGIN_DATE) {
            date = AddedDate::received(&facts.response);
        }
        if date.line().is_some() {
            // Without a clock there is nothing to replace an unreadable Date with: it stays
            // like every received field (req: 9111-3.1-01).
            filter.left_out |= Known::Date.bit();
        }
        Self { head, filter, date }
    }
}

impl<H: Headers + ?Sized> Headers for Storable<'_, H> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        let lines = self.head.fields().map(Header::hinted);
        lines
            .filter(|line| self.filter.keeps(&self.head, line.name))
            .chain(self.date.line())
    }
}

/// Which fields of a received head are not stored.
#[derive(Clone, Copy, Debug)]
struct Filter {
    /// Known fields that are left out.
    left_out: FieldSet,
    /// Connection names fields besides `close` and `keep-alive`.
    nominates: bool,
    /// `no-cache` or `private` limited to fields, and the option to strip them.
    strips: bool,
    shared: bool,
}

impl Filter {
    fn of(head: &dyn Lines<'_>, config: &Config) -> Self {
        Self {
            left_out: NEVER_STORED,
            nominates: nominates(head),
            strips: config.strips_fields(),
            shared: config.is_shared(),
        }
    }

    /// Whether one look at the number of a field tells that it is kept; where code is dear, there
    /// is but the closer look.
    const fn is_plain(&self) -> bool {
        !NARROW && !self.nominates && !self.strips
    }

    /// Whether the field is stored; the name was looked at.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn keeps(&self, head: &dyn Lines<'_>, name: FieldName<'_>) -> bool {
        let bit = name.bit();
        bit & self.left_out == 0 && (self.is_plain() || self.keeps_named(head, name.as_bytes(), bit))
    }

    #[inline(never)]
    fn keeps_named(&self, head: &dyn Lines<'_>, name: &[u8], bit: FieldSet) -> bool {
        bit & self.left_out == 0
            && !(self.nominates && is_nominated(head, name))
            && !self.strips(head, name, bit)
    }

    /// Whether a qualified directive keeps the field out. What the rules read stays: a
    /// stripped Vary would let any variant match.
    fn strips(&self, head: &dyn Lines<'_>, name: &[u8], bit: FieldSet) -> bool {
        self.strips && bit & STAYS == 0 && self.is_limited(head, name)
    }

    /// Whether a qualified no-cache (every cache) or private (shared caches) names the field
    /// (req: 9111-3.1-04).
    fn is_limited(&self, head: &dyn Lines<'_>, name: &[u8]) -> bool {
        values_of(head, Known::CacheControl).any(|line| {
            limits_to_field(line, directive::Known::NoCache, name)
                || (self.shared && limits_to_field(line, directive::Known::Private, name))
        })
    }
}

/// Whether Connection says more than `close` and `keep-alive`.
fn nominates(head: &dyn Lines<'_>) -> bool {
    let mut several = true;
    let line = head.value(Known::Connection.name().as_bytes(), 0, &mut several);
    line.is_some_and(|line| match several {
        true => is_nominated(head, b""),
        false => names_a_field(line),
    })
}

/// Whether a line of Connection says more than `close` and `keep-alive`.
fn names_a_field(line: &[u8]) -> bool {
    let plain = |name: &[u8]| eq_lower(name, b"keep-alive") || eq_lower(name, b"close");
    !plain(line) && !members(line).all(plain)
}

/// Whether Connection names the field; without a name, whether it names any. One walk, however
/// many lines it has.
fn is_nominated(head: &dyn Lines<'_>, name: &[u8]) -> bool {
    let mut found = false;
    head.each(&mut |line: Header<'_>| {
        if line.name == Known::Connection.name() {
            found |= match name {
                [] => names_a_field(line.value),
                name => members(line.value).any(|named| eq_ignore_case(named, name)),
            };
        }
    });
    found
}

/// The Date that a head without a readable one gets: the time of receipt (req:
/// 9110-6.6.1-01, 9110-6.6.1-02); none without a clock (req: 9110-6.6.1-04).
#[derive(Clone, Copy, Debug)]
struct AddedDate(Option<[u8; 29]>);

impl AddedDate {
    const NONE: Self = Self(None);

    fn received(at: &Now) -> Self {
        Self(at.clock_seconds().map(format_http_date))
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
    plan: Plan,
}

impl<'a, S: Headers + ?Sized, N: Headers + ?Sized> Merged<'a, S, N> {
    pub(crate) const fn new(stored: &'a S, fresh: &'a N, plan: Plan) -> Self {
        Self { stored, fresh, plan }
    }
}

impl<S: Headers + ?Sized, N: Headers + ?Sized> Headers for Merged<'_, S, N> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        let (stored, fresh) = (self.stored.fields(), self.fresh.fields());
        stored
            .map(Header::hinted)
            .filter(|line| self.plan.stays(line.name, &self.stored, &self.fresh))
            .chain(
                fresh
                    .map(Header::hinted)
                    .filter(|line| self.plan.comes(line.name, &self.stored, &self.fresh)),
            )
            .chain(self.plan.date.line())
    }
}

/// Which lines a merged head takes from where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    filter: Filter,
    date: AddedDate,
    /// Scanned fields of the update that come in.
    seen: FieldSet,
    /// Known fields whose stored lines go, and scanned ones whose stored lines stay, in any case.
    gone: FieldSet,
    kept: FieldSet,
    /// A bloom filter of the names of the update, by length and first letter.
    others: usize,
}

impl Plan {
    /// Of an update with these facts; `transformed`: the stored body is not what the origin
    /// framed.
    pub(crate) fn new(
        fresh: &dyn Lines<'_>,
        facts: &ResponseFacts,
        transformed: bool,
        received: &Now,
        config: &Config,
    ) -> Self {
        let mut filter = Filter::of(fresh, config);
        filter.left_out |= Known::ContentLength.bit() | Known::ContentRange.bit();
        if transformed {
            // req: 9111-3.2-05: what the stored form depends on.
            filter.left_out |= Known::ContentEncoding.bit();
        }
        let seen = facts.seen & !filter.left_out;
        // A stored Age says nothing about the update (req: 9111-4.2.3-08).
        let mut gone = Known::Age.bit();
        let mut date = AddedDate::NONE;
        if facts.date().is_none() {
            gone |= Known::Date.bit();
            filter.left_out |= Known::Date.bit();
            date = AddedDate::received(received);
        }
        let mut kept = 0;
        if filter.is_plain() {
            gone |= seen;
            kept = SCANNED & !gone;
        }
        let mut others = 0usize;
        fresh.each(&mut |line: Header<'_>| others |= bloom(line.name));
        Self {
            filter,
            date,
            seen,
            gone,
            kept,
            others,
        }
    }

    /// Whether the stored line stays; its name was looked at.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn stays<'s>(&self, name: FieldName<'_>, stored: &dyn Lines<'s>, fresh: &dyn Lines<'s>) -> bool {
        let bit = name.bit();
        bit & self.gone == 0
            && (bit & self.kept != 0 || self.stays_named(name.as_bytes(), bit, stored, fresh))
    }

    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn stays_named<'s>(
        &self,
        name: &[u8],
        bit: FieldSet,
        stored: &dyn Lines<'s>,
        fresh: &dyn Lines<'s>,
    ) -> bool {
        let in_update = match bit & SCANNED {
            0 => self.others & bloom(FieldName::new(name)) != 0 && fresh.value(name, 0, &mut false).is_some(),
            bit => self.seen & bit != 0,
        };
        // Connection can nominate a field that no rule reads.
        let replaced = in_update && self.filter.keeps_named(fresh, name, bit);
        !(replaced || (self.filter.strips && self.is_limited(name, bit, stored, fresh)))
    }

    /// Whether the line of the update comes in; its name was looked at.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn comes<'s>(&self, name: FieldName<'_>, stored: &dyn Lines<'s>, fresh: &dyn Lines<'s>) -> bool {
        let bit = name.bit();
        bit & self.filter.left_out == 0
            && (self.filter.is_plain() || self.comes_named(name.as_bytes(), bit, stored, fresh))
    }

    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn comes_named<'s>(
        &self,
        name: &[u8],
        bit: FieldSet,
        stored: &dyn Lines<'s>,
        fresh: &dyn Lines<'s>,
    ) -> bool {
        self.filter.keeps_named(fresh, name, bit) && !self.is_limited(name, bit, stored, fresh)
    }

    /// Whether the Cache-Control of the updated head keeps the field out of it
    /// (req: 9111-3.2-03, 9111-5.2.2.4-03).
    fn is_limited<'s>(
        &self,
        name: &[u8],
        bit: FieldSet,
        stored: &dyn Lines<'s>,
        fresh: &dyn Lines<'s>,
    ) -> bool {
        let update_says = self.seen & Known::CacheControl.bit() != 0;
        self.filter
            .strips(if update_says { fresh } else { stored }, name, bit)
    }
}

fn bloom(name: FieldName<'_>) -> usize {
    let bytes = name.as_bytes();
    let first = u32::from(bytes.first().copied().unwrap_or(0) | 0x20);
    #[allow(clippy::cast_possible_truncation)] // only the low bits count
    let length = bytes.len() as u32;
    1usize.wrapping_shl(first.wrapping_mul(7) ^ length)
}
