//! The transports for devices over bytes that an origin may send, in pieces of any length: how they are cut
//! changes nothing, what is cut off is never whole, and both codecs read the same.
//!
//! First line: the method, how long the pieces are, where the connection breaks. Then the bytes.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use embedded_io_async::{ErrorType, Read, Write};
use larder::{Headers, Partition, RequestHead, Target};
use larder_embedded::{BodyLength, Connect, Ended, Transport};

use crate::input::Input;

const HEAD: usize = 2048;

/// The target.
pub fn check(data: &[u8]) {
    let [method, piece, place, _] = Input::new(data).numbers;
    let start = data
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(data.len(), |at| at + 1);
    let bytes = &data[start..];
    let method = ["GET", "HEAD", "POST"][usize::from(method % 3)];
    let piece = 1 + usize::from(piece) % 64;
    let edge = codecs(
        bytes,
        |bytes, piece| by_edge_http(method, bytes, piece),
        piece,
        place,
    );
    let reqwless = codecs(
        bytes,
        |bytes, piece| by_reqwless(method, bytes, piece),
        piece,
        place,
    );
    // Each codec refuses some heads that the other reads.
    if let (Ok(edge), Ok(reqwless)) = (edge, reqwless) {
        assert_eq!(edge, reqwless, "edge-http's and reqwless' codec part");
    }
}

/// A whole response, as far as it came.
#[derive(Debug, PartialEq)]
struct Seen {
    status: u16,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    length: BodyLength,
    body: Vec<u8>,
    ended: Ended,
    /// The body could not be read to its end.
    broken: bool,
}

/// Nothing but that there was no head.
#[derive(Debug, PartialEq)]
struct NoHead;

type Outcome = Result<Seen, NoHead>;

fn codecs(bytes: &[u8], read: impl Fn(&[u8], usize) -> Outcome, piece: usize, place: u16) -> Outcome {
    let whole = read(bytes, usize::MAX);
    assert_eq!(read(bytes, piece), whole, "in pieces of {piece}");
    let cut = usize::from(place) % (bytes.len() + 1);
    let part = read(&bytes[..cut], piece);
    if let (Ok(part), Ok(whole)) = (&part, &whole)
        && part.ended == Ended::Complete
    {
        assert_eq!(
            part, whole,
            "whole after {cut} bytes, and another with all of them"
        );
    }
    if let Ok(seen) = &whole {
        framed(seen, bytes);
    }
    whole
}

/// A body is bytes that came, and its end is where the head says.
fn framed(seen: &Seen, bytes: &[u8]) {
    assert!(seen.body.len() <= bytes.len());
    assert!(
        !seen.broken || seen.ended == Ended::No,
        "broken, and yet an end: {seen:?}"
    );
    match seen.length {
        BodyLength::Exact(length) => {
            let came = seen.body.len() as u64;
            let whole = !seen.broken && came == length;
            assert_eq!(seen.ended == Ended::Complete, whole, "{seen:?}");
            assert!(came <= length && seen.ended != Ended::Closed);
            assert!(seen.body.is_empty() || bytes.windows(seen.body.len()).any(|part| part == seen.body));
        }
        BodyLength::UntilClose => {
            assert_ne!(
                seen.ended,
                Ended::Complete,
                "a part cannot be told from the whole"
            );
            assert!(bytes.ends_with(&seen.body));
        }
        BodyLength::Framed => assert_ne!(seen.ended, Ended::Closed),
    }
}

/// Bytes in pieces, then the end.
struct Pieces<'a> {
    rest: VecDeque<&'a [u8]>,
}

impl ErrorType for Pieces<'_> {
    type Error = Infallible;
}

impl Read for Pieces<'_> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let Some(front) = self.rest.front_mut() else {
            return Ok(0);
        };
        let count = front.len().min(buffer.len());
        buffer[..count].copy_from_slice(&front[..count]);
        *front = &front[count..];
        if front.is_empty() {
            self.rest.pop_front();
        }
        Ok(count)
    }
}

impl Write for Pieces<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// The origin: it answers the first connection, and closes every other at once.
struct Origin<'a> {
    bytes: &'a [u8],
    piece: usize,
}

impl<'a> Connect for Origin<'a> {
    type Error = Infallible;
    type Stream = Pieces<'a>;

    async fn connect(&mut self, _: &Target<'_>) -> Result<Pieces<'a>, Infallible> {
        let bytes = std::mem::take(&mut self.bytes);
        let piece = self.piece.min(bytes.len().max(1));
        Ok(Pieces {
            rest: bytes.chunks(piece).collect(),
        })
    }
}

fn by_edge_http(method: &str, bytes: &[u8], piece: usize) -> Outcome {
    let (mut head, mut ahead) = ([0; HEAD], [0; 32]);
    let origin = Origin { bytes, piece };
    run(response(
        larder_edge_http::transport(origin, &mut head, &mut ahead),
        method,
    ))
}

fn by_reqwless(method: &str, bytes: &[u8], piece: usize) -> Outcome {
    let (mut head, mut ahead) = ([0; HEAD], [0; 32]);
    let origin = Origin { bytes, piece };
    run(response(
        larder_reqwless::transport(origin, &mut head, &mut ahead),
        method,
    ))
}

async fn response<T: Transport>(mut transport: T, method: &str) -> Outcome {
    let request = RequestHead {
        method,
        target: Target::parse("http://e.test/a").expect("a URI"),
        partition: Partition::COMMON,
        headers: &[("If-None-Match", "\"a\"")], // so that a 304 is an answer
    };
    if let Err(error) = transport.send(&request, &[]).await {
        assert!(!error.to_string().is_empty());
        return Err(NoHead);
    }
    let head = transport.head();
    let field = |line: larder::Header<'_>| (line.name.as_bytes().to_ascii_lowercase(), line.value.to_vec());
    let mut seen = Seen {
        status: head.status,
        fields: head.headers.fields().map(field).collect(),
        length: transport.body_length(),
        body: Vec::new(),
        ended: Ended::No,
        broken: false,
    };
    let mut buffer = [0; 48];
    loop {
        match transport.read(&mut buffer).await {
            Ok(0) => break,
            Ok(count) => seen.body.extend(&buffer[..count]),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                // How much of it was handed out before depends on how it came.
                seen.body.clear();
                seen.broken = true;
                break;
            }
        }
    }
    seen.ended = transport.ended();
    Ok(seen)
}

/// Nothing here ever waits.
fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits for nothing"),
    }
}
