//! A request head, reduced.

use super::{Config, Exchanged, Now, Partition};
use crate::syntax::cache_control::RequestDirectives;
use crate::syntax::directive::{self, directives};
use crate::syntax::lines::Lines;
use crate::syntax::list::trim;
use crate::syntax::name::{Known, Letters, Visit};
use crate::syntax::{FieldName, Headers, RequestHead, Scheme};

/// What caching knows about a method (RFC 9110 section 9.1: case-sensitive; section 9.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum MethodClass {
    /// GET: stored, and answered from the store.
    Get,
    /// HEAD: answered from stored GET responses.
    Head,
    /// POST or PATCH: unsafe; their responses can answer a later GET (option `store_post`).
    Post,
    /// OPTIONS or TRACE: safe, never stored.
    Safe,
    /// CONNECT: opens a tunnel; caching has no part in it.
    Connect,
    /// Everything else: unsafe, or of unknown safety.
    Unsafe,
}

impl MethodClass {
    /// Classifies a method.
    pub fn of(method: &str) -> Self {
        match method {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" | "PATCH" => Self::Post,
            "OPTIONS" | "TRACE" => Self::Safe,
            "CONNECT" => Self::Connect,
            _ => Self::Unsafe,
        }
    }

    /// The time that [`Store::begin`](crate::store::Store::begin) wants for a response: when
    /// its request was sent. What a request with an unsafe method brings back is newer than what it
    /// made untrue, for which the time of the response counts, so it is a millisecond later.
    #[must_use]
    pub const fn sent_at(self, at: Exchanged) -> Now {
        if self.invalidates() {
            at.response.a_moment_later()
        } else {
            at.request
        }
    }

    /// Whether a non-error response invalidates (RFC 9111 section 4.4): methods whose safety
    /// is unknown count as unsafe.
    pub const fn invalidates(self) -> bool {
        matches!(self, Self::Post | Self::Unsafe)
    }
}

/// A request head reduced to what rules read; scanned once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RequestFacts {
    pub(crate) partition: Partition,
    pub(crate) directives: RequestDirectives,
    pub(crate) method: MethodClass,
    pub(crate) authorized: bool,
    pub(crate) has_body: bool,
    /// Conditions, Range and the kind of channel, as bits.
    pub(crate) conditions: u8,
}

/// `If-None-Match` is present.
pub(crate) const IF_NONE_MATCH: u8 = 1;
/// `If-Modified-Since` is present.
pub(crate) const IF_MODIFIED_SINCE: u8 = 1 << 1;
/// `If-Match` or `If-Unmodified-Since` is present: meant for the origin.
pub(crate) const ORIGIN_CONDITION: u8 = 1 << 2;
/// `Range` is present.
pub(crate) const RANGE: u8 = 1 << 3;
/// The target is https: an authenticated channel.
pub(crate) const SECURE: u8 = 1 << 4;
/// Nobody waits for the answer: a background validation.
pub(crate) const BACKGROUND: u8 = 1 << 5;

struct Scan {
    facts: RequestFacts,
    cache_control: bool,
    pragma_no_cache: bool,
}

static WANTED: Letters = Letters::of(
    Known::CacheControl.bit()
        | Known::Pragma.bit()
        | Known::Authorization.bit()
        | Known::IfNoneMatch.bit()
        | Known::IfModifiedSince.bit()
        | Known::IfMatch.bit()
        | Known::IfUnmodifiedSince.bit()
        | Known::Range.bit()
        | Known::ContentLength.bit()
        | Known::TransferEncoding.bit(),
);

impl Visit for Scan {
    fn line(&mut self, name: &[u8], hint: u8, value: &[u8]) {
        let Some(field) = FieldName::with_hint(name, hint).admitted() else {
            return;
        };
        let value = trim(value);
        let facts = &mut self.facts;
        match field {
            Known::CacheControl => {
                self.cache_control = true;
                facts.directives.line(value);
            }
            Known::Pragma => {
                let mut names = directives(value).map(|directive| directive.name);
                self.pragma_no_cache |= names.any(|name| name == Some(directive::Known::NoCache));
            }
            Known::Authorization => facts.authorized = true,
            Known::IfNoneMatch => facts.conditions |= IF_NONE_MATCH,
            Known::IfModifiedSince => facts.conditions |= IF_MODIFIED_SINCE,
            Known::IfMatch | Known::IfUnmodifiedSince => facts.conditions |= ORIGIN_CONDITION,
            Known::Range => facts.conditions |= RANGE,
            Known::ContentLength => facts.has_body |= value != b"0",
            Known::TransferEncoding => facts.has_body = true,
            _ => {}
        }
    }
}

impl RequestFacts {
    pub(crate) const EMPTY: Self = Self {
        partition: Partition::COMMON,
        directives: RequestDirectives::NONE,
        method: MethodClass::Safe,
        authorized: false,
        has_body: false,
        conditions: 0,
    };

    /// The facts of the same request for a background validation: the client's directives and
    /// conditions are not its own.
    pub(crate) const fn for_background(mut self) -> Self {
        self.directives = RequestDirectives::NONE;
        self.conditions = BACKGROUND;
        self
    }

    /// Scans a request head.
    pub fn derive<H: Headers + ?Sized>(request: &RequestHead<'_, H>, config: &Config) -> Self {
        let mut scanner = Scan {
            facts: Self {
                partition: request.partition,
                directives: RequestDirectives::NONE,
                method: MethodClass::of(request.method),
                authorized: false,
                has_body: false,
                conditions: if request.target.scheme() == Scheme::Https {
                    SECURE
                } else {
                    0
                },
            },
            cache_control: false,
            pragma_no_cache: false,
        };
        let head: &dyn Lines<'_> = &request.headers;
        head.scan(&WANTED, &mut scanner);
        scanner.finish(config)
    }

    /// The class of the method.
    pub const fn method(&self) -> MethodClass {
        self.method
    }

    /// Whether the request brought If-None-Match or If-Modified-Since of its own.
    pub const fn is_conditional(&self) -> bool {
        self.conditions & (IF_NONE_MATCH | IF_MODIFIED_SINCE) != 0
    }

    /// Whether it must not be forwarded: the client wants what is stored or nothing (RFC 9111 section 5.2.1.7).
    pub const fn is_only_if_cached(&self) -> bool {
        self.directives.only_if_cached
    }

    pub(crate) const fn has(&self, condition: u8) -> bool {
        self.conditions & condition != 0
    }
}

impl Scan {
    fn finish(self, config: &Config) -> RequestFacts {
        let mut facts = self.facts;
        let no_store = facts.directives.no_store;
        if !config.honours_request_directives() {
            facts.directives = RequestDirectives::NONE;
            facts.directives.no_store = no_store;
        } else if self.pragma_no_cache && !self.cache_control && config.obeys_pragma() {
            // req: 9111-5.4-01
            facts.directives.no_cache = true;
        }
        facts
    }
}
