//! Storing what the origin sends.

use std::sync::Arc;
use std::time::Instant;

use larder::store::pack;
use larder::{Header, Key, StoredFacts};
use log::Level;
use ureq::Body;
use ureq::http::{HeaderName, Response, header};

use crate::collapse::Lead;
use crate::delivered::{Delivered, Pull};
use crate::fields;
use crate::framing::{self, Completion, Framing};
use crate::growing::Growing;
use crate::info::{Outcome, Stored};
use crate::mode::CacheMode;
use crate::notes::note;
use crate::place::Place;
use crate::request::{Received, Refetch, Run};
use crate::serve::Packed;
use crate::source::{Probed, Source, source};
use crate::tee::{Tee, Write};
use crate::view::jar_is_possible;

/// An entry whose head is written.
pub(crate) struct Begun {
    framing: Framing,
    facts: StoredFacts,
    head: Vec<u8>,
    write: Write,
}

impl Run<'_, '_, '_> {
    /// The response at hand, stored while its body is read.
    pub(crate) fn store(&mut self) -> Response<Body> {
        let received = self.received.as_ref().ok_or(Stored::No);
        let begun = received.and_then(|received| self.begin(received, received.lines()));
        self.keep(begun)
    }

    /// The same, once it is clear whether the store takes it.
    pub(crate) fn keep(&mut self, begun: Result<Begun, Stored>) -> Response<Body> {
        let Begun {
            framing,
            facts,
            head: packed,
            mut write,
        } = match begun {
            Ok(begun) => begun,
            Err(why) => {
                if self.mode != CacheMode::NoStore
                    && let Some(facts) = self.exchange.stored_facts()
                {
                    self.place(*facts).outdate(self.shared(), false);
                }
                return self.answer(why);
            }
        };
        if matches!(framing.completion, Completion::Empty | Completion::Exact(0)) {
            write.end(false);
            return self.answer(match write.entry() {
                Some(_) => Stored::Yes,
                None => Stored::StoreFailed,
            });
        }
        let lead = self.lead.take();
        let flight = lead.as_ref().map(Lead::flight);
        write.lead(lead);
        let Some(Received { head, body, .. }) = self.received.take() else {
            return self.answer(Stored::No);
        };
        self.count_miss();
        let length = body.content_length().filter(|_| !framing.transformed);
        let (source, stored): (Box<dyn Source>, _) = match framing.completion {
            Completion::IfDecoded => (Box::new(Probed::new(body)), Stored::OnceProven),
            _ => (source(body), Stored::OnceRead),
        };
        let tee = Tee::new(source, write).for_the_store_alone(self.background);
        let body: Box<dyn Pull> = match flight {
            None => Box::new(tee),
            Some(flight) => {
                let refetch = Refetch {
                    parts: Arc::clone(self.parts),
                    status: head.status,
                    setup: Arc::clone(self.errand.setup),
                };
                let shared = Arc::clone(self.shared());
                let since = self.since.unwrap_or_else(Instant::now);
                let (growing, body) = Growing::new(
                    facts,
                    packed.into(),
                    tee,
                    stored,
                    shared,
                    Box::new(refetch),
                    since,
                );
                flight.grows(&growing);
                body
            }
        };
        let body = match self.errand.as_error && head.status.as_u16() >= 400 {
            // The caller gets an error and no body.
            true => {
                self.shared().background.read(body);
                None
            }
            false => Some(body),
        };
        let body = Delivered(body).described_by(&head.headers);
        let mut response = Response::from_parts(head, body);
        self.add_info(&mut response, Outcome::Miss, length, stored);
        response
    }

    /// Writes the head of this response, which has these lines.
    pub(crate) fn begin(&self, received: &Received, mut lines: Vec<Header<'_>>) -> Result<Begun, Stored> {
        let shared = self.shared();
        let headers = &received.head.headers;
        if self.mode == CacheMode::NoStore {
            return Err(Stored::No);
        }
        if self.errand.setup.get().is_none() && received.head.status.as_u16() >= 400 {
            return Err(Stored::ErrorStatus);
        }
        // Looked for when it matters, which is seldom.
        let nominates = |name: &HeaderName| {
            let name = name.as_str().as_bytes();
            let nominated = fields::members(headers, &header::VARY);
            nominated.iter().any(|other| other.eq_ignore_ascii_case(name))
        };
        if jar_is_possible() && nominates(&header::COOKIE) {
            return Err(Stored::CookieJar);
        }
        let unseen = self.own_settings || self.errand.setup.get().is_none();
        let adds = |name: &HeaderName| !fields::has(&self.parts.headers, name) && nominates(name);
        let coded = fields::has(headers, &header::CONTENT_ENCODING);
        if unseen
            && (adds(&header::ACCEPT)
                || adds(&header::USER_AGENT)
                || (coded && adds(&header::ACCEPT_ENCODING)))
        {
            return Err(Stored::Unseen);
        }
        let framing = framing::of(
            &self.parts.method,
            &received.head,
            &received.body,
            shared.unproven_framing,
        );
        if framing.completion == Completion::Coded {
            return Err(Stored::TransferCoded);
        }
        if matches!(framing.completion, Completion::Exact(length) if length > shared.max_entry_size) {
            return Err(Stored::TooLarge);
        }
        let mut facts = *self.exchange.stored_facts().ok_or(Stored::No)?;
        if framing.transformed {
            // What the body no longer is. A coding that ureq has taken off it does not show.
            lines.retain(|line| line.name != "content-length");
        }
        let storable = self.exchange.storable(&lines[..]).ok_or(Stored::No)?;
        if framing.transformed {
            facts = facts.with_transformed();
        }
        let mut packed = Packed(Vec::with_capacity(1024));
        // It fails only when a field is too long for the format.
        let status = received.head.status.as_u16();
        pack(&mut packed, self.request, status, &storable).map_err(|_| Stored::TooLarge)?;
        let place = self.place(facts);
        let token = Arc::clone(&shared.store).begin(
            place.key,
            &facts,
            self.exchange.request().method().sent_at(received.at),
        );
        let mut token = shared
            .store_result("start an entry", token)
            .ok_or(Stored::StoreFailed)?;
        let written = token.append_head(&packed.0);
        shared
            .store_result("write a head", written)
            .ok_or(Stored::StoreFailed)?;
        if let Completion::Exact(length) = framing.completion
            && let Err(error) = token.expect_body(length)
        {
            shared.stats.store_errors.add();
            note(
                Level::Debug,
                format_args!("the store takes no body of {length} bytes: {error}"),
            );
            return Err(Stored::TooLarge);
        }
        Ok(Begun {
            framing,
            facts,
            head: packed.0,
            write: Write::new(Arc::clone(shared), token, framing.completion, place),
        })
    }

    /// Where a response with these facts is stored.
    pub(crate) fn place(&self, facts: StoredFacts) -> Place {
        let key = self.exchange.key();
        Place {
            key: key.unwrap_or_else(|| Key::new(&self.request.target, self.shared().seed)),
            facts,
            removals: self.removals,
        }
    }
}
