//! A transport on a codec: the connection, its reuse, and the truth about bodies.

use embedded_io_async::{Read, Write};
use larder::{Headers, RequestHead, ResponseHead, Target};

use super::receive::read_head;
use super::{
    BodyDecoder, Codec, Framing, FramingError, HeadWriter, Persistence, ReadAhead, Received, Unwritable,
    WireError, is_condition,
};
use crate::transport::{BodyLength, Connect, Ended, Transport};

/// Interim responses that are skipped before a final one.
const MAX_INTERIM: u8 = 8;

/// The longest host whose connection is used again.
const MAX_HOST: usize = 64;

/// HTTP/1.1 over the connections of a [`Connect`], requests by a [`Codec`].
///
/// A connection is opened when a request needs one, and used again for the same origin when the
/// response before has ended as its framing says, nothing forbids it, and nothing has come in since,
/// be it bytes or the end ([`Connect::is_idle`]). Where the origin closes it under a request, before a byte of its
/// response, one that may be repeated (GET, HEAD, PUT, DELETE, OPTIONS) is sent once more on a new one.
#[derive(Debug)]
pub struct HttpTransport<'b, C: Connect, K> {
    connect: C,
    codec: K,
    stream: Option<C::Stream>,
    origin: Origin,
    head: Received<'b>,
    ahead: ReadAhead<'b>,
    status: u16,
    body: BodyDecoder,
    length: BodyLength,
    /// The connection may be used again once the body has ended.
    keep: bool,
    /// It may be used again now.
    idle: bool,
}

/// Where a connection leads.
#[derive(Debug)]
struct Origin {
    host: [u8; MAX_HOST],
    length: u8,
    port: u16,
    secure: bool,
}

impl Origin {
    const NONE: Self = Self {
        host: [0; MAX_HOST],
        length: 0,
        port: 0,
        secure: false,
    };

    fn of(target: &Target<'_>) -> Self {
        let mut origin = Self::NONE;
        let host = target.host().as_bytes();
        if let (Some(room), Ok(length)) = (origin.host.get_mut(..host.len()), u8::try_from(host.len())) {
            room.iter_mut()
                .zip(host)
                .for_each(|(to, byte)| *to = byte.to_ascii_lowercase());
            origin.length = length;
        }
        origin.port = target.port();
        origin.secure = target.scheme() == larder::Scheme::Https;
        origin
    }

    fn is(&self, target: &Target<'_>) -> bool {
        let host = self.host.get(..usize::from(self.length)).unwrap_or_default();
        self.port == target.port()
            && self.secure == (target.scheme() == larder::Scheme::Https)
            && !host.is_empty()
            && host.eq_ignore_ascii_case(target.host().as_bytes())
    }
}

impl<'b, C: Connect, K: Codec> HttpTransport<'b, C, K> {
    /// A transport without a connection. `head` must hold the largest response head;
    /// `read_ahead` a few bytes at least (128 or more make fewer reads).
    pub const fn new(connect: C, codec: K, head: &'b mut [u8], read_ahead: &'b mut [u8]) -> Self {
        Self {
            connect,
            codec,
            stream: None,
            origin: Origin::NONE,
            head: Received {
                buffer: head,
                length: 0,
            },
            ahead: ReadAhead::new(read_ahead),
            status: 0,
            body: BodyDecoder::new(Framing::Length(0)),
            length: BodyLength::Exact(0),
            keep: false,
            idle: false,
        }
    }

    /// Whether there is a connection that the next request to the same origin will use.
    pub const fn is_connected(&self) -> bool {
        self.idle && self.stream.is_some()
    }

    /// Closes the connection, before a sleep for instance. A body that is not read to its end
    /// is cut off.
    pub fn disconnect(&mut self) {
        self.stream = None;
        self.idle = false;
        self.ahead.clear();
    }

    /// Whether there is a connection to this origin that nothing has come in on since its last
    /// response: what came in is no response to what is asked next.
    fn is_reusable(&mut self, target: &Target<'_>) -> bool {
        self.idle
            && self.origin.is(target)
            && self
                .stream
                .as_mut()
                .is_some_and(|stream| self.connect.is_idle(stream))
    }

    /// One request on the open connection. `begun`: there was a first byte of a response.
    async fn exchange<H: Headers + ?Sized>(
        &mut self,
        request: &RequestHead<'_, H>,
        content: &[u8],
        begun: &mut bool,
    ) -> Result<(), WireError<C::Error>> {
        self.write_head(request, content.len() as u64).await?;
        let stream = self.stream.as_mut().ok_or(WireError::Closed)?;
        send_all(stream, content).await?;
        stream.flush().await.map_err(WireError::Io)?;
        for _ in 0..MAX_INTERIM {
            let head = read_head(stream, &mut self.ahead, self.head.buffer, begun).await?;
            self.head.length = head.length;
            match head.status {
                101 => return Err(WireError::Interim),
                100..=199 => {}
                304 if !request.headers.fields().any(|line| is_condition(&line)) => {
                    return Err(WireError::Unconditional);
                }
                status => {
                    self.begin_body(request.method, status, head.http11)
                        .map_err(WireError::Framing)?;
                    return Ok(());
                }
            }
        }
        Err(WireError::Interim)
    }

    /// Writes the head of a request, a buffer at a time.
    async fn write_head<H: Headers + ?Sized>(
        &mut self,
        request: &RequestHead<'_, H>,
        content_length: u64,
    ) -> Result<(), WireError<C::Error>> {
        let limit = self.head.buffer.len();
        let mut sent = 0usize;
        loop {
            let mut out = HeadWriter::new(self.head.buffer, sent);
            let written = self.codec.write_head(&mut out, request, content_length);
            written.map_err(|Unwritable| WireError::Request)?;
            let (kept, total) = (out.kept(), out.total());
            if kept == 0 {
                return Err(WireError::HeadTooLarge { limit });
            }
            let stream = self.stream.as_mut().ok_or(WireError::Closed)?;
            let piece = self.head.buffer.get(..kept).unwrap_or_default();
            send_all(stream, piece).await?;
            sent = sent.saturating_add(kept);
            if sent >= total {
                return Ok(());
            }
        }
    }

    fn begin_body(&mut self, method: &str, status: u16, http11: bool) -> Result<(), FramingError> {
        let framing = Framing::of(method, status, http11, &self.head)?;
        self.length = match framing {
            Framing::Length(length) => BodyLength::Exact(length),
            Framing::Chunked => BodyLength::Framed,
            Framing::UntilClose => BodyLength::UntilClose,
        };
        self.keep &= Persistence::of(http11, &self.head) == Persistence::Keep;
        self.body = BodyDecoder::new(framing);
        self.status = status;
        self.settle();
        Ok(())
    }

    /// Frees the connection at the end of a response, for the next request or for good.
    fn settle(&mut self) {
        if self.body.is_complete() && self.keep && self.ahead.bytes().is_empty() {
            self.idle = true;
        } else if self.body.is_complete() || self.body.is_closed() {
            // Bytes behind the end belong to nothing that was asked for.
            self.disconnect();
        }
    }

    async fn read_body(&mut self, buffer: &mut [u8]) -> Result<usize, WireError<C::Error>> {
        loop {
            let step = self.body.decode(self.ahead.bytes(), buffer);
            let step = step.map_err(WireError::Framing)?;
            self.ahead.consume(step.consumed);
            let over = self.body.is_complete() || self.body.is_closed();
            if step.produced > 0 || over {
                self.settle();
                return Ok(step.produced);
            }
            let cut_off = WireError::Framing(FramingError::CutOff);
            let stream = self.stream.as_mut().ok_or(cut_off)?;
            if let Some(most) = self.body.direct() {
                let most = usize::try_from(most).unwrap_or(usize::MAX).min(buffer.len());
                let room = buffer.get_mut(..most).unwrap_or_default();
                let count = stream.read(room).await.map_err(WireError::Io)?.min(most);
                if count > 0 {
                    self.body.advance(count as u64);
                    self.settle();
                    return Ok(count);
                }
            } else if self.ahead.fill(stream).await.map_err(WireError::Io)? > 0 {
                continue;
            }
            self.body.end().map_err(WireError::Framing)?;
        }
    }
}

/// Whether a request can be written as one request: no byte of it ends a line, and no field says
/// what is the codec's to say.
fn is_one_request<H: Headers + ?Sized>(request: &RequestHead<'_, H>) -> bool {
    let token =
        |name: &[u8]| !name.is_empty() && name.iter().all(|byte| byte.is_ascii_graphic() && *byte != b':');
    let ours = ["host", "content-length", "transfer-encoding"];
    token(request.method.as_bytes())
        && request.headers.fields().all(|line| {
            token(line.name.as_bytes())
                && !ours.iter().any(|name| line.name == *name)
                && !line.value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0))
        })
}

/// Whether a request may be sent again when nothing came back (RFC 9110 section 9.2.2).
fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "TRACE")
}

impl<'b, C: Connect, K: Codec> Transport for HttpTransport<'b, C, K> {
    type Error = WireError<C::Error>;
    type Headers = Received<'b>;

    async fn send<H: Headers + ?Sized>(
        &mut self,
        request: &RequestHead<'_, H>,
        content: &[u8],
    ) -> Result<(), Self::Error> {
        let mut again = self.is_reusable(&request.target);
        // From here to the end of the response, whoever drops this leaves nothing to use again.
        self.idle = false;
        self.status = 0;
        self.head.length = 0;
        self.length = BodyLength::Exact(0);
        self.body = BodyDecoder::new(Framing::UntilClose);
        // Whoever says close must not ask again (RFC 9112 section 9.6).
        self.keep = Persistence::of(true, request.headers) == Persistence::Keep;
        if !is_one_request(request) {
            self.disconnect();
            return Err(WireError::Request);
        }
        loop {
            if !again {
                self.disconnect(); // first: there may be room for one connection only
                self.origin = Origin::of(&request.target);
                let opened = self.connect.connect(&request.target).await;
                self.stream = Some(opened.map_err(WireError::Io)?);
            }
            let mut begun = false;
            match self.exchange(request, content, &mut begun).await {
                Ok(()) => return Ok(()),
                // The origin may close an idle connection at any time.
                Err(WireError::Closed | WireError::Io(_))
                    if again && !begun && is_idempotent(request.method) =>
                {
                    again = false;
                }
                Err(error) => {
                    self.disconnect();
                    self.status = 0;
                    self.head.length = 0;
                    return Err(error);
                }
            }
        }
    }

    fn head(&self) -> ResponseHead<'_, Received<'b>> {
        ResponseHead {
            status: self.status,
            headers: &self.head,
        }
    }

    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        if buffer.is_empty() || self.status == 0 {
            return Ok(0);
        }
        let read = self.read_body(buffer).await;
        if read.is_err() {
            self.disconnect();
        }
        read
    }

    fn body_length(&self) -> BodyLength {
        self.length
    }

    fn ended(&self) -> Ended {
        match self.status {
            0 => Ended::No,
            _ if self.body.is_complete() => Ended::Complete,
            _ if self.body.is_closed() => Ended::Closed,
            _ => Ended::No,
        }
    }
}

/// Writes everything; `write_all` of embedded-io panics where a stream takes nothing.
async fn send_all<S: Write>(stream: &mut S, mut bytes: &[u8]) -> Result<(), WireError<S::Error>> {
    while !bytes.is_empty() {
        match stream.write(bytes).await.map_err(WireError::Io)? {
            0 => return Err(WireError::Closed),
            count => bytes = bytes.get(count..).unwrap_or_default(),
        }
    }
    Ok(())
}
