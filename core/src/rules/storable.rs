//! Storing responses in caches (RFC 9111 section 3).

use super::Reason;
use crate::facts::{
    Config, MethodClass, Override, RequestFacts, ResponseFacts, StoredFacts, flag, heuristically_cacheable,
};
use crate::syntax::cache_control::{
    BARE_MUST_REVALIDATE, MAY_UNDERSTAND, MUST_UNDERSTAND, NO_STORE, OPEN_QUOTE, PRIVATE, PRIVATE_FIELDS,
    PUBLIC,
};
use crate::syntax::name::Known;

/// Whether the response may be stored; the order of the checks decides only which reason is
/// given. `content_location_is_target` is only read for POST and PATCH.
pub(crate) fn storable(
    request: &RequestFacts,
    response: &ResponseFacts,
    content_location_is_target: bool,
    config: &Config,
    over: &Override,
) -> Result<Reason, Reason> {
    method(request, response, content_location_is_target, config)?;
    // req: 9111-5.2.1.5-01: nothing overrides what the client asks for.
    if request.directives.no_store {
        return Err(Reason::RequestNoStore);
    }
    status(response, config)?;
    if response.is(flag::LENGTH_DIFFERS) {
        return Err(Reason::UnclearLength);
    }
    if response.is(flag::VARY_ANY) {
        return Err(Reason::VaryAny);
    }
    if response.is(flag::NOMINATES_READ_FIELD) {
        return Err(Reason::ConnectionNominates);
    }
    match permission(request.authorized, response, config) {
        Err(_) if over.force_store => Ok(Reason::Forced),
        verdict => verdict.map(|()| Reason::Storable),
    }
}

/// What the methods allow (RFC 9110 section 9.3).
fn method(
    request: &RequestFacts,
    response: &ResponseFacts,
    content_location_is_target: bool,
    config: &Config,
) -> Result<(), Reason> {
    match request.method {
        MethodClass::Get if request.has_body => Err(Reason::GetWithBody),
        MethodClass::Get => Ok(()),
        MethodClass::Head if config.stores_head() => Ok(()),
        MethodClass::Head => Err(Reason::HeadNotStored),
        MethodClass::Post if !config.stores_post() => Err(Reason::MethodNotStored),
        MethodClass::Post => {
            let usable = content_location_is_target && has_explicit_expiry(response, config);
            if usable && response.status / 100 == 2 {
                Ok(())
            } else {
                Err(Reason::PostNeedsMore)
            }
        }
        MethodClass::Safe | MethodClass::Connect | MethodClass::Unsafe => Err(Reason::MethodNotStored),
    }
}

/// Status codes that no directive makes storable.
fn status(response: &ResponseFacts, config: &Config) -> Result<(), Reason> {
    match response.status {
        0..200 => Err(Reason::NotFinal),
        206 => Err(Reason::Partial),
        304 => Err(Reason::NotModified),
        // 412 and 416 answer conditions and ranges of one request; 428 and the others: RFC 6585.
        412 | 416 | 428 | 429 | 431 | 511 | 600.. => Err(Reason::StatusNeverStored),
        status if config.denies_status(status) => Err(Reason::StatusDenied),
        _ => Ok(()),
    }
}

/// Status codes whose caching rules are all implemented here (RFC 9111 section 3): what
/// must-understand asks for. 206 belongs to it only with range support.
pub(crate) const fn understood(status: u16) -> bool {
    matches!(status,
        200 | 201 | 202 | 203 | 204 | 205 | 300 | 301 | 302 | 303 | 307 | 308
        | 400..=411 | 413..=415 | 417 | 421 | 422 | 426 | 451 | 500..=505)
}

/// What the fields say (RFC 9111 section 3, the list).
pub(crate) fn permission(authorized: bool, response: &ResponseFacts, config: &Config) -> Result<(), Reason> {
    let directives = &response.directives;
    let shared = config.is_shared();
    if directives.has(MUST_UNDERSTAND) && !understood(response.status) {
        return Err(Reason::StatusNotUnderstood);
    }
    directives_permit(authorized, response, config)?;
    let refuses = config.refuses_set_cookie() && !permits_cookies(response, config);
    if response.has_field(Known::SetCookie) && refuses {
        return Err(Reason::SetCookie);
    }
    let enabled = directives.has(PUBLIC)
        || (!shared && (directives.has(PRIVATE) || directives.has(PRIVATE_FIELDS)))
        || has_explicit_expiry(response, config)
        || heuristically_cacheable(response.status);
    if enabled {
        Ok(())
    } else {
        Err(Reason::NoPermission)
    }
}

/// What Cache-Control forbids, of a response or of an update.
pub(crate) fn directives_permit(
    authorized: bool,
    response: &ResponseFacts,
    config: &Config,
) -> Result<(), Reason> {
    let directives = &response.directives;
    // req: 9110-5.2-01: an open quote may have swallowed a no-store.
    if directives.has(OPEN_QUOTE) {
        return Err(Reason::NoStore);
    }
    // req: 9111-5.2.2.3-03: understood, so an accompanying no-store does not count.
    if directives.has(NO_STORE) && !directives.has(MAY_UNDERSTAND) {
        return Err(Reason::NoStore);
    }
    let private = directives.has(PRIVATE) || (directives.has(PRIVATE_FIELDS) && !config.strips_fields());
    if config.is_shared() && private {
        return Err(Reason::Private);
    }
    if config.is_shared() && authorized && !allows_authorized(response, config) {
        return Err(Reason::Authorization);
    }
    Ok(())
}

/// Storing the response to an authenticated request (RFC 9111 section 3.5).
pub(crate) fn allows_authorized(response: &ResponseFacts, config: &Config) -> bool {
    let directives = &response.directives;
    // Malformed directives grant nothing (req: 9111-5.2-05).
    directives.has(PUBLIC)
        || directives.s_maxage.get().is_some()
        || (directives.has(BARE_MUST_REVALIDATE) && !config.strict_auth())
}

/// What lets a response with Set-Cookie be stored where that is refused (RFC 9111 section 7.3).
pub(crate) fn permits_cookies(response: &ResponseFacts, config: &Config) -> bool {
    response.directives.has(PUBLIC)
        || response.directives.s_maxage.get().is_some()
        || (config.explicit_expiry_permits_cookies() && has_explicit_expiry(response, config))
}

fn has_explicit_expiry(response: &ResponseFacts, config: &Config) -> bool {
    let directives = &response.directives;
    directives.max_age.is_present()
        || response.has_field(Known::Expires)
        || (config.is_shared() && directives.s_maxage.is_present())
}

/// A stored response that nothing could ever revive only takes up room (req: 9111-3-19).
pub(crate) fn reusable(stored: &StoredFacts, config: &Config) -> Result<(), Reason> {
    let useful = stored.has_validator()
        || stored.is(crate::facts::stored_flag::EXPIRY)
        || stored.stale_if_error.get().is_some()
        || stored.stale_while_revalidate.get().is_some()
        || config.stale_when_disconnected() > 0;
    if useful {
        Ok(())
    } else {
        Err(Reason::NeverReusable)
    }
}
