//! edge-nal's sockets over loopback, with a name that has to be looked up.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use embassy_futures::block_on;
use larder::store::slots::SlotStore;
use larder::{Config, Now, Reason};
use larder_edge_http::{Nal, transport};
use larder_embedded::wire::{TcpError, WireError};
use larder_embedded::{Client, Error, Request};

#[test]
fn sockets_of_edge_nal() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let origin = thread::spawn(move || {
        let mut asked = 0;
        for _ in 0..2 {
            let mut writer = listener.accept().unwrap().0;
            let reader = BufReader::new(writer.try_clone().unwrap());
            for line in reader.lines() {
                if line.unwrap().is_empty() {
                    asked += 1;
                    let head = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 5\r\n\r\n";
                    writer.write_all(head.as_bytes()).unwrap();
                    writer.write_all(b"hello").unwrap();
                }
            }
        }
        asked
    });
    let stack = edge_nal_std::Stack::new();
    let mut store = SlotStore::<4, 512, 64>::new(1);
    let (mut head, mut ahead, mut heads) = ([0; 512], [0; 64], [0; 1024]);
    let network = transport(Nal::new(&stack, &stack), &mut head, &mut ahead);
    let clock = || Now::mono(1, 0).with_utc(1_783_987_200_000);
    let mut client = Client::new(Config::private(), &mut store, network, clock);
    let (named, numbered) = (
        format!("http://localhost:{port}/"),
        format!("http://127.0.0.1:{port}/"),
    );
    for (uri, reason) in [
        (&named, Reason::Storable),
        (&named, Reason::Fresh),
        (&numbered, Reason::Storable),
        (&named, Reason::Fresh),
    ] {
        let request = Request::get(uri).unwrap();
        let mut answer = block_on(client.send(&request, &mut heads)).unwrap();
        assert_eq!(answer.reason(), reason);
        assert_eq!(block_on(answer.read_all(&mut [0; 64])).unwrap(), b"hello");
    }
    let secure = Request::get("https://127.0.0.1/").unwrap();
    let refused = block_on(client.send(&secure, &mut heads)).map(|_| ());
    assert!(matches!(
        refused,
        Err(Error::Transport(WireError::Io(TcpError::Secure)))
    ));
    client.transport().disconnect();
    assert_eq!(origin.join().unwrap(), 2);
}

/// An origin that closes an idle connection: it is seen before anything is sent, so that a POST,
/// which must not be repeated, gets its answer too.
#[test]
fn an_idle_connection_that_was_closed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let (closed, wait) = std::sync::mpsc::channel();
    let origin = thread::spawn(move || {
        for _ in 0..3 {
            let mut stream = listener.accept().unwrap().0;
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            while line != "\r\n" {
                line.clear();
                reader.read_line(&mut line).unwrap();
            }
            stream.write_all(b"HTTP/1.1 204 X\r\n\r\n").unwrap();
            stream.shutdown(std::net::Shutdown::Both).unwrap();
            drop((stream, reader));
            closed.send(()).unwrap();
        }
    });
    let stack = edge_nal_std::Stack::new();
    let mut store = SlotStore::<1, 512, 64>::new(1);
    let (mut head, mut ahead, mut heads) = ([0; 512], [0; 64], [0; 1024]);
    let network = transport(Nal::new(&stack, &stack), &mut head, &mut ahead);
    let mut client = Client::new(Config::private(), &mut store, network, || Now::mono(1, 0));
    for method in ["GET", "POST", "POST"] {
        let request = Request::new(method, &uri).unwrap();
        let answer = block_on(client.send(&request, &mut heads)).unwrap();
        assert_eq!(answer.status(), 204);
        wait.recv().unwrap();
    }
    origin.join().unwrap();
}
