//! Sockets of embedded-nal-async: where they lead, and why they do not.

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::pending;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use embedded_io_async::{ErrorType, Read, Write};
use embedded_nal_async::{AddrType, Dns, TcpConnect};
use larder::store::slots::SlotStore;
use larder::{Config, Now, Reason};
use larder_embedded::blocking::ready;
use larder_embedded::wire::{TcpError, WireError};
use larder_embedded::{Client, Error, Request};
use larder_reqwless::{Nal, Unresolved, transport};

const ANSWER: &[u8] = b"HTTP/1.1 200 X\r\nCache-Control: max-age=60\r\nContent-Length: 5\r\n\r\nhello";

/// One origin behind every address, and names of which one is known.
#[derive(Default)]
struct Network {
    connected: RefCell<Vec<SocketAddr>>,
}

/// Answers each request that ends.
#[derive(Default)]
struct Socket {
    sent: Vec<u8>,
    comes: Vec<u8>,
}

impl ErrorType for Socket {
    type Error = Infallible;
}

impl Read for Socket {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        if self.comes.is_empty() {
            pending::<()>().await;
        }
        let count = buffer.len().min(self.comes.len());
        buffer[..count].copy_from_slice(&self.comes[..count]);
        self.comes.drain(..count);
        Ok(count)
    }
}

impl Write for Socket {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.sent.extend_from_slice(bytes);
        if self.sent.ends_with(b"\r\n\r\n") {
            self.sent.clear();
            self.comes.extend_from_slice(ANSWER);
        }
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl TcpConnect for Network {
    type Error = Infallible;
    type Connection<'a> = Socket;

    async fn connect(&self, remote: SocketAddr) -> Result<Socket, Infallible> {
        self.connected.borrow_mut().push(remote);
        Ok(Socket::default())
    }
}

impl Dns for Network {
    type Error = &'static str;

    async fn get_host_by_name(&self, host: &str, kind: AddrType) -> Result<IpAddr, &'static str> {
        match (host, kind) {
            ("dash.test", AddrType::IPv4) => Ok(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7))),
            _ => Err("no such name"),
        }
    }

    async fn get_host_by_address(&self, _: IpAddr, _: &mut [u8]) -> Result<usize, &'static str> {
        Err("nobody asks")
    }
}

type Answered = Result<Reason, Error<WireError<TcpError<Infallible, Unresolved>>>>;

/// What a client gets for these URIs, one after the other.
fn ask(network: &Network, uris: &[&str]) -> Vec<Answered> {
    let mut store = SlotStore::<4, 512, 64>::new(1);
    let (mut head, mut ahead, mut heads) = ([0; 512], [0; 64], [0; 1024]);
    let transport = transport(Nal::new(network, network), &mut head, &mut ahead);
    let clock = || Now::mono(1, 0).with_utc(1_783_987_200_000);
    let mut client = Client::new(Config::private(), &mut store, transport, clock);
    let mut seen = Vec::new();
    for uri in uris {
        let request = Request::get(uri).unwrap();
        seen.push(
            ready(client.send(&request, &mut heads))
                .unwrap()
                .map(|mut answer| {
                    let mut body = [0; 8];
                    let body = ready(answer.read_all(&mut body)).unwrap().unwrap();
                    assert_eq!(body, b"hello");
                    answer.reason()
                }),
        );
    }
    seen
}

#[test]
fn names_are_looked_up_and_addresses_are_not() {
    let network = Network::default();
    let uris = [
        "http://dash.test/a",
        "http://dash.test/b",
        "http://dash.test/a",
        "http://192.0.2.9:8080/",
        "http://[2001:db8::1]/",
    ];
    let stored = Ok(Reason::Storable);
    assert_eq!(
        ask(&network, &uris),
        [stored, stored, Ok(Reason::Fresh), stored, stored]
    );
    // The second request to an origin takes the connection of the first.
    let expected = ["192.0.2.7:80", "192.0.2.9:8080", "[2001:db8::1]:80"];
    let expected: Vec<SocketAddr> = expected.iter().map(|address| address.parse().unwrap()).collect();
    assert_eq!(*network.connected.borrow(), expected);
}

#[test]
fn what_leads_nowhere_says_why() {
    let network = Network::default();
    let failed = |error| Err(Error::Transport(WireError::Io(error)));
    assert_eq!(
        ask(
            &network,
            &["http://other.test/", "https://dash.test/", "http://dash.test/"]
        ),
        [
            failed(TcpError::Dns(Unresolved)),
            failed(TcpError::Secure),
            Ok(Reason::Storable)
        ]
    );
    assert_eq!(network.connected.borrow().len(), 1);
}
