//! Requests by reqwless.

use larder::{Decimal, Header, Headers, RequestHead};
use larder_embedded::blocking::ready;
use larder_embedded::wire::{Codec, Composed, HeadWriter, Unwritable, is_condition};
use reqwless::request::{Method, Request, RequestBuilder};

/// Fields of a request at most, Content-Length included.
const OWN: usize = 15;
/// With the two conditions of a cache.
const FIELDS: usize = OWN + 2;

/// reqwless' codec, for requests with up to 14 fields besides If-None-Match and If-Modified-Since, or 15
/// where there is no Content-Length.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReqwlessCodec;

impl Codec for ReqwlessCodec {
    // What it needs of the stack must not be there while the network is polled.
    #[inline(never)]
    fn write_head<H: Headers + ?Sized>(
        &mut self,
        out: &mut HeadWriter<'_>,
        request: &RequestHead<'_, H>,
        content_length: u64,
    ) -> Result<(), Unwritable> {
        let method = method(request.method).ok_or(Unwritable)?;
        // RFC 9110 section 8.6: these methods expect content, so that it says that there is none.
        let says_length = content_length > 0 || matches!(request.method, "POST" | "PUT" | "PATCH");
        let length = Decimal::new(content_length);
        let length = says_length.then_some(&length);
        let (mut host, mut path) = (Composed::new(), Composed::new());
        let host = host.host(&request.target).ok_or(Unwritable)?;
        let path = path.path(&request.target).ok_or(Unwritable)?;
        let mut fields = [("", ""); FIELDS];
        let fields = fill(&mut fields, request.headers, length).ok_or(Unwritable)?;
        let head = Request::new(method, path).host(host).headers(fields).build();
        // Into memory: it never waits.
        match ready(head.write_header(out)) {
            Some(Ok(())) => Ok(()),
            _ => Err(Unwritable),
        }
    }
}

/// The methods that reqwless knows.
fn method(name: &str) -> Option<Method> {
    Some(match name {
        "GET" => Method::GET,
        "HEAD" => Method::HEAD,
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        "PATCH" => Method::PATCH,
        "DELETE" => Method::DELETE,
        "OPTIONS" => Method::OPTIONS,
        "TRACE" => Method::TRACE,
        _ => return None,
    })
}

/// The request's fields as text, behind Content-Length where there is one.
fn fill<'f, H: Headers + ?Sized>(
    fields: &'f mut [(&'f str, &'f str); FIELDS],
    headers: &'f H,
    length: Option<&'f Decimal>,
) -> Option<&'f [(&'f str, &'f str)]> {
    // An entity tag that is no text goes unsent, and no date in its place (RFC 9111 section 4.3.1):
    // without both the origin answers in full.
    let is_text = |line: &Header<'_>| core::str::from_utf8(line.value).is_ok();
    let conditional = headers.fields().filter(is_condition).all(|line| is_text(&line));
    let (mut count, mut room) = (0usize, OWN);
    let mut put = |name, value, own: bool| {
        room = room.checked_sub(usize::from(own))?;
        *fields.get_mut(count)? = (name, value);
        count = count.checked_add(1)?;
        Some(())
    };
    if let Some(length) = length {
        put("Content-Length", length.as_str(), true)?;
    }
    for line in headers.fields() {
        let own = !is_condition(&line);
        if own || conditional {
            put(line.name.as_str()?, core::str::from_utf8(line.value).ok()?, own)?;
        }
    }
    fields.get(..count)
}
