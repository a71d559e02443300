//! Validation (RFC 9111 section 4.3): what to send, what the answer means, and the client's
//! own conditions.

use crate::facts::{
    IF_MODIFIED_SINCE, IF_NONE_MATCH, NO_DATE, RequestFacts, ResponseFacts, StoredFacts, stored_flag,
};
use crate::syntax::etag::{ListMatch, if_none_match, tags};
use crate::syntax::lines::{Lines, first_of, value_of, values_of};
use crate::syntax::list::trim;
use crate::syntax::name::Known;
use crate::syntax::{EntityTag, Header, Headers, parse_http_date};

/// Field names that a validation request must not carry from the client's request.
const REPLACED: [&str; 2] = ["If-None-Match", "If-Modified-Since"];

/// Names of the fields with which a client speaks of its own answer, in lower case: the request of a
/// [background validation](crate::Exchange::start_background) must not carry them
/// (RFC 9111 section 4.3.1).
pub const OF_THE_CLIENT: [&str; 8] = [
    "cache-control",
    "pragma",
    "range",
    "if-range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
];

/// What turns a request into a validation request: field names to remove and at most two
/// lines to set (RFC 9111 section 4.3.1). Both empty when the entry has no validator, or only
/// a date where the client has entity tags: then the request goes out as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConditionalFields<'s> {
    if_none_match: Option<&'s [u8]>,
    if_modified_since: Option<&'s [u8]>,
}

impl<'s> ConditionalFields<'s> {
    /// The lines for a stored head. Where the client sent If-None-Match of its own, its list
    /// and the stored tag are joined in `tags` (req: 9111-4.3.2-07) with what is there; if it
    /// has too little room, the stored tag goes alone.
    pub(crate) fn of(
        request: &dyn Lines<'_>,
        client_conditional: bool,
        facts: &StoredFacts,
        stored: &dyn Lines<'s>,
        tags: TagList<'s>,
    ) -> Self {
        // req: 9110-8.8.3-03: several lines are equal, or there would be no validator.
        let own = match first_of(stored, Known::ETag) {
            Some(tag) if facts.is(stored_flag::ETAG) => Some(trim(tag)),
            _ => None,
        };
        let has_list = client_conditional && first_of(request, Known::IfNoneMatch).is_some();
        if own.is_none() && has_list {
            // A date cannot stand in for the client's tags: they go out as they are, and a
            // 304 is the client's.
            return Self::default();
        }
        let several = own.is_some() && tags.length > 0;
        let modified = match first_of(stored, Known::LastModified) {
            // req: 9110-13.1.3-06: the bytes as they were stored. req: 9111-4.3.1-03: only of
            // the one entry that is asked about.
            Some(date) if facts.last_modified != NO_DATE && !several => Some(trim(date)),
            _ => None,
        };
        let joined = match own {
            Some(tag) if client_conditional || several => union(request, tag, tags),
            _ => None,
        };
        Self {
            if_none_match: joined.or(own),
            if_modified_since: modified,
        }
    }

    /// Whether there is anything to set; without it the validation is a plain request.
    pub const fn is_empty(&self) -> bool {
        self.if_none_match.is_none() && self.if_modified_since.is_none()
    }

    /// Names of the fields to remove from the request.
    pub fn remove(&self) -> impl Iterator<Item = &'static str> + use<> {
        let count = if self.is_empty() { 0 } else { REPLACED.len() };
        REPLACED.into_iter().take(count)
    }

    /// Field lines to set.
    pub fn set(&self) -> impl Iterator<Item = Header<'s>> + use<'s> {
        let tag = self
            .if_none_match
            .map(|value| Header::new("If-None-Match", value));
        let date = self
            .if_modified_since
            .map(|value| Header::new("If-Modified-Since", value));
        tag.into_iter().chain(date)
    }

    /// The request's fields with these changes.
    pub fn apply<'a, R: Headers + ?Sized>(&'a self, request: &'a R) -> Conditional<'a, R> {
        Conditional {
            request,
            fields: self,
        }
    }
}

/// The fields of a request turned into a validation request.
#[derive(Clone, Copy, Debug)]
pub struct Conditional<'a, R: ?Sized> {
    request: &'a R,
    fields: &'a ConditionalFields<'a>,
}

impl<R: Headers + ?Sized> Headers for Conditional<'_, R> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        let removed = match self.fields.is_empty() {
            true => 0,
            false => Known::IfNoneMatch.bit() | Known::IfModifiedSince.bit(),
        };
        self.request
            .fields()
            .filter(move |line| line.name.known().map_or(0, Known::bit) & removed == 0)
            .chain(self.fields.set())
    }
}

/// Entity tags for If-None-Match, in a buffer of the caller.
#[derive(Debug)]
pub struct TagList<'s> {
    buffer: &'s mut [u8],
    length: usize,
}

impl<'s> TagList<'s> {
    /// None yet.
    pub const fn new(buffer: &'s mut [u8]) -> Self {
        Self { buffer, length: 0 }
    }

    fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or(&[])
    }

    /// Adds a tag unless it is there, byte for byte, its weakness included
    /// (req: 9111-4.3.1-02); `None` when there is no room.
    pub(crate) fn add(&mut self, tag: &[u8]) -> Option<()> {
        if tags(self.bytes()).any(|listed| listed == tag) {
            return Some(());
        }
        let comma: &[u8] = if self.length == 0 { b"" } else { b", " };
        let room = self.buffer.get_mut(self.length..)?;
        let length = comma.len().checked_add(tag.len())?;
        let room = room.get_mut(..length)?.iter_mut();
        room.zip(comma.iter().chain(tag))
            .for_each(|(to, from)| *to = *from);
        self.length = self.length.checked_add(length)?;
        Some(())
    }
}

/// Adds the client's If-None-Match list, if it is one, and the stored tag; `None` when there
/// is no room.
fn union<'s>(request: &dyn Lines<'_>, own: &[u8], mut list: TagList<'s>) -> Option<&'s [u8]> {
    if let ListMatch::NotListed | ListMatch::Listed = if_none_match(request, None) {
        for line in values_of(request, Known::IfNoneMatch) {
            // req: 9110-5.6.1.1-01: tag by tag, so that no empty member comes along.
            for tag in tags(line) {
                list.add(tag)?;
            }
        }
    }
    list.add(own)?;
    list.buffer.get(..list.length)
}

/// Whether the client's own If-None-Match or If-Modified-Since says that it has this stored
/// response already: then 304 is the answer (RFC 9111 section 4.3.2).
pub(crate) fn client_is_current(
    request: &dyn Lines<'_>,
    request_facts: &RequestFacts,
    stored: &dyn Lines<'_>,
    facts: &StoredFacts,
) -> bool {
    // req: 9110-13.2.1-02: only where the answer would be a success.
    if !(200..300).contains(&facts.status()) {
        return false;
    }
    // req: 9110-13.1.3-01: If-None-Match takes precedence.
    if request_facts.has(IF_NONE_MATCH) {
        let tag = match first_of(stored, Known::ETag) {
            Some(tag) if facts.is(stored_flag::ETAG) => EntityTag::parse(tag),
            _ => None,
        };
        return matches!(if_none_match(request, tag), ListMatch::Any | ListMatch::Listed);
    }
    if !request_facts.has(IF_MODIFIED_SINCE) {
        return false;
    }
    let now = facts.response_time().utc_seconds();
    let since = value_of(request, Known::IfModifiedSince);
    let Some(since) = since.and_then(|value| parse_http_date(value, now)) else {
        return false; // req: 9110-13.1.3-02
    };
    // req: 9111-4.3.2-05: without Last-Modified, Date or the time of receipt.
    let modified = if facts.last_modified == NO_DATE {
        facts.date
    } else {
        facts.last_modified
    };
    modified != NO_DATE && modified <= since
}

/// What the answer to a validation request means (RFC 9111 section 4.3.3, 4.3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The nominated entry is confirmed.
    Confirms,
    /// The 304 answers the client's own condition: pass it on.
    ForClient,
    /// The 304 confirms nothing that is stored.
    Foreign,
    /// The origin failed; a stale answer may be permitted.
    Failure,
    /// A full response.
    Full,
}

/// Whether the client's own If-None-Match names the entity tag of a 304: no other 304 may
/// reach it (req: 9111-4.3.2-09).
pub(crate) fn client_lists(request: &dyn Lines<'_>, response: &dyn Lines<'_>) -> bool {
    let tag = first_of(response, Known::ETag).and_then(EntityTag::parse);
    if_none_match(request, tag) == ListMatch::Listed
}

/// Reads the status and validators of an answer to a request that nominated this entry.
pub(crate) fn answer(
    request: &RequestFacts,
    nominated: &StoredFacts,
    response: &ResponseFacts,
    strict_304: bool,
) -> Answer {
    match response.status {
        304 => {}
        500 | 502 | 503 | 504 => return Answer::Failure,
        _ => return Answer::Full,
    }
    let validators = HeadValidators::of(response);
    // Without any validator it is ours only if it was asked with ours and with nothing of the
    // client's (req: 9111-4.3.4-05).
    let silent = !validators.are_any() && nominated.has_validator();
    if validators.name(nominated) || (silent && !strict_304 && !request.has(IF_NONE_MATCH)) {
        Answer::Confirms
    } else if may_be_for_client(request, nominated) {
        Answer::ForClient
    } else {
        Answer::Foreign
    }
}

/// Whether a 304 that confirms nothing stored may answer a condition of the client's own: one that
/// went out as it was, or its list of tags if [`client_lists`] the one that comes back. A date of the
/// client's was replaced.
fn may_be_for_client(request: &RequestFacts, nominated: &StoredFacts) -> bool {
    match nominated.has_validator() {
        true => request.has(IF_NONE_MATCH),
        false => request.is_conditional(),
    }
}

/// Whether the response to HEAD, a 200, describes a stored GET response (RFC 9111 section 4.3.5). One
/// that is marked invalid it has to name: without a validator it is no validation (section 4.4). So it has one
/// with a validator: HEAD may have been answered without looking, and another body may be as long.
pub(crate) fn head_matches(stored: &dyn Lines<'_>, facts: &StoredFacts, head: &HeadValidators) -> bool {
    // It would have been the status of the response to GET as well (RFC 9110 section 9.3.2).
    if facts.status() != 200 || head.unclear {
        return false;
    }
    // Only what was received is compared.
    let named = head.are_any();
    let same_tag = !head.has_etag
        || (facts.is(stored_flag::ETAG)
            && head.etag == facts.etag
            && head.strong == facts.is(stored_flag::ETAG_STRONG));
    let same_date = head.last_modified == NO_DATE || head.last_modified == facts.last_modified;
    // Several lines are equal, or the response would not be stored.
    let length = first_of(stored, Known::ContentLength).map(trim);
    let same_length = match (head.content_length, length) {
        (Some(expected), Some(stored)) => crate::syntax::decimal::parse_u64(stored) == Some(expected),
        // How long the stored body is stands nowhere.
        (Some(_), None) => named,
        (None, _) => true,
    };
    same_tag && same_date && same_length && (named || !(facts.has_validator() || facts.is_invalidated()))
}

/// What a 304 or the response to HEAD is compared by when the heads of the key are read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) struct HeadValidators {
    pub(crate) last_modified: i64,
    pub(crate) content_length: Option<u64>,
    pub(crate) etag: u32,
    pub(crate) has_etag: bool,
    pub(crate) strong: bool,
    /// One of the fields is there and says nothing.
    pub(crate) unclear: bool,
}

impl HeadValidators {
    pub(crate) const NONE: Self = Self {
        last_modified: NO_DATE,
        content_length: None,
        etag: 0,
        has_etag: false,
        strong: false,
        unclear: false,
    };

    pub(crate) fn of(response: &ResponseFacts) -> Self {
        let (has_etag, content_length) = (response.has_etag(), response.content_length());
        Self {
            last_modified: response.last_modified,
            content_length,
            etag: response.etag,
            has_etag,
            strong: response.has_strong_etag(),
            unclear: response.has_field(Known::ETag) != has_etag
                || response.has_field(Known::LastModified) != (response.last_modified != NO_DATE)
                || response.has_field(Known::ContentLength) != content_length.is_some(),
        }
    }

    /// Whether there is anything to compare by.
    pub(crate) const fn are_any(&self) -> bool {
        self.has_etag || self.last_modified != NO_DATE
    }

    /// Whether a 304 with these names a stored response (RFC 9111 section 4.3.4): by its
    /// entity tag, strongly if that is strong (req: 9111-4.3.4-02, 9111-4.3.4-03), weakly if
    /// it is weak; without one by the date (req: 9111-4.3.4-04).
    pub(crate) fn name(&self, stored: &StoredFacts) -> bool {
        if self.has_etag {
            let comparable = stored.is(stored_flag::ETAG_STRONG) || !self.strong;
            comparable && stored.is(stored_flag::ETAG) && stored.etag == self.etag
        } else {
            self.last_modified != NO_DATE && self.last_modified == stored.last_modified
        }
    }

    /// Whether a 304 with these updates an entry besides the one that is served.
    pub(crate) fn name_strongly(&self, stored: &StoredFacts) -> bool {
        self.strong && self.name(stored)
    }
}
