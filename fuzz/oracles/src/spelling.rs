//! What larder makes of a response and of a later request, as one comparable value, from heads of any
//! bytes. By the typed states, so that the driver has a second opinion here as well.

use larder::store::{Entry, SliceSink, pack};
use larder::{
    Action, CacheMissNext, Config, EntryId, Exchange, Exchanged, Headers, IdleClient, IdleClientNext, Now,
    Partition, Reason, RequestHead, ResponseHead, StoredFacts, Target,
};

/// Header lines of any bytes.
pub type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// A stored response, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Its facts.
    pub facts: StoredFacts,
    /// Its packed head.
    pub head: Vec<u8>,
}

/// What a lookup came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Served, with its age and the remaining lifetime in seconds.
    Hit(Reason, Option<u64>, u64),
    /// To be validated first.
    Validate(Reason),
    /// Of no use.
    Miss(Reason),
    /// only-if-cached.
    Timeout(Reason),
}

/// A moment so many seconds after the start, with a clock.
pub fn at(seconds: u64) -> Now {
    let utc = 1_783_987_200_000i64.saturating_add_unsigned(seconds.saturating_mul(1000));
    Now::mono(1, seconds.saturating_mul(1000)).with_utc(utc)
}

fn head<'a, H: Headers + ?Sized>(method: &'a str, headers: &'a H) -> RequestHead<'a, H> {
    RequestHead {
        method,
        target: Target::parse(crate::visits::URI).unwrap(),
        partition: Partition::COMMON,
        headers,
    }
}

/// Stores the answer to a GET, if it may be stored.
pub fn store<Q, R>(config: &Config, asked: &Q, status: u16, answered: &R) -> Result<Stored, Reason>
where
    Q: Headers + ?Sized,
    R: Headers + ?Sized,
{
    let request = head("GET", asked);
    let response = ResponseHead {
        status,
        headers: answered,
    };
    let IdleClientNext::CacheMiss(miss) = IdleClient::new(config, &request, at(0)).next() else {
        return Err(Reason::OnlyIfCached);
    };
    let mut scratch = [0; 256];
    match miss.next(&request, &response, Exchanged::new(at(0), at(0)), &mut scratch) {
        CacheMissNext::StoreAndUse(state) => {
            let mut buffer = vec![0; 1 << 16];
            let mut sink = SliceSink::new(&mut buffer);
            if pack(&mut sink, &request, status, &state.head(answered)).is_err() {
                return Err(Reason::UnusableEntry);
            }
            let head = sink.finish().map_err(|_| Reason::UnusableEntry)?.to_vec();
            Ok(Stored {
                facts: *state.facts(),
                head,
            })
        }
        CacheMissNext::CouldNotBeStored(state) => Err(state.reason()),
        _ => unreachable!("GET is safe"),
    }
}

impl Stored {
    /// The packed head.
    pub fn entry(&self) -> Entry<'_> {
        Entry::parse(&self.head).expect("what was packed is whole")
    }

    /// What a GET with these fields gets so many seconds later, by the states; the driver says the same.
    pub fn verdict<Q: Headers + ?Sized>(&self, config: &Config, asked: &Q, seconds: u64) -> Verdict {
        let request = head("GET", asked);
        let mut idle = IdleClient::new(config, &request, at(seconds));
        idle.consider(&request, EntryId(1), &self.facts, &self.entry());
        let verdict = match idle.next() {
            IdleClientNext::FromCache(hit) => Verdict::Hit(hit.reason(), hit.age(), hit.remaining()),
            IdleClientNext::NeedRevalidation(state) => Verdict::Validate(state.reason()),
            IdleClientNext::CacheMiss(state) => Verdict::Miss(state.reason()),
            IdleClientNext::GatewayTimeout(state) => Verdict::Timeout(state.reason()),
            _ => unreachable!("there are four"),
        };
        let mut exchange = Exchange::new(config, 7);
        let mut action = exchange.start(&request);
        if let Action::ReadHeads(_) = action {
            let _ = exchange.offer(&request, EntryId(1), &self.facts, &self.entry());
            action = exchange.heads_done(at(seconds));
        }
        let serves = matches!(action, Action::Serve(_) | Action::NotModified(_));
        assert_eq!(
            serves,
            matches!(verdict, Verdict::Hit(..)),
            "{verdict:?}, {action:?}"
        );
        verdict
    }
}
