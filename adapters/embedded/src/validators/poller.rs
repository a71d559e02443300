//! Asks whether something has changed.

mod answer;

use larder::{
    ConditionalFields, Config, EntryId, ErrorNext, Exchanged, Failure, FromCache, IdleClient, IdleClientNext,
    LearnedUtc, MethodClass, Now, Reason, RequestHead,
};

use super::changed::{Changed, Found};
use super::lines::Own;
use super::{Digest, Validators};
use crate::clock::learn;
use crate::{Clock, Error, Request, Transport};

/// Polls URLs with the validators that it keeps, see the [module](super).
///
/// Its future may be dropped at any await: what is kept changes only between awaits, and a
/// request with an unsafe method has marked it before it is sent.
#[derive(Debug)]
pub struct Poller<'v, M, T, C> {
    config: Config,
    validators: &'v mut Validators<M>,
    transport: T,
    clock: C,
    utc: LearnedUtc,
    offline: bool,
}

/// What a poll has found out.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // there is no heap to put one on
pub enum Check<'p, M, T> {
    /// What is kept is current, or may be used as if it were.
    Unchanged(Unchanged),
    /// A response: a new one, the same one again, an error of the origin, or the answer to a
    /// request that is no GET.
    Changed(Changed<'p, M, T>),
}

/// Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Unchanged {
    /// What the caller has named the bytes when it kept them.
    pub digest: Digest,
    /// Why: fresh, validated, or stale and permitted.
    pub reason: Reason,
    /// For how many seconds more it can be known without asking the origin.
    pub fresh_for: u64,
}

type Head<'a> = RequestHead<'a, [(&'a str, &'a str)]>;

/// How a request goes out. Nothing else is kept while the network is waited for: what follows
/// from the request and the memory is found out again, so that the future stays small.
#[derive(Clone, Copy)]
enum Way {
    /// Nothing that is kept can answer it.
    Plain,
    /// With the conditions of the record at this place.
    Conditional(usize),
    /// Once more, because a 304 was about something else than this record.
    Again(usize),
    /// The cache has no part in it.
    Bypass,
}

/// What becomes of a request.
#[allow(clippy::large_enum_variant)] // there is no heap to put one on
enum Outcome {
    Unchanged(Unchanged),
    Changed(Found),
    Send(Way),
}

impl<'v, M: AsRef<[u8]> + AsMut<[u8]>, T: Transport, C: Clock> Poller<'v, M, T, C> {
    /// A poller with these rules and this way to the network. Stale-while-revalidate is off,
    /// whatever the rules say: nothing here runs in the background.
    pub const fn new(config: Config, validators: &'v mut Validators<M>, transport: T, clock: C) -> Self {
        Self {
            config: config.with_stale_while_revalidate(false),
            validators,
            transport,
            clock,
            utc: LearnedUtc::new(),
            offline: false,
        }
    }

    /// Goes on with what another poller or client has learned of UTC in this clock domain, before a
    /// deep sleep for instance: [`LearnedUtc::to_bytes`].
    #[must_use]
    pub const fn with_learned_utc(mut self, utc: LearnedUtc) -> Self {
        self.utc = utc;
        self
    }

    /// What this poller has learned of UTC.
    pub const fn learned_utc(&self) -> LearnedUtc {
        self.utc
    }

    /// Says whether the network may be asked. Offline, what is kept answers where the rules
    /// permit it; else the error is [`GatewayTimeout`](Error::GatewayTimeout).
    pub const fn set_offline(&mut self, offline: bool) {
        self.offline = offline;
    }

    /// What is kept.
    pub const fn validators(&mut self) -> &mut Validators<M> {
        self.validators
    }

    /// The transport, for what it can be told besides.
    pub const fn transport(&mut self) -> &mut T {
        &mut self.transport
    }

    /// Asks whether what a request stands for has changed. Requests with an unsafe method go
    /// out as they are and invalidate what is kept.
    ///
    /// # Errors
    /// [`Error::Transport`] or [`Error::GatewayTimeout`]: it cannot be known.
    pub async fn check(&mut self, request: &Request<'_>) -> Result<Check<'_, M, T>, Error<T::Error>> {
        let now = self.now();
        let mut outcome = self.start(request, now)?;
        while let Outcome::Send(way) = outcome {
            if self.offline {
                outcome = self.failed(request, now, way, Failure::Disconnected, None)?;
                continue;
            }
            let sent = self.now();
            let result = {
                let head = request.head();
                let own = self.own(way);
                let conditions = self.conditions(&head, now, way, &own);
                let head = RequestHead {
                    method: head.method,
                    target: head.target,
                    partition: head.partition,
                    headers: &conditions.apply(head.headers),
                };
                self.transport.send(&head, request.content()).await
            };
            outcome = match result {
                Ok(()) => self.answered(request, now, sent, way)?,
                Err(error) => self.failed(request, now, way, Failure::Transport, Some(error))?,
            };
        }
        Ok(match outcome {
            Outcome::Changed(found) => Check::Changed(Changed {
                transport: &mut self.transport,
                validators: self.validators,
                found,
            }),
            Outcome::Unchanged(unchanged) => Check::Unchanged(unchanged),
            Outcome::Send(_) => return Err(Error::Gone),
        })
    }

    /// Before anything is sent.
    fn start(&mut self, request: &Request<'_>, now: Now) -> Result<Outcome, Error<T::Error>> {
        let (head, config) = (request.head(), self.config);
        if MethodClass::of(head.method).invalidates() {
            // At once, whether or not its answer is ever seen (RFC 9111 section 4.4).
            let uri = self.validators.uri(&head.target);
            self.validators.mark(|record| record.uri == uri);
        } else if !request.content().is_empty() {
            return Ok(Outcome::Send(Way::Bypass));
        }
        match self.decide(&config, &head, now, true) {
            IdleClientNext::FromCache(hit) => self.unchanged(&hit),
            IdleClientNext::NeedRevalidation(state) => {
                debug!("asks the origin: {}", state.reason());
                Ok(Outcome::Send(Way::Conditional(place(state.id()))))
            }
            IdleClientNext::CacheMiss(_) => Ok(Outcome::Send(Way::Plain)),
            IdleClientNext::GatewayTimeout(end) => Err(Error::GatewayTimeout(end.reason())),
            _ => Err(Error::Gone),
        }
    }

    /// What a request comes to, given what is kept, or given nothing.
    #[inline(never)]
    fn decide<'c>(
        &self,
        config: &'c Config,
        request: &Head<'_>,
        now: Now,
        given: bool,
    ) -> IdleClientNext<'c> {
        let mut idle = IdleClient::new(config, request, now);
        if given {
            for (index, record) in self.validators.matching(request) {
                if let Some(facts) = record.facts(config, request) {
                    idle.consider_matched(EntryId(index as u64), &facts);
                }
            }
        }
        idle.next()
    }

    /// The validators that go out this way.
    fn own(&self, way: Way) -> Own {
        match way {
            Way::Conditional(index) => self.validators.get(index).map(|record| Own::of(&record)),
            _ => None,
        }
        .unwrap_or_default()
    }

    fn conditions<'o>(&self, request: &Head<'_>, now: Now, way: Way, own: &'o Own) -> ConditionalFields<'o> {
        let config = self.config;
        if let Way::Conditional(_) = way
            && let IdleClientNext::NeedRevalidation(state) = self.decide(&config, request, now, true)
        {
            return state.conditional(request, own, &mut []);
        }
        ConditionalFields::default()
    }

    /// The origin cannot be asked.
    fn failed(
        &mut self,
        request: &Request<'_>,
        now: Now,
        way: Way,
        failure: Failure,
        error: Option<T::Error>,
    ) -> Result<Outcome, Error<T::Error>> {
        let config = self.config;
        let mut reason = Reason::RequestBody;
        match (way, self.decide(&config, &request.head(), now, true)) {
            (Way::Conditional(_), IdleClientNext::NeedRevalidation(state)) => {
                match state.on_error(failure, self.now()) {
                    ErrorNext::FromCache(hit) => return self.unchanged(&hit),
                    ErrorNext::GatewayTimeout(end) => reason = end.reason(),
                    _ => {}
                }
            }
            (_, IdleClientNext::CacheMiss(state)) => reason = state.reason(),
            (_, IdleClientNext::NeedRevalidation(state)) => reason = state.reason(),
            _ => {}
        }
        Err(error.map_or(Error::GatewayTimeout(reason), Error::Transport))
    }

    fn unchanged(&mut self, hit: &FromCache<'_>) -> Result<Outcome, Error<T::Error>> {
        let index = place(hit.id());
        let record = self.validators.get(index).ok_or(Error::Gone)?;
        self.validators.touch(index);
        Ok(Outcome::Unchanged(Unchanged {
            digest: record.digest,
            reason: hit.reason(),
            fresh_for: hit.remaining(),
        }))
    }

    fn now(&self) -> Now {
        self.utc.stamp(self.clock.now())
    }

    fn arrived(&mut self, sent: Now) -> Exchanged {
        let now = self.clock.now();
        learn(&mut self.utc, self.transport.head().headers, now);
        Exchanged::new(sent, self.utc.stamp(now))
    }
}

/// The place of a record.
fn place(id: EntryId) -> usize {
    usize::try_from(id.0).unwrap_or(usize::MAX)
}
