//! A codec without an HTTP stack.

use larder::{Decimal, Headers, RequestHead};

use super::{Codec, HeadWriter, Unwritable};

/// The smallest codec, for devices without an HTTP stack: it writes any request.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainCodec;

impl Codec for PlainCodec {
    fn write_head<H: Headers + ?Sized>(
        &mut self,
        out: &mut HeadWriter<'_>,
        request: &RequestHead<'_, H>,
        content_length: u64,
    ) -> Result<(), Unwritable> {
        let target = &request.target;
        let path = target.path_and_query();
        let root = if path.starts_with('/') { "" } else { "/" };
        let line = [
            request.method,
            " ",
            root,
            path,
            " HTTP/1.1\r\nHost: ",
            target.host(),
        ];
        line.iter().for_each(|piece| out.put(piece.as_bytes()));
        if target.port() != target.scheme().default_port() {
            out.put(b":");
            out.put(Decimal::new(u64::from(target.port())).as_bytes());
        }
        for line in request.headers.fields() {
            out.put(b"\r\n");
            out.put(line.name.as_bytes());
            out.put(b": ");
            out.put(line.value);
        }
        if content_length > 0 || matches!(request.method, "POST" | "PUT" | "PATCH") {
            out.put(b"\r\nContent-Length: ");
            out.put(Decimal::new(content_length).as_bytes());
        }
        out.put(b"\r\n\r\n");
        Ok(())
    }
}
