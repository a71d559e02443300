//! The async client and the poller over a network that is two registers: every byte of it is unknown, and every
//! step may have to be waited for.

use core::convert::Infallible;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use embedded_io_async::{ErrorType, Read, Write};
use larder::Target;
#[cfg(feature = "edge-http")]
use larder_edge_http::transport;
use larder_embedded::{Connect, Request};
#[cfg(not(feature = "edge-http"))]
use larder_embedded::{
    Transport,
    wire::{HttpTransport, PlainCodec},
};

use crate::inputs::{Given, Inputs, fill, give, give_bytes, word};

struct Network;

struct Stream;

impl Connect for Network {
    type Error = Infallible;
    type Stream = Stream;

    async fn connect(&mut self, target: &Target<'_>) -> Result<Stream, Infallible> {
        give(u32::from(target.port()));
        arrives().await;
        Ok(Stream)
    }

    fn is_idle(&mut self, _: &mut Stream) -> bool {
        word() == 0
    }
}

impl ErrorType for Stream {
    type Error = Infallible;
}

impl Read for Stream {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        arrives().await;
        fill(buffer);
        Ok((word() as usize).min(buffer.len()))
    }
}

impl Write for Stream {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        arrives().await;
        give_bytes(bytes);
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// The device says when.
async fn arrives() {
    poll_fn(|_| {
        if word() == 0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

#[cfg(not(feature = "edge-http"))]
fn transport<'b>(network: Network, head: &'b mut [u8], ahead: &'b mut [u8]) -> impl Transport + 'b {
    HttpTransport::new(network, PlainCodec, head, ahead)
}

fn run(future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    while future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
        .is_pending()
    {}
}

/// One request from start to end.
#[cfg(feature = "client")]
#[inline(never)]
pub fn client(inputs: &Inputs<'_>, given: &Given, store: &mut larder::store::slots::SlotStore<4, 512, 1024>) {
    let (mut head, mut ahead, mut heads, mut body) = ([0; 512], [0; 128], [0; 1024], [0; 128]);
    let network = transport(Network, &mut head, &mut ahead);
    let mut client = larder_embedded::Client::new(given.config, store, network, || given.now);
    let Ok(request) = Request::new(inputs.method, inputs.uri) else {
        return;
    };
    run(async {
        if let Ok(mut answer) = client.send(&request, &mut heads).await {
            give(u32::from(answer.status()));
            while let Ok(count @ 1..) = answer.read(&mut body).await {
                give(count as u32);
            }
        }
    });
}

/// One poll from start to end.
#[cfg(feature = "poller")]
#[inline(never)]
pub fn poller(inputs: &Inputs<'_>, given: &Given) {
    use larder_embedded::validators::{Check, Poller, Validators};
    let (mut head, mut ahead, mut body, mut memory) = ([0; 512], [0; 128], [0; 128], [0; 736]);
    fill(&mut memory);
    let mut kept = Validators::new(&mut memory[..], [7; 16]);
    let network = transport(Network, &mut head, &mut ahead);
    let mut poller = Poller::new(given.config, &mut kept, network, || given.now);
    let Ok(request) = Request::new(inputs.method, inputs.uri) else {
        return;
    };
    run(async {
        match poller.check(&request).await {
            Ok(Check::Changed(mut response)) => {
                while let Ok(count @ 1..) = response.read(&mut body).await {
                    give(count as u32);
                }
                let mut digest = [0; 32];
                fill(&mut digest);
                give(u32::from(response.keep(digest).same));
            }
            Ok(Check::Unchanged(found)) => give_bytes(&found.digest),
            Err(_) => {}
        }
    });
}
