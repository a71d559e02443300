//! What the HTTP stack has to do.

use larder::{Headers, RequestHead, ResponseHead, Target};

/// How far a response has come, as far as its framing proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Ended {
    /// There is more to read, or there is no response.
    No,
    /// The whole response was read, and its framing proves it.
    Complete,
    /// The connection has closed behind a body that only this ends: it may be cut off, so it is
    /// never stored.
    Closed,
}

/// What the head of a response says of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum BodyLength {
    /// So many bytes; 0 where there is none.
    Exact(u64),
    /// Its end will be marked (chunked).
    Framed,
    /// It ends when the connection closes, so a part cannot be told from the whole: never
    /// stored.
    UntilClose,
}

/// Sends one request at a time and reads its response.
///
/// The response lives in the transport: it is looked at, and may be dropped for another request,
/// before its body is read. A borrowed response could not be: the driver sends again when an
/// answer is about something else.
///
/// # What an implementation promises
///
/// - It connects when it has to and not before: nothing is asked of it while the store answers.
/// - [`send`](Self::send) skips interim responses (1xx) and follows no redirect.
/// - The body of a 204, of a 304 and of the response to HEAD is empty at once, whatever their
///   Content-Length says ([`Ended::Complete`] when `send` returns).
/// - Field lines come as they were received: all, in order, repeated ones too.
/// - A body that ends early is an error, never an end.
/// - A future that is dropped has consumed nothing that a later call would miss; if that cannot
///   be, later calls fail. In any case a connection is used again only after
///   [`Ended::Complete`].
pub trait Transport {
    /// What can go wrong.
    type Error: core::error::Error;
    /// The fields of a response.
    type Headers: Headers + ?Sized;

    /// Sends a request and waits for the head of its final response; drops any response before
    /// it.
    ///
    /// # Errors
    /// There is no response, or none that can be used. The next call starts afresh.
    async fn send<H: Headers + ?Sized>(
        &mut self,
        request: &RequestHead<'_, H>,
        content: &[u8],
    ) -> Result<(), Self::Error>;

    /// The head of the response; status 0 when there is none.
    fn head(&self) -> ResponseHead<'_, Self::Headers>;

    /// Reads body bytes; 0 at the end, or when the buffer is empty.
    ///
    /// # Errors
    /// The body is cut off or malformed, or the connection failed.
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error>;

    /// What the head says of the body.
    fn body_length(&self) -> BodyLength;

    /// How far the response has come.
    fn ended(&self) -> Ended;
}

impl<T: Transport> Transport for &mut T {
    type Error = T::Error;
    type Headers = T::Headers;

    async fn send<H: Headers + ?Sized>(
        &mut self,
        request: &RequestHead<'_, H>,
        content: &[u8],
    ) -> Result<(), T::Error> {
        (**self).send(request, content).await
    }

    fn head(&self) -> ResponseHead<'_, T::Headers> {
        (**self).head()
    }

    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, T::Error> {
        (**self).read(buffer).await
    }

    fn body_length(&self) -> BodyLength {
        (**self).body_length()
    }

    fn ended(&self) -> Ended {
        (**self).ended()
    }
}

/// Opens connections for a transport.
pub trait Connect {
    /// What can go wrong.
    type Error: embedded_io::Error;
    /// An open connection.
    type Stream: embedded_io_async::Read<Error = Self::Error> + embedded_io_async::Write<Error = Self::Error>;

    /// Connects to the origin of a target. Dropped connections are to be closed by their `Drop`.
    ///
    /// # Errors
    /// The origin cannot be reached.
    async fn connect(&mut self, target: &Target<'_>) -> Result<Self::Stream, Self::Error>;

    /// Whether a connection on which no response is expected is still open, and nothing has
    /// come in that nobody asked for: what has would be taken for the next response. It is asked before the
    /// connection is used again, and must not wait; [`is_silent`](crate::wire::is_silent) is
    /// the answer for streams whose reads may be dropped. Whoever cannot tell says yes, as
    /// this default does.
    fn is_idle(&mut self, stream: &mut Self::Stream) -> bool {
        let _ = stream;
        true
    }
}

impl<C: Connect> Connect for &mut C {
    type Error = C::Error;
    type Stream = C::Stream;

    async fn connect(&mut self, target: &Target<'_>) -> Result<C::Stream, C::Error> {
        (**self).connect(target).await
    }

    fn is_idle(&mut self, stream: &mut C::Stream) -> bool {
        (**self).is_idle(stream)
    }
}
