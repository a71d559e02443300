//! An origin in memory that speaks real bytes, and futures that are dropped on purpose.

#![allow(dead_code)] // each test file uses its part

pub mod device;
pub mod draw;
pub mod hazards;
pub mod idle;
pub mod requests;
pub mod slow;
pub mod whole;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use embedded_io_async::{ErrorType, Read, Write};
use larder::{Now, Target};
use larder_embedded::wire::is_silent;
use larder_embedded::{Clock, Connect};

/// What the origin makes of one request: bytes, and whether it closes behind them.
pub struct Reply {
    pub bytes: Vec<u8>,
    pub close: bool,
}

impl Reply {
    pub fn keep(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            close: false,
        }
    }

    pub fn close(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            close: true,
        }
    }

    /// A response with Content-Length.
    pub fn of(status: u16, fields: &str, body: &str) -> Self {
        let length = match status {
            204 | 304 => String::new(),
            _ => format!("Content-Length: {}\r\n", body.len()),
        };
        Self::keep(format!("HTTP/1.1 {status} X\r\n{fields}{length}\r\n{body}"))
    }
}

pub type Handler<'h> = Box<dyn FnMut(&str) -> Reply + 'h>;

/// A network with one origin behind it.
pub struct Net<'h> {
    pub handler: RefCell<Handler<'h>>,
    /// Bytes that come at once.
    pub segment: Cell<usize>,
    /// Every step is ready at the second poll only.
    pub slow: Cell<bool>,
    pub connects: Cell<usize>,
    pub requests: RefCell<Vec<String>>,
    /// No connection can be opened.
    pub down: Cell<bool>,
    /// Connections end with an error instead of an end.
    pub reset: Cell<bool>,
    /// What comes in on the open connection although nobody asks.
    pub unasked: RefCell<Vec<u8>>,
    /// The origin closes the open connection.
    pub hang_up: Cell<bool>,
}

impl<'h> Net<'h> {
    pub fn new(handler: impl FnMut(&str) -> Reply + 'h) -> Self {
        Self {
            handler: RefCell::new(Box::new(handler)),
            segment: Cell::new(usize::MAX),
            slow: Cell::new(false),
            connects: Cell::new(0),
            requests: RefCell::new(Vec::new()),
            down: Cell::new(false),
            reset: Cell::new(false),
            unasked: RefCell::new(Vec::new()),
            hang_up: Cell::new(false),
        }
    }

    /// An origin that says the same bytes to every request.
    pub fn replay(bytes: &'h [u8], close: bool) -> Self {
        Self::new(move |_| Reply {
            bytes: bytes.to_vec(),
            close,
        })
    }

    pub fn slowly(self, segment: usize) -> Self {
        self.segment.set(segment);
        self.slow.set(true);
        self
    }

    pub fn asked(&self) -> usize {
        self.requests.borrow().len()
    }

    pub fn last_request(&self) -> String {
        self.requests.borrow().last().cloned().unwrap_or_default()
    }

    /// Ready at once, or at the second poll.
    async fn step(&self) {
        if self.slow.get() {
            yield_once().await;
        }
    }
}

pub async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| match std::mem::replace(&mut yielded, true) {
        true => Poll::Ready(()),
        false => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

/// Why a connection fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

impl embedded_io_async::Error for Refused {
    fn kind(&self) -> embedded_io_async::ErrorKind {
        embedded_io_async::ErrorKind::ConnectionRefused
    }
}

pub struct Stream<'n, 'h> {
    net: &'n Net<'h>,
    written: Vec<u8>,
    incoming: VecDeque<u8>,
    closed: bool,
    /// Nobody waits: only what there is counts.
    idle: bool,
}

impl<'n, 'h> Connect for &'n Net<'h> {
    type Error = Refused;
    type Stream = Stream<'n, 'h>;

    async fn connect(&mut self, _: &Target<'_>) -> Result<Self::Stream, Refused> {
        self.step().await;
        if self.down.get() {
            return Err(Refused);
        }
        self.connects.set(self.connects.get() + 1);
        Ok(Stream {
            net: self,
            written: Vec::new(),
            incoming: VecDeque::new(),
            closed: false,
            idle: false,
        })
    }

    fn is_idle(&mut self, stream: &mut Self::Stream) -> bool {
        stream.idle = true;
        let silent = is_silent(stream);
        stream.idle = false;
        silent
    }
}

impl ErrorType for Stream<'_, '_> {
    type Error = Refused;
}

impl Read for Stream<'_, '_> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Refused> {
        if buffer.is_empty() {
            return Ok(0);
        }
        self.incoming.extend(self.net.unasked.take());
        self.closed |= self.net.hang_up.take();
        if self.idle && self.incoming.is_empty() && !self.closed {
            return pending().await;
        }
        if !self.idle {
            self.net.step().await;
        }
        if self.incoming.is_empty() {
            if self.net.reset.get() {
                return Err(Refused);
            }
            assert!(self.closed, "the transport waits for bytes that will never come");
            return Ok(0);
        }
        let count = buffer.len().min(self.net.segment.get()).min(self.incoming.len());
        for (to, from) in buffer.iter_mut().zip(self.incoming.drain(..count)) {
            *to = from;
        }
        Ok(count)
    }
}

impl Write for Stream<'_, '_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Refused> {
        self.net.step().await;
        if self.closed {
            return Err(Refused);
        }
        self.written.extend_from_slice(bytes);
        if let Some(request) = take_request(&mut self.written) {
            let reply = (self.net.handler.borrow_mut())(&request);
            self.net.requests.borrow_mut().push(request);
            self.incoming.extend(reply.bytes);
            self.closed |= reply.close;
        }
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Refused> {
        Ok(())
    }
}

/// A whole request, once it is there.
fn take_request(written: &mut Vec<u8>) -> Option<String> {
    let text = String::from_utf8_lossy(written).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = field(head, "content-length").map_or(0, |value| value.parse().unwrap());
    (body.len() >= length).then(|| {
        written.clear();
        text.clone()
    })
}

/// A field of a head in text.
pub fn field<'t>(head: &'t str, name: &str) -> Option<&'t str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Runs a future to its end.
pub fn run<F: Future>(future: F) -> F::Output {
    cut(future, usize::MAX).expect("a future that never ends")
}

/// Polls a future so many times at most, then drops it.
pub fn cut<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..polls.min(1_000_000) {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return Some(output);
        }
    }
    None
}

/// 2026-07-14T00:00:00Z, in milliseconds.
pub const DAY: i64 = 1_783_987_200_000;

/// A clock that the test sets, in seconds; with UTC.
#[derive(Default)]
pub struct TestClock(pub Cell<u64>);

/// With UTC.
impl Clock for &TestClock {
    fn now(&self) -> Now {
        self.utc()()
    }
}

impl TestClock {
    pub fn at(&self, seconds: u64) {
        self.0.set(seconds);
    }

    pub fn utc(&self) -> impl Fn() -> Now + '_ {
        || Now::mono(1, self.0.get() * 1000).with_utc(DAY + self.0.get() as i64 * 1000)
    }

    /// Without UTC, in some domain.
    pub fn mono(&self, domain: u32) -> impl Fn() -> Now + '_ {
        move || Now::mono(domain, self.0.get() * 1000)
    }
}
