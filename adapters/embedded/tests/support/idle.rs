//! Connections that were kept and are of no use any more.

use larder::{Partition, RequestHead, Target};
use larder_embedded::wire::{Codec, HttpTransport};
use larder_embedded::{Ended, Transport};

use super::hazards::fetch;
use super::{Net, Reply, run};

/// What happens to a connection while nobody uses it.
#[derive(Clone, Copy, Debug)]
enum Meanwhile {
    /// Nothing.
    Nothing,
    /// The origin closes it, and the device knows.
    Closes,
    /// The origin sends what nobody asked for.
    Speaks(&'static str),
}

/// A connection is looked at before it is used again; a response is never read from bytes that
/// came before its request.
pub fn before_reuse<K: Codec>(codec: impl Fn() -> K) {
    use Meanwhile::{Closes, Nothing, Speaks};
    for (meanwhile, connects) in [
        (Nothing, 1),
        (Closes, 2),
        (Speaks("x"), 2),
        (
            Speaks("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"),
            2,
        ),
        (Speaks("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"), 2),
    ] {
        for (slow, method) in [(false, "GET"), (false, "POST"), (true, "GET"), (true, "POST")] {
            let mut count = 0;
            let net = Net::new(move |_| {
                count += 1;
                Reply::of(200, "", ["first", "second"][count - 1])
            });
            net.slow.set(slow);
            let (mut head, mut ahead) = ([0; 512], [0; 128]);
            let mut transport = HttpTransport::new(&net, codec(), &mut head, &mut ahead);
            let first = run(fetch(&mut transport, "GET"));
            assert_eq!(first, Ok((200, "first".into(), Ended::Complete)));
            match meanwhile {
                Nothing => {}
                Closes => net.hang_up.set(true),
                Speaks(bytes) => net.unasked.borrow_mut().extend(bytes.as_bytes()),
            }
            let second = run(fetch(&mut transport, method));
            let expected = Ok((200, "second".into(), Ended::Complete));
            assert_eq!(second, expected, "{meanwhile:?} {method}");
            // Sent once: whatever happened was seen before a byte of it had gone out.
            assert_eq!((net.asked(), net.connects.get()), (2, connects), "{meanwhile:?}");
        }
    }
}

/// A connection that closes under a request: what may be repeated is, once, on a new one.
pub fn under_a_request<K: Codec>(codec: impl Fn() -> K) {
    for (method, end, asked) in [
        ("GET", Reply::close(""), 3),
        ("HEAD", Reply::close(""), 3),
        ("POST", Reply::close(""), 2),
        // With a byte of a response there was one: it is cut off.
        ("GET", Reply::close("H"), 2),
    ] {
        for reset in [false, true] {
            let (mut count, bytes) = (0, end.bytes.clone());
            let net = Net::new(move |_| {
                count += 1;
                match count {
                    1 => Reply::of(200, "", "first"),
                    2 => Reply::close(bytes.clone()),
                    _ => Reply::of(200, "", ""),
                }
            });
            net.reset.set(reset);
            let (mut head, mut ahead) = ([0; 512], [0; 128]);
            let mut transport = HttpTransport::new(&net, codec(), &mut head, &mut ahead);
            let first = run(fetch(&mut transport, "GET"));
            assert_eq!(first, Ok((200, "first".into(), Ended::Complete)));
            let second = run(fetch(&mut transport, method));
            assert_eq!(second.is_ok(), asked == 3, "{method}: {second:?}");
            assert_eq!(net.asked(), asked, "{method}");
            assert_eq!(transport.is_connected(), second.is_ok());
        }
    }
}

/// An origin that closes every connection is asked twice and no more.
pub fn again_and_again<K: Codec>(codec: impl Fn() -> K) {
    let mut count = 0;
    let net = Net::new(move |_| {
        count += 1;
        match count {
            1 => Reply::of(200, "", "first"),
            _ => Reply::close(""),
        }
    });
    let (mut head, mut ahead) = ([0; 512], [0; 128]);
    let mut transport = HttpTransport::new(&net, codec(), &mut head, &mut ahead);
    run(fetch(&mut transport, "GET")).unwrap();
    assert!(run(fetch(&mut transport, "GET")).is_err());
    assert_eq!((net.asked(), net.connects.get()), (3, 2));
}

/// Who says close in a request asks nothing more on its connection (RFC 9112 section 9.6), whether
/// the origin repeats it or not.
pub fn when_the_request_says_close<K: Codec>(codec: impl Fn() -> K) {
    for (option, connects) in [("close", 2), ("keep-alive", 1)] {
        let net = Net::new(|_| Reply::of(200, "", ""));
        let (mut head, mut ahead) = ([0; 512], [0; 128]);
        let mut transport = HttpTransport::new(&net, codec(), &mut head, &mut ahead);
        let fields = [("Connection", option)];
        let request = RequestHead {
            method: "GET",
            target: Target::parse("http://a.test/x").unwrap(),
            partition: Partition::COMMON,
            headers: &fields,
        };
        run(transport.send(&request, &[])).unwrap();
        assert_eq!(transport.is_connected(), option != "close");
        run(fetch(&mut transport, "GET")).unwrap();
        assert_eq!(net.connects.get(), connects, "{option}");
        assert!(transport.is_connected());
    }
}
