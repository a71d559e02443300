//! Fields that are about one connection and do not travel further (RFC 9110 section 7.6.1).

use ureq::http::uri::Authority;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, header};

/// What a request loses on its way in. Host goes too: the origin gets its own.
pub fn of_request(headers: &mut HeaderMap) {
    of_both(headers);
    headers.remove(header::HOST);
}

/// What a response loses on its way out, once the cache has seen it.
pub fn of_response(headers: &mut HeaderMap) {
    of_both(headers);
    // The same number several times, which is all that ureq lets through, is one number
    // (RFC 9110 section 8.6).
    let length = headers.get(header::CONTENT_LENGTH).map(HeaderValue::as_bytes);
    let length = length.and_then(|value| value.split(|byte| *byte == b',').next());
    if let Some(Ok(length)) = length.map(|first| HeaderValue::from_bytes(first.trim_ascii())) {
        headers.insert(header::CONTENT_LENGTH, length);
    }
}

/// Whether there is one Host, and what it says may be a host and a port (RFC 9112 section 3.2).
pub fn names_one_host(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).into_iter();
    let host = hosts.next().filter(|_| hosts.next().is_none());
    host.is_some_and(|host| {
        let authority = |host| Authority::try_from(host).is_ok_and(|host| !host.as_str().contains('@'));
        // It is empty for URIs without an authority.
        host.is_empty() || authority(host.as_bytes())
    })
}

fn of_both(headers: &mut HeaderMap) {
    remove_nominated(headers);
    headers.remove(header::CONNECTION);
    for name in ["keep-alive", "proxy-connection", "te", "upgrade"] {
        headers.remove(name);
    }
    if headers.remove(header::TRANSFER_ENCODING).is_some() {
        // It has decided where the message ends, and the length is wrong (RFC 9112 section 6.3).
        headers.remove(header::CONTENT_LENGTH);
    }
}

/// Whether a body is in a transfer coding that stays on when it has been received: without the
/// field, which goes no further, it would be other content (RFC 9112 section 7).
pub fn transfer_coded(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::TRANSFER_ENCODING).into_iter();
    let members = lines.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let mut codings = members.map(<[u8]>::trim_ascii).filter(|name| !name.is_empty());
    codings
        .next()
        .is_some_and(|first| !first.eq_ignore_ascii_case(b"chunked") || codings.next().is_some())
}

/// Takes out what Connection names. Content-Length stays, whatever a peer says: without it
/// the two sides would not agree where the message ends.
fn remove_nominated(headers: &mut HeaderMap) {
    let mut nominated: Vec<HeaderName> = Vec::new();
    for value in headers.get_all(header::CONNECTION) {
        let members = value.as_bytes().split(|byte| *byte == b',');
        nominated.extend(members.filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok()));
    }
    for name in nominated.iter().filter(|name| **name != header::CONTENT_LENGTH) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nominated_fields_stay_behind() {
        // req: 9110-7.6.1-01, 9110-7.6.1-02
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-One"),
            ("connection", "x-two,, content-length"),
            ("upgrade", "h2c"),
            ("te", "gzip"),
            ("x-one", "1"),
            ("x-two", "2"),
            ("x-two", "2 again"),
            ("x-three", "3"),
            ("content-length", "0"),
            ("keep-alive", "timeout=5"),
        ] {
            headers.append(name, value.parse().unwrap());
        }
        of_response(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["content-length", "x-three"]);
        headers.insert("transfer-encoding", "chunked".parse().unwrap());
        of_request(&mut headers);
        let left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["x-three"]);
    }

    #[test]
    fn hosts() {
        let one = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("host", line.parse().unwrap());
            }
            names_one_host(&headers)
        };
        for host in ["", "EXAMPLE.com", "a:80", "127.0.0.1", "[::1]:8080"] {
            assert!(one(&[host]), "{host}");
        }
        for wrong in [&[][..], &["a", "a"], &["a b"], &["a/b"], &["me@a"], &["a, b"]] {
            assert!(!one(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn one_layer_of_chunks_is_all_that_comes_off() {
        let coded = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("transfer-encoding", line.parse().unwrap());
            }
            transfer_coded(&headers)
        };
        for plain in [&[][..], &["Chunked"], &["", ", chunked ,"]] {
            assert!(!coded(plain), "{plain:?}");
        }
        for more in [
            &["gzip"][..],
            &["gzip, chunked"],
            &["chunked", "chunked"],
            &["chunked;a=b"],
        ] {
            assert!(coded(more), "{more:?}");
        }
    }
}
