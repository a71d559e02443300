//! A blocking device: the standard library's sockets, a real origin on loopback, one poll.

mod support;

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use embedded_io_adapters::std::FromStd;
use larder::store::slots::SlotStore;
use larder::{Config, Now, Target};
use larder_embedded::blocking::{self, Blocking, Ready, ready};
use larder_embedded::validators::{Check, Poller, Validators};
use larder_embedded::wire::{HttpTransport, PlainCodec};
use larder_embedded::{Client, Connect, Error, Request};
use support::DAY;

/// Connects to the port of the URI.
struct Sockets;

impl Connect for Sockets {
    type Error = std::io::Error;
    type Stream = Ready<FromStd<TcpStream>>;

    async fn connect(&mut self, target: &Target<'_>) -> Result<Self::Stream, std::io::Error> {
        let stream = TcpStream::connect((target.host(), target.port()))?;
        Ok(Ready(FromStd::new(stream)))
    }
}

/// Answers requests on one connection until it is closed; returns how many there were.
fn serve(stream: TcpStream) -> usize {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    for asked in 0.. {
        let mut conditional = false;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap() == 0 {
                return asked;
            }
            conditional |= line.starts_with("If-None-Match: \"1\"");
            if line == "\r\n" {
                break;
            }
        }
        let head = "ETag: \"1\"\r\nCache-Control: max-age=60\r\n";
        let bytes = match conditional {
            true => format!("HTTP/1.1 304 Not Modified\r\n{head}\r\n"),
            false => {
                format!("HTTP/1.1 200 OK\r\n{head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
            }
        };
        writer.write_all(bytes.as_bytes()).unwrap();
    }
    unreachable!()
}

#[test]
fn a_blocking_stack() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let origin = thread::spawn(move || serve(listener.accept().unwrap().0));

    let mut store = SlotStore::<2, 512, 64>::new(1);
    let (mut head, mut ahead, mut buffer) = ([0; 512], [0; 64], [0; 1024]);
    let seconds = std::cell::Cell::new(0u32);
    let clock = || {
        let ms = u64::from(seconds.get()) * 1000;
        Now::mono(1, ms).with_utc(DAY + ms as i64)
    };
    let transport = HttpTransport::new(Sockets, PlainCodec, &mut head, &mut ahead);
    let mut client = Client::new(Config::private(), &mut store, transport, clock);
    let request = Request::get(&uri).unwrap();
    for (at, from_store) in [(0, false), (59, true), (61, true), (62, true)] {
        seconds.set(at);
        let answer = blocking::send(&mut client, &request, &mut buffer).unwrap();
        assert_eq!((answer.status(), answer.is_from_store()), (200, from_store));
        let mut body = String::new();
        let mut reader = embedded_io_adapters::std::ToStd::new(Blocking(answer));
        reader.read_to_string(&mut body).unwrap();
        assert_eq!(body, "hello");
    }
    let counters = client.counters();
    assert_eq!((counters.misses, counters.validated, counters.hits), (1, 1, 2));
    client.transport().disconnect();
    assert_eq!(origin.join().unwrap(), 2);
}

#[test]
fn a_blocking_poller() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let origin = thread::spawn(move || serve(listener.accept().unwrap().0));

    let mut kept = Validators::new([0; Validators::bytes(2)], [7; 16]);
    let (mut head, mut ahead) = ([0; 512], [0; 64]);
    let transport = HttpTransport::new(Sockets, PlainCodec, &mut head, &mut ahead);
    let clock = || Now::mono(1, 0).with_utc(DAY);
    let mut poller = Poller::new(Config::private(), &mut kept, transport, clock);
    let request = Request::get(&uri).unwrap();
    let Ok(Check::Changed(changed)) = ready(poller.check(&request)).unwrap() else {
        panic!("nothing is kept yet")
    };
    let mut image = Blocking(changed);
    let mut bytes = [0; 5];
    embedded_io::Read::read_exact(&mut image, &mut bytes).unwrap();
    assert_eq!(&bytes, b"hello");
    let outcome = image.0.keep([5; 32]);
    assert_eq!((outcome.same, outcome.kept), (false, Ok(())));
    let found = ready(poller.check(&request)).unwrap();
    assert!(matches!(found, Ok(Check::Unchanged(found)) if found.digest == [5; 32]));
    drop(poller);
    assert_eq!(origin.join().unwrap(), 1);
}

#[test]
fn a_changed_body_that_waits_is_no_blocking_one() {
    let net = support::Net::new(|_| support::Reply::of(200, "ETag: \"1\"\r\n", "hello"));
    let mut kept = Validators::new([0; Validators::bytes(2)], [7; 16]);
    let (mut head, mut ahead) = ([0; 512], [0; 8]);
    let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
    let mut poller = Poller::new(Config::private(), &mut kept, transport, || Now::mono(1, 0));
    let request = Request::get("http://a.test/").unwrap();
    net.segment.set(8);
    let Ok(Check::Changed(changed)) = ready(poller.check(&request)).unwrap() else {
        panic!("nothing is kept yet")
    };
    net.slow.set(true);
    let mut image = Blocking(changed);
    let mut read = || embedded_io::Read::read(&mut image, &mut [0; 8]);
    // What has come already needs no waiting.
    let (first, second) = (read(), read());
    assert!(
        first == Err(Error::WouldWait) || second == Err(Error::WouldWait),
        "{first:?} {second:?}"
    );
}

#[test]
fn what_waits_is_no_blocking_stack() {
    let net = support::Net::new(|_| support::Reply::of(200, "", "x")).slowly(9);
    let mut store = SlotStore::<2, 512, 64>::new(1);
    let (mut head, mut ahead) = ([0; 512], [0; 64]);
    let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
    let mut client = Client::new(Config::private(), &mut store, transport, || Now::mono(1, 0));
    let request = Request::get("http://a.test/").unwrap();
    let sent = blocking::send(&mut client, &request, &mut [0; 1024]).map(|_| ());
    assert_eq!(sent, Err(Error::WouldWait));
}
