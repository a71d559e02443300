//! Bytes of the futures that an application awaits, over connections that are there at once.

use core::convert::Infallible;

use embedded_io_async::{ErrorType, Read, Write};
use larder::store::slots::SlotStore;
use larder::{Now, Target};
use larder_embedded::validators::{Poller, Validators};
use larder_embedded::wire::{HttpTransport, PlainCodec};
use larder_embedded::{Client, Clock, Connect, Request, StoreLock, Transport};

use crate::say;
use crate::stack::CONFIG;

pub const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\nETag: \"1\"\r\nCache-Control: max-age=60\r\nContent-Length: 3\r\n\r\none";

/// An origin that says the same to every request.
#[derive(Clone, Copy)]
pub struct Network {
    response: &'static [u8],
}

impl Network {
    pub const fn new(response: &'static [u8]) -> Self {
        Self { response }
    }
}

/// A connection to it, for one request.
pub struct Stream(&'static [u8]);

impl Connect for Network {
    type Error = Infallible;
    type Stream = Stream;

    async fn connect(&mut self, _: &Target<'_>) -> Result<Stream, Infallible> {
        Ok(Stream(self.response))
    }

    fn is_idle(&mut self, _: &mut Stream) -> bool {
        false
    }
}

impl ErrorType for Stream {
    type Error = Infallible;
}

impl Read for Stream {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let count = buffer.len().min(self.0.len());
        let (now, later) = self.0.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

impl Write for Stream {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

pub fn measure() {
    let network = Network::new(RESPONSE);
    let (mut head, mut ahead) = ([0; 512], [0; 128]);
    client(
        "plain",
        HttpTransport::new(network, PlainCodec, &mut head, &mut ahead),
    );
    client(
        "edge-http",
        larder_edge_http::transport(network, &mut head, &mut ahead),
    );
    client(
        "reqwless",
        larder_reqwless::transport(network, &mut head, &mut ahead),
    );
    let mut kept = Validators::new([0; Validators::bytes(1)], [7; 16]);
    let transport = larder_edge_http::transport(network, &mut head, &mut ahead);
    let mut poller = Poller::new(CONFIG, &mut kept, transport, || Now::mono(1, 0));
    let request = Request::get("http://e.test/").expect("a URI");
    say("check-edge-http", size_of_val(&poller.check(&request)));
}

fn client<T: Transport>(name: &str, transport: T) {
    let mut store = SlotStore::<2, 512, 64>::new(7);
    let client = Client::new(CONFIG, &mut store, transport, || Now::mono(1, 0));
    sizes(name, client);
}

fn sizes<L: StoreLock, T: Transport, C: Clock>(name: &str, mut client: Client<L, T, C>) {
    let request = Request::get("http://e.test/").expect("a URI");
    let mut buffer = [0; 1024];
    semihosting::println!("send-{name} {}", size_of_val(&client.send(&request, &mut buffer)));
    semihosting::println!("client-{name} {}", size_of::<Client<L, T, C>>());
}
