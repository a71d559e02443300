//! The cache as a client.

use larder::store::AsyncStore;
use larder::{Config, Key, LearnedUtc, MethodClass, Now, RequestFacts};

use crate::answer::Answer;
use crate::clock::learn;
use crate::pending::Pending;
use crate::run::Run;
use crate::{Clock, Ended, Error, Request, StoreLock, Transport};

/// An HTTP client with a cache. It sends one request at a time; several clients may share a
/// store behind a [`StoreLock`].
///
/// Keep it for as long as the device is awake: it remembers the time that it learned, and what is
/// out of date as long as the store could not be told, of which other clients of the store do not know.
#[derive(Debug)]
pub struct Client<L, T, C> {
    pub(crate) config: Config,
    pub(crate) store: L,
    pub(crate) transport: T,
    clock: C,
    utc: LearnedUtc,
    learns: bool,
    pub(crate) offline: bool,
    pub(crate) max_body: u64,
    pub(crate) pending: Pending,
    pub(crate) counters: Counters,
}

/// What a client has done since it was made. The numbers wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Counters {
    /// Answers from the store that the origin has not confirmed: it was not asked, or it failed.
    pub hits: u32,
    /// Answers from the store that the origin has confirmed (304).
    pub validated: u32,
    /// Answers from the network.
    pub misses: u32,
    /// Responses that were stored, whole.
    pub stored: u32,
    /// Operations that the store could not do; each made the cache do without.
    pub store_errors: u32,
    /// Responses that were not stored because they are too large: a body over
    /// [`Client::with_max_body`], a head over the caller's buffer.
    pub too_large: u32,
}

pub(crate) fn add(counter: &mut u32) {
    *counter = counter.wrapping_add(1);
}

impl<L: StoreLock, T: Transport, C: Clock> Client<L, T, C> {
    /// A client with these rules, this store, and this way to the network.
    ///
    /// Stale-while-revalidate is off, whatever the rules say, until
    /// [`with_background_validation`](Self::with_background_validation): nothing here runs by
    /// itself.
    pub const fn new(config: Config, store: L, transport: T, clock: C) -> Self {
        Self {
            config: config.with_stale_while_revalidate(false),
            store,
            transport,
            clock,
            utc: LearnedUtc::new(),
            learns: true,
            offline: false,
            max_body: u64::MAX,
            pending: Pending::Nothing,
            counters: Counters {
                hits: 0,
                validated: 0,
                misses: 0,
                stored: 0,
                store_errors: 0,
                too_large: 0,
            },
        }
    }

    /// Serves stale responses where stale-while-revalidate permits it (RFC 5861 section 3), for
    /// a caller who then calls [`validate`](Self::validate).
    #[must_use]
    pub const fn with_background_validation(mut self) -> Self {
        self.config = self.config.with_stale_while_revalidate(true);
        self
    }

    /// Stores no body of more bytes. With a store of fixed slots, say the size of a slot: then a
    /// response that will not fit evicts nothing. [`Counters::too_large`] counts them.
    #[must_use]
    pub const fn with_max_body(mut self, bytes: u64) -> Self {
        self.max_body = bytes;
        self
    }

    /// Never learns UTC from the Date of responses. Without a clock of its own the device then
    /// validates every use.
    #[must_use]
    pub const fn without_learned_utc(mut self) -> Self {
        self.learns = false;
        self
    }

    /// Goes on with what another client has learned of UTC in this clock domain, before a deep
    /// sleep for instance, through which the counter of the domain ran on. Sixteen bytes are all that
    /// has to stay in RAM, or in registers:
    ///
    /// ```
    /// # use larder::LearnedUtc;
    /// # let learned = LearnedUtc::new();
    /// // Before the sleep, of `client.learned_utc()`:
    /// let retained: [u8; LearnedUtc::BYTES] = learned.to_bytes();
    ///
    /// // After it, for `Client::with_learned_utc`; nothing where the bytes are damaged:
    /// let utc = LearnedUtc::from_bytes(&retained).unwrap_or_default();
    /// # assert_eq!(utc, learned);
    /// ```
    ///
    /// Without it, what is stored is validated once, and that teaches UTC again.
    #[must_use]
    pub const fn with_learned_utc(mut self, utc: LearnedUtc) -> Self {
        self.utc = utc;
        self
    }

    /// What this client has learned of UTC.
    pub const fn learned_utc(&self) -> LearnedUtc {
        self.utc
    }

    /// Says whether the network may be asked (the radio is off, the battery is low). Offline, the
    /// store answers where the rules permit it; else the error is
    /// [`GatewayTimeout`](Error::GatewayTimeout).
    pub const fn set_offline(&mut self, offline: bool) {
        self.offline = offline;
    }

    /// What the client has done so far.
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// The transport, for what it can be told besides.
    pub const fn transport(&mut self) -> &mut T {
        &mut self.transport
    }

    /// Answers a request: from the store, or from the network and into the store while the
    /// answer's body is read. `buffer` holds heads: give it twice the size of the largest head that
    /// the store keeps, else larger updates and answers cannot be stored.
    ///
    /// Statuses like 404 are answers. Nothing here has a timeout of its own; the future may be
    /// dropped at any time.
    ///
    /// # Errors
    /// [`Error::Transport`] or [`Error::GatewayTimeout`] when neither can answer.
    pub async fn send<'a>(
        &'a mut self,
        request: &Request<'_>,
        buffer: &'a mut [u8],
    ) -> Result<Answer<'a, L, T, C>, Error<T::Error>> {
        let plan = self.run(request, buffer, false).await?;
        Ok(Answer::new(self, buffer, plan))
    }

    /// Validates what is stored for a request, whatever its age, and stores what the origin
    /// sends instead. For answers that [say so](Answer::wants_validation).
    ///
    /// # Errors
    /// As for [`send`](Self::send).
    pub async fn validate(
        &mut self,
        request: &Request<'_>,
        buffer: &mut [u8],
    ) -> Result<(), Error<T::Error>> {
        let plan = self.run(request, buffer, true).await?;
        Answer::new(self, buffer, plan).finish(u64::MAX).await?;
        Ok(())
    }

    /// Marks what is stored under a URI invalid: only validation revives it.
    ///
    /// # Errors
    /// [`Error::Target`]: it is no usable URI. What the store cannot do now is done before the
    /// next request.
    pub async fn invalidate(&mut self, uri: &str) -> Result<(), Error<T::Error>> {
        let target = larder::Target::parse(uri)?;
        self.settle().await;
        let seed = self.store.lock().await.seed();
        self.outdate(Some(Key::new(&target, seed))).await;
        Ok(())
    }

    async fn run(
        &mut self,
        request: &Request<'_>,
        buffer: &mut [u8],
        background: bool,
    ) -> Result<crate::run::PlanOf<L>, Error<T::Error>> {
        self.settle().await;
        let config = self.config;
        let seed = self.store.lock().await.seed();
        let content = request.content();
        let request = request.head();
        let class = MethodClass::of(request.method);
        if !content.is_empty() && !class.invalidates() {
            if self.offline {
                return Err(Error::GatewayTimeout(larder::Reason::RequestBody));
            }
            if RequestFacts::derive(&request, &config).is_only_if_cached() {
                return Err(Error::GatewayTimeout(larder::Reason::OnlyIfCached));
            }
            self.transport
                .send(&request, content)
                .await
                .map_err(Error::Transport)?;
            add(&mut self.counters.misses);
            return Ok(crate::run::Plan::passed_on(larder::Reason::RequestBody));
        }
        let mut run = Run::new(self, &config, seed, &request, content, buffer, background);
        run.complete().await
    }

    /// The time, with what was learned of UTC.
    pub(crate) fn now(&self) -> Now {
        self.utc.stamp(self.clock.now())
    }

    /// The time at which a response has arrived, which may say what time it is.
    pub(crate) fn arrived(&mut self) -> Now {
        let now = self.clock.now();
        if self.learns {
            learn(&mut self.utc, self.transport.head().headers, now);
        }
        self.utc.stamp(now)
    }

    /// What the store could do; its errors are counted and logged, and never more.
    pub(crate) fn report<V, E: core::error::Error>(
        &mut self,
        operation: &'static str,
        result: Result<V, E>,
    ) -> Option<V> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                add(&mut self.counters.store_errors);
                warning!("the store cannot {}: {}", operation, error);
                None
            }
        }
    }

    /// What comes of a body that has or will have so many bytes, where more are not stored.
    pub(crate) fn is_within_limit(&mut self, length: u64) -> bool {
        let fits = length <= self.max_body;
        if !fits {
            add(&mut self.counters.too_large);
            debug!("not stored: {} bytes of body, {} may be", length, self.max_body);
        }
        fits
    }

    /// Whether the response at hand has come whole.
    pub(crate) fn is_complete(&self) -> bool {
        self.transport.ended() == Ended::Complete
    }
}
