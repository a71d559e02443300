//! What the cache tells everyone about an answer: Cache-Status (RFC 9211).

use larder::{CacheStatus, ForwardReason, Reason};
use ureq::http::{HeaderName, HeaderValue};

use crate::info::{Outcome, Stored};
use crate::mode::CacheMode;
use crate::request::Run;

pub(crate) const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// How answers are marked.
#[derive(Debug)]
pub(crate) struct Naming {
    pub(crate) cache: String,
    pub(crate) with_key: bool,
}

impl Run<'_, '_, '_> {
    /// The line for an answer, if answers are marked.
    pub(crate) fn cache_status(&self, outcome: Outcome, stored: Stored) -> Option<HeaderValue> {
        let naming = self.shared().naming.as_ref()?;
        // req: 9211-2-04: what the cache makes up is not marked.
        if outcome == Outcome::Refused {
            return None;
        }
        let mut status = CacheStatus::new(&naming.cache)?;
        let reason = self.exchange.reason();
        let detail = match stored {
            _ if outcome == Outcome::Stale => Some(reason.name()),
            _ if outcome.is_from_store() || self.mode == CacheMode::NoStore => None,
            Stored::Yes | Stored::OnceRead => None,
            Stored::No => Some(reason.name()),
            other => Some(other.name()),
        };
        status = match (self.forwarded.or(self.collapsed), outcome) {
            (Some(why), _) => status.forwarded(ForwardReason::of(why).unwrap_or(ForwardReason::Miss)),
            (None, Outcome::Bypass) => status.forwarded(bypassed(reason)),
            (None, _) => status.hit(),
        };
        if let Some(code) = self.forward_status {
            status = status.forward_status(code);
        }
        if outcome.is_from_store() {
            if let Some(seconds) = self.exchange.ttl() {
                status = status.ttl(seconds);
            }
        } else {
            status = status.stored(matches!(stored, Stored::Yes | Stored::OnceRead));
        }
        if self.collapsed.is_some() {
            status = status.collapsed(self.forwarded.is_none());
        }
        if naming.with_key {
            status = status.key(&self.request.target);
        }
        if let Some(detail) = detail {
            status = status.detail(detail);
        }
        HeaderValue::from_maybe_shared(bytes::Bytes::from(status.to_string())).ok()
    }
}

/// The mode of a request bypasses the cache too, and core does not hear of it.
fn bypassed(reason: Reason) -> ForwardReason {
    ForwardReason::of(reason)
        .filter(|why| *why == ForwardReason::Method)
        .unwrap_or(ForwardReason::Bypass)
}
