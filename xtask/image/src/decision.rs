//! One function for each decision of the driver, kept out of line: what it needs of the stack is what a decision
//! needs. The frame of such a function is counted too.

use larder::store::Entry;
use larder::{
    Action, EntryId, Exchange, Exchanged, Failure, HeadMismatch, Now, RequestHead, ResponseHead, StoredFacts,
    Update,
};

use crate::inputs::Lines;

type Request<'a> = RequestHead<'a, Lines<'a>>;
type Response<'a> = ResponseHead<'a, Lines<'a>>;

/// The request is scanned.
#[inline(never)]
pub fn start(exchange: &mut Exchange<'_>, request: &Request<'_>) -> Action {
    exchange.start(request)
}

/// The same for a background validation.
#[inline(never)]
pub fn start_background(exchange: &mut Exchange<'_>, request: &Request<'_>) -> Action {
    exchange.start_background(request)
}

/// A stored head comes in.
#[inline(never)]
pub fn offer(
    exchange: &mut Exchange<'_>,
    request: &Request<'_>,
    id: EntryId,
    facts: &StoredFacts,
    entry: &Entry<'_>,
) -> Action {
    exchange.offer(request, id, facts, entry)
}

/// The lookup ends.
#[inline(never)]
pub fn heads_done(exchange: &mut Exchange<'_>, now: Now) -> Action {
    exchange.heads_done(now)
}

/// A response comes in.
#[inline(never)]
pub fn response(
    exchange: &mut Exchange<'_>,
    request: &Request<'_>,
    response: &Response<'_>,
    at: Exchanged,
    scratch: &mut [u8],
) -> Action {
    exchange.response(request, response, at, scratch)
}

/// The origin cannot be asked.
#[inline(never)]
pub fn error(exchange: &mut Exchange<'_>, failure: Failure, now: Now) -> Action {
    exchange.error(failure, now)
}

/// A stored head is updated.
#[inline(never)]
pub fn update<'a>(
    exchange: &mut Exchange<'_>,
    request: &Request<'_>,
    facts: &StoredFacts,
    stored: &ResponseHead<'a, Entry<'a>>,
    response: &Response<'a>,
    at: Exchanged,
) -> Result<Update<'a, Entry<'a>, Lines<'a>>, HeadMismatch> {
    exchange.update(request, facts, stored, response, at)
}
