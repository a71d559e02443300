//! What the core's optional features add: the member of Cache-Status, and a body read as a stream.

use core::fmt::{self, Write};

use embedded_io::Read;
use larder::store::{BodyReader, Store};
use larder::{CacheStatus, EntryId, Exchange, ForwardReason, Target};

use crate::inputs::{fill, give_bytes, word};

/// Where text goes.
struct Output;

impl Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        give_bytes(text.as_bytes());
        Ok(())
    }
}

/// What the driver decided, as others are told.
#[inline(never)]
pub fn tell(exchange: &Exchange<'_>, target: &Target<'_>) {
    let Some(mut status) = CacheStatus::new("larder") else {
        return;
    };
    status = match ForwardReason::of(exchange.reason()) {
        Some(why) => status
            .forwarded(why)
            .forward_status(word() as u16)
            .stored(word() == 0)
            .collapsed(word() == 0),
        None => status.hit(),
    };
    if let Some(seconds) = exchange.ttl() {
        status = status.ttl(seconds);
    }
    status = status.key(target).detail(exchange.reason().name());
    // What is written to cannot fail.
    write!(Output, "{status}").ok();
}

/// The body of an entry as a stream.
#[inline(never)]
pub fn read<S: Store>(store: &mut S, id: EntryId, buffer: &mut [u8]) {
    let mut body = BodyReader::new(store, id);
    fill(buffer);
    while let Ok(length @ 1..) = body.read(buffer) {
        give_bytes(buffer.get(..length).unwrap_or_default());
    }
}
