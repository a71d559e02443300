//! Cache-Control directives of both directions (RFC 9111 section 5.2, RFC 5861, RFC 8246).

use super::ascii::eq_ignore_case;
use super::directive::{Argument, Directive, Known, directives};
use super::list::members;
use super::name::stays;

/// Delta-seconds saturate here (RFC 9111 section 1.2.2).
pub const MAX_DELTA_SECONDS: u32 = 1 << 31;

/// Parses delta-seconds: one or more digits and nothing else, saturating at 2^31
/// (RFC 9111 section 1.2.2).
///
/// ```
/// use larder::parse_delta_seconds;
/// assert_eq!(parse_delta_seconds(b"0060"), Some(60));
/// assert_eq!(parse_delta_seconds(b"99999999999999"), Some(1 << 31));
/// assert_eq!(parse_delta_seconds(b"+60"), None);
/// ```
pub fn parse_delta_seconds(value: &[u8]) -> Option<u32> {
    digits(value, false)
}

/// With one digit more it is below 2^32.
const NEARLY_MAX: u32 = MAX_DELTA_SECONDS / 10;

/// Digits only; between quotes a backslash stands for the octet after it.
fn digits(text: &[u8], quoted: bool) -> Option<u32> {
    let (mut number, mut any, mut escaped) = (0u32, false, !quoted);
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            number = match number {
                0..=NEARLY_MAX => number.wrapping_mul(10).wrapping_add(u32::from(digit)),
                _ => MAX_DELTA_SECONDS,
            };
            (any, escaped) = (true, !quoted);
        } else if *byte == b'\\' && !escaped {
            escaped = true;
        } else {
            return None;
        }
    }
    any.then_some(number.min(MAX_DELTA_SECONDS))
}

/// The number that a directive carries, as a token or quoted (RFC 9111 section 5.2).
fn number(argument: Argument<'_>) -> Option<u32> {
    match argument {
        Argument::Token(token) => digits(token, false),
        Argument::Quoted(inside) => digits(inside, true),
        Argument::Absent | Argument::Malformed => None,
    }
}

/// A directive with a number: absent, unusable, or a count of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) struct Delta(u32);

impl Delta {
    pub(crate) const ABSENT: Self = Self(u32::MAX);
    const UNUSABLE: Self = Self(u32::MAX - 1);

    pub(crate) const fn seconds(seconds: u32) -> Self {
        Self(if seconds > MAX_DELTA_SECONDS {
            MAX_DELTA_SECONDS
        } else {
            seconds
        })
    }

    pub(crate) const fn is_present(self) -> bool {
        self.0 != Self::ABSENT.0
    }

    /// The seconds of a usable value.
    pub(crate) const fn get(self) -> Option<u32> {
        if self.0 > MAX_DELTA_SECONDS {
            None
        } else {
            Some(self.0)
        }
    }

    pub(crate) const fn to_bits(self) -> u32 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u32) -> Self {
        match bits {
            0..=MAX_DELTA_SECONDS => Self(bits),
            u32::MAX => Self::ABSENT,
            _ => Self::UNUSABLE,
        }
    }

    /// Takes in one occurrence of what a request grants: the lowest counts, and one that
    /// cannot be read grants nothing.
    fn lower(&mut self, value: Option<u32>) {
        *self = match (*self, self.get(), value) {
            (Self::ABSENT, _, Some(value)) => Self::seconds(value),
            (_, Some(before), Some(value)) => Self::seconds(before.min(value)),
            _ => Self::UNUSABLE,
        };
    }

    /// Takes in one occurrence. Equal repetitions collapse; differing or malformed ones are
    /// unusable unless the first is to win (RFC 9111 section 4.2.1).
    fn note(&mut self, value: Option<u32>, first_wins: bool) {
        let value = value.map_or(Self::UNUSABLE, Self::seconds);
        if !self.is_present() {
            *self = value;
        } else if *self != value && !first_wins {
            *self = Self::UNUSABLE;
        }
    }
}

/// Response directives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) struct ResponseDirectives {
    pub(crate) flags: u16,
    pub(crate) max_age: Delta,
    pub(crate) s_maxage: Delta,
    pub(crate) stale_while_revalidate: Delta,
    pub(crate) stale_if_error: Delta,
}

pub(crate) const NO_STORE: u16 = 1;
pub(crate) const NO_CACHE: u16 = 1 << 1;
/// `no-cache="field"`: only with field names.
pub(crate) const NO_CACHE_FIELDS: u16 = 1 << 2;
pub(crate) const PRIVATE: u16 = 1 << 3;
/// `private="field"`: only with field names.
pub(crate) const PRIVATE_FIELDS: u16 = 1 << 4;
pub(crate) const PUBLIC: u16 = 1 << 5;
pub(crate) const MUST_REVALIDATE: u16 = 1 << 6;
pub(crate) const PROXY_REVALIDATE: u16 = 1 << 7;
pub(crate) const MUST_UNDERSTAND: u16 = 1 << 8;
/// `must-understand` within the grammar: only then does it lift `no-store`.
pub(crate) const MAY_UNDERSTAND: u16 = 1 << 9;
pub(crate) const IMMUTABLE: u16 = 1 << 10;
/// A quote was left open: any directive may be missing, so nothing is stored.
pub(crate) const OPEN_QUOTE: u16 = 1 << 11;
/// `must-revalidate` within the grammar: only then does it permit anything (RFC 9111 section 3.5).
pub(crate) const BARE_MUST_REVALIDATE: u16 = 1 << 12;

impl ResponseDirectives {
    pub(crate) const NONE: Self = Self {
        flags: 0,
        max_age: Delta::ABSENT,
        s_maxage: Delta::ABSENT,
        stale_while_revalidate: Delta::ABSENT,
        stale_if_error: Delta::ABSENT,
    };

    pub(crate) const fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    /// Takes in one line of Cache-Control.
    pub(crate) fn line(&mut self, value: &[u8], first_wins: bool) {
        let mut list = directives(value);
        for directive in &mut list {
            self.directive(directive, first_wins);
        }
        if list.is_open() {
            self.flags |= OPEN_QUOTE;
        }
    }

    fn directive(&mut self, Directive { name, argument }: Directive<'_>, first_wins: bool) {
        let Some(name) = name else { return };
        let time = match name {
            Known::MaxAge => &mut self.max_age,
            Known::SMaxage => &mut self.s_maxage,
            Known::StaleIfError => &mut self.stale_if_error,
            Known::StaleWhileRevalidate => &mut self.stale_while_revalidate,
            name => {
                self.flags |= flags_of(name, argument);
                return;
            }
        };
        time.note(number(argument), first_wins);
    }
}

/// What a directive without a time says.
fn flags_of(name: Known, argument: Argument<'_>) -> u16 {
    // A stray argument never weakens a restriction, and never grants (req: 9111-5.2-05).
    let bare = argument == Argument::Absent;
    match name {
        Known::Public if bare => PUBLIC,
        Known::Private => qualified(argument, PRIVATE, PRIVATE_FIELDS),
        Known::NoCache => qualified(argument, NO_CACHE, NO_CACHE_FIELDS),
        Known::NoStore => NO_STORE,
        // req: 8246-2-03: its arguments are ignored.
        Known::Immutable => IMMUTABLE,
        Known::MustRevalidate if bare => MUST_REVALIDATE | BARE_MUST_REVALIDATE,
        Known::MustRevalidate => MUST_REVALIDATE,
        Known::MustUnderstand if bare => MUST_UNDERSTAND | MAY_UNDERSTAND,
        Known::MustUnderstand => MUST_UNDERSTAND,
        Known::ProxyRevalidate => PROXY_REVALIDATE,
        _ => 0,
    }
}

/// The flag of a directive that may be limited to field names (RFC 9111 section 5.2.2.4,
/// 5.2.2.7). Anything that is no list of plain names counts as unlimited, and so does a list with a
/// field that the rules read: without its Vary a stored response would be another one.
fn qualified(argument: Argument<'_>, whole: u16, fields: u16) -> u16 {
    let list = match argument {
        Argument::Token(list) | Argument::Quoted(list) => list,
        Argument::Absent | Argument::Malformed => return whole,
    };
    let (mut names, mut any) = (members(list), false);
    for name in &mut names {
        any = true;
        if stays(name) {
            return whole;
        }
    }
    if any && names.are_tokens() { fields } else { whole }
}

/// Whether a line of Cache-Control limits `directive` to field names among which is `field`.
pub(crate) fn limits_to_field(line: &[u8], directive: Known, field: &[u8]) -> bool {
    directives(line)
        .filter(|found| found.name == Some(directive))
        .any(|found| match found.argument {
            Argument::Token(list) | Argument::Quoted(list) => {
                members(list).any(|name| eq_ignore_case(name, field))
            }
            Argument::Absent | Argument::Malformed => false,
        })
}

/// Request directives. Malformed or repeated values resolve to the stricter reading
/// (req: 9111-5.2.1-02).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) struct RequestDirectives {
    pub(crate) no_cache: bool,
    pub(crate) no_store: bool,
    pub(crate) only_if_cached: bool,
    /// The age that is still accepted.
    pub(crate) max_age: Delta,
    /// The staleness that is still accepted.
    pub(crate) max_stale: Delta,
    /// The lifetime that must remain.
    pub(crate) min_fresh: Delta,
    pub(crate) stale_if_error: Delta,
}

impl RequestDirectives {
    pub(crate) const NONE: Self = Self {
        no_cache: false,
        no_store: false,
        only_if_cached: false,
        max_age: Delta::ABSENT,
        max_stale: Delta::ABSENT,
        min_fresh: Delta::ABSENT,
        stale_if_error: Delta::ABSENT,
    };

    /// Takes in one line of Cache-Control.
    pub(crate) fn line(&mut self, value: &[u8]) {
        let mut list = directives(value);
        for directive in &mut list {
            self.directive(directive);
        }
        self.no_cache |= list.is_open();
        self.no_store |= list.is_open();
    }

    fn directive(&mut self, Directive { name, argument }: Directive<'_>) {
        match name {
            // What cannot be read means to validate (req: 9111-5.2.1-02).
            Some(Known::MaxAge) => match number(argument) {
                Some(seconds) => self.max_age.lower(Some(seconds)),
                None => self.no_cache = true,
            },
            Some(Known::NoCache) => self.no_cache = true,
            Some(Known::NoStore) => self.no_store = true,
            Some(Known::MaxStale) => {
                let any = argument == Argument::Absent;
                let granted = if any {
                    Some(MAX_DELTA_SECONDS)
                } else {
                    number(argument)
                };
                self.max_stale.lower(granted);
            }
            Some(Known::MinFresh) => {
                let wanted = number(argument);
                self.no_cache |= wanted.is_none();
                let before = self.min_fresh.get().unwrap_or(0);
                self.min_fresh = Delta::seconds(wanted.unwrap_or(0).max(before));
            }
            Some(Known::OnlyIfCached) => self.only_if_cached = true,
            Some(Known::StaleIfError) => {
                self.stale_if_error.lower(number(argument));
            }
            _ => {}
        }
    }
}
