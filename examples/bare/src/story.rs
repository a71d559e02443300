//! Requests, what the origin says to them, and what has to come of it.

use core::cell::Cell;
use core::convert::Infallible;

use larder::store::AsyncStore;
use larder::{Config, Now, Reason};
use larder_embedded::blocking::{self, ready};
use larder_embedded::wire::{FramingError, HttpTransport, PlainCodec, WireError};
use larder_embedded::{Client, Error, Request};
use semihosting::println;

use crate::origin::Origin;

/// What the origin says, to one request after the other.
const SAYS: [&str; 9] = [
    "HTTP/1.1 200 OK\r\nDate: Tue, 14 Jul 2026 00:00:00 GMT\r\nCache-Control: max-age=60\r\nETag: \"1\"\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 304 Not Modified\r\nCache-Control: max-age=60\r\nETag: \"1\"\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nETag: \"2\"\r\nTransfer-Encoding: chunked\r\n\r\n6;x=y\r\nhello \r\n5\r\nagain\r\n0\r\nA: b\r\n\r\n",
    "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 9\r\n\r\ncut o",
    "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nETag: \"3\"\r\nContent-Length: 5\r\n\r\nwhole",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nETag: \"2\"\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nDate: Tue, 14 Jul 2026 00:05:00 GMT\r\nETag: \"3\"\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
];

/// What a request comes to: the reason and the body, or an error.
type Outcome = Result<(Reason, &'static str), Error<WireError<Infallible>>>;

struct Step {
    /// Milliseconds since the start of the device, and its clock domain.
    at: (u64, u32),
    method: &'static str,
    uri: &'static str,
    offline: bool,
    outcome: Outcome,
    /// Requests that the origin has seen afterwards.
    asked: usize,
}

const A: &str = "http://a.test/a";
const CUT: &str = "http://a.test/cut";

const fn step(at: u64, method: &'static str, uri: &'static str, outcome: Outcome, asked: usize) -> Step {
    Step {
        at: (at, 1),
        method,
        uri,
        offline: false,
        outcome,
        asked,
    }
}

const fn framing(error: FramingError) -> Outcome {
    Err(Error::Transport(WireError::Framing(error)))
}

static STEPS: [Step; 12] = [
    step(0, "GET", A, Ok((Reason::Storable, "hello")), 1),
    step(59_000, "GET", A, Ok((Reason::Fresh, "hello")), 1),
    step(61_000, "GET", A, Ok((Reason::Validated, "hello")), 2),
    step(125_000, "GET", A, Ok((Reason::Storable, "hello again")), 3),
    step(126_000, "GET", CUT, framing(FramingError::CutOff), 4),
    step(126_000, "GET", CUT, Ok((Reason::Storable, "whole")), 5),
    step(127_000, "POST", A, Ok((Reason::MethodNotStored, "")), 6),
    step(128_000, "GET", A, Ok((Reason::Validated, "hello again")), 7),
    // A reset: what was measured before says nothing now.
    Step {
        at: (0, 2),
        ..step(0, "GET", CUT, Ok((Reason::Validated, "whole")), 8)
    },
    Step {
        at: (1_000, 2),
        ..step(0, "GET", CUT, Ok((Reason::Fresh, "whole")), 8)
    },
    Step {
        at: (2_000, 2),
        offline: true,
        ..step(
            0,
            "GET",
            "http://a.test/new",
            Err(Error::GatewayTimeout(Reason::MayNotServeStale)),
            8,
        )
    },
    Step {
        at: (2_000, 2),
        ..step(
            0,
            "GET",
            "http://a.test/new",
            framing(FramingError::TransferEncoding),
            9,
        )
    },
];

/// Runs the story over a store; how many steps it has. Panics where it goes another way.
pub fn tell<S: AsyncStore>(store: &mut S, segment: usize) -> usize {
    let origin = Origin::new(&SAYS, segment);
    let time = Cell::new((0, 1));
    let (mut head, mut ahead, mut heads) = ([0; 256], [0; 32], [0; 1024]);
    let transport = HttpTransport::new(&origin, PlainCodec, &mut head, &mut ahead);
    let clock = || Now::mono(time.get().1, time.get().0);
    let mut client = Client::new(Config::private(), store, transport, clock);
    for (number, step) in STEPS.iter().enumerate() {
        time.set(step.at);
        client.set_offline(step.offline);
        let request = Request::new(step.method, step.uri).expect("a URI");
        let mut body = [0; 64];
        let seen = match blocking::send(&mut client, &request, &mut heads) {
            Ok(mut answer) => {
                let read = ready(answer.read_all(&mut body)).expect("nothing waits");
                read.map(|body| (answer.reason(), core::str::from_utf8(body).expect("a text")))
            }
            Err(error) => Err(error),
        };
        assert_eq!(seen, step.outcome, "step {number}");
        assert_eq!(origin.asked(), step.asked, "step {number}");
        match seen {
            Ok((reason, _)) => println!("step {number}: {} {}: {}", step.method, step.uri, reason.text()),
            Err(error) => println!("step {number}: {} {}: {error}", step.method, step.uri),
        }
    }
    defmt::println!("Counters {}", client.counters());
    assert_eq!(client.counters().store_errors, 0);
    STEPS.len()
}
