//! A stored response: its facts and its packed head, as a store keeps them.

use anyhow::{Context, Result, bail};
use larder::store::{Entry, SliceSink, pack};
use larder::{
    CacheMiss, CacheMissNext, Config, EntryId, Header, IdleClient, IdleClientNext, Partition, RequestHead,
    ResponseHead, StoreAndUse, StoredFacts, Target,
};

use crate::corpus;

/// What every operation decides by.
pub static CONFIG: Config = Config::private();
/// The seed of the store that is not there.
pub const SEED: u64 = 7;

/// A GET of the target with these fields.
pub fn request<'a>(target: Target<'a>, lines: &'a [Header<'a>]) -> RequestHead<'a, [Header<'a>]> {
    RequestHead {
        method: "GET",
        target,
        partition: Partition::COMMON,
        headers: lines,
    }
}

/// A response with these fields.
pub fn response<'a>(status: u16, lines: &'a [Header<'a>]) -> ResponseHead<'a, [Header<'a>]> {
    ResponseHead {
        status,
        headers: lines,
    }
}

/// The state after a lookup that found nothing.
pub fn miss(request: &RequestHead<'_, [Header<'_>]>) -> Result<CacheMiss<'static>> {
    match IdleClient::new(&CONFIG, request, corpus::fresh()).next() {
        IdleClientNext::CacheMiss(miss) => Ok(miss),
        other => bail!("no entry, and yet {other:?}"),
    }
}

/// The decision to store a response.
pub fn storing(
    request: &RequestHead<'_, [Header<'_>]>,
    response: &ResponseHead<'_, [Header<'_>]>,
) -> Result<StoreAndUse<'static>> {
    match miss(request)?.next(request, response, corpus::stored_at(), &mut []) {
        CacheMissNext::StoreAndUse(store) => Ok(store),
        other => bail!("not stored: {other:?}"),
    }
}

/// An entry of a store.
pub struct Stored {
    /// Its name.
    pub id: EntryId,
    /// Its facts.
    pub facts: StoredFacts,
    /// Its packed head.
    pub bytes: Vec<u8>,
}

impl Stored {
    /// Stores the response to a request.
    pub fn new(
        id: u64,
        request: &RequestHead<'_, [Header<'_>]>,
        response: &ResponseHead<'_, [Header<'_>]>,
    ) -> Result<Self> {
        let store = storing(request, response)?;
        let mut room = vec![0; 16 * 1024];
        let mut sink = SliceSink::new(&mut room);
        let head = store.head(response.headers);
        if pack(&mut sink, request, response.status, &head).is_err() {
            bail!("the head cannot be packed");
        }
        let length = sink
            .finish()
            .map(|bytes| bytes.len())
            .ok()
            .context("no room to pack")?;
        room.truncate(length);
        Ok(Self {
            id: EntryId(id),
            facts: *store.facts(),
            bytes: room,
        })
    }

    /// The packed head, read as a store in memory does.
    pub fn entry(&self) -> Result<Entry<'_>> {
        Ok(Entry::trusted(&self.bytes)?)
    }
}
