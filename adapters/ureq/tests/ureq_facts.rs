//! What the cache takes for granted of ureq. Should a new version of ureq fail here, the place
//! that relies on it has to change. What follows from it for users is tested elsewhere:
//!
//! | ureq | what follows |
//! |---|---|
//! | a middleware sends one request | `middleware::a_second_request_is_the_callers` |
//! | made responses have no URI, made bodies no length | `lost_and_found` |
//! | a body can be wrapped, its end is `Ok(0)` or an error | `bodies`, `callers` |
//! | fields are added below a middleware | `basics::what_ureq_adds_below_counts_for_vary`, `decoding::what_depends_on_the_jar_is_not_stored` |
//! | redirects are followed below | `redirects`, `following` |
//! | bodies are decoded below | `decoding` |
//! | an empty body does not decode | `decoding::a_head_and_a_304_with_content_encoding_are_not_read` |
//! | error statuses lose their response | `statuses` |
//! | extensions travel with requests and responses | `basics::modes`, `statuses`, `cache_status` |
//! | whether a GET has content is not told | `basics::a_get_with_content_goes_through_whole`, `uploads` |
//! | timeouts start below | `timeouts` |
//! | connectors and resolvers are not stable interfaces | `middleware::an_agent_with_a_resolver_of_its_own` |
//! | a body without framing that breaks off has ended | `bodies::a_body_without_framing_may_be_half_a_body`, `decoding` |
//! | conditions travel along with redirects | `redirects::a_304_from_elsewhere_confirms_nothing` |
//! | userinfo becomes Authorization below | `credentials` |
//! | callers that know the length do not read the end | `bodies::a_caller_that_knows_the_length_reads_no_further` |
//! | one thread may hold many bodies | `collapsing::nobody_waits_for_a_body_that_nobody_reads` |
//! | its features are on when anybody turns them on | `cargo xtask matrix` |

mod origin;

use std::io::{ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use origin::{Origin, Reply};
use ureq::http::{Request, Response};
use ureq::middleware::MiddlewareNext;
use ureq::{Agent, Body, Error, ResponseExt, SendBody};

fn plain() -> Agent {
    Agent::config_builder().proxy(None).build().new_agent()
}

#[test]
fn a_made_response_has_no_uri_and_a_made_body_no_length() {
    // The reason for `CacheInfo::uri` and `CacheInfo::content_length`.
    let response = Response::new(Body::builder().reader(&b"abc"[..]));
    assert_eq!(response.body().content_length(), None);
    assert!(catch_unwind(AssertUnwindSafe(|| response.get_uri().clone())).is_err());
}

#[test]
fn a_middleware_sees_no_field_that_ureq_adds() {
    // The reason for `view::Automatic`.
    let seen = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&seen);
    let count = move |request: Request<SendBody>, next: MiddlewareNext| {
        *counter.lock().unwrap() += request.headers().len();
        next.handle(request)
    };
    let origin = Origin::script(vec![Reply::new(200, &[], "")]);
    let agent = Agent::config_builder()
        .proxy(None)
        .middleware(count)
        .build()
        .new_agent();
    agent.get(origin.url("/")).call().unwrap();
    assert_eq!(*seen.lock().unwrap(), 0);
    assert!(origin.asked()[0].field("user-agent").is_some());
}

#[test]
fn a_response_knows_the_uri_at_the_end_of_redirects() {
    // The reason why nothing is stored under the first URI, and how it is noticed.
    let origin = Origin::new(|asked, _| match asked.path.as_str() {
        "/a" => Reply::new(302, &[("Location", "/b")], ""),
        _ => Reply::new(200, &[], ""),
    });
    let response = plain().get(origin.url("/a")).call().unwrap();
    assert_eq!(response.get_uri().to_string(), origin.url("/b"));
    assert!(response.get_redirect_history().is_none());
    let request = plain()
        .get(origin.url("/a"))
        .config()
        .save_redirect_history(true)
        .build();
    let response = request.call().unwrap();
    let last = response.get_redirect_history().unwrap().last().unwrap();
    assert_eq!(last.to_string(), origin.url("/b"));
}

#[test]
fn an_error_status_takes_the_response_with_it() {
    // The reason why the cache asks for responses.
    let origin = Origin::script(vec![Reply::new(404, &[], "not here")]);
    assert!(matches!(
        plain().get(origin.url("/")).call(),
        Err(Error::StatusCode(404))
    ));
}

#[test]
fn framed_bodies_that_break_off_are_errors_and_others_are_not() {
    // The trust table.
    let read = |reply: Reply| {
        let origin = Origin::script(vec![reply]);
        let mut text = String::new();
        let mut body = plain()
            .get(origin.url("/"))
            .call()
            .unwrap()
            .into_body()
            .into_reader();
        body.read_to_string(&mut text)
            .map(|_| text)
            .map_err(|error| error.kind())
    };
    let length = Reply::new(200, &[], "hello, world");
    assert_eq!(
        read(length.clone().cut(length.len() - 5)),
        Err(ErrorKind::UnexpectedEof)
    );
    let chunked = Reply::chunked(200, &[], &[b"hello, ", b"world"]);
    assert_eq!(
        read(chunked.clone().cut(chunked.len() - 9)),
        Err(ErrorKind::UnexpectedEof)
    );
    let unframed = Reply::raw("HTTP/1.1 200 OK\r\n\r\nhello, ");
    assert_eq!(read(unframed.clone().closing()), Ok("hello, ".into()));
    assert_eq!(read(unframed.reset()), Ok("hello, ".into()));
}

#[test]
fn conditions_travel_along_with_redirects_and_credentials_do_not() {
    // The reason why a 304 from elsewhere confirms nothing.
    let origin = Origin::new(|asked, _| match asked.path.as_str() {
        "/a" => Reply::new(302, &[("Location", "/b")], ""),
        _ => Reply::new(304, &[], ""),
    });
    let request = plain().get(origin.url("/a"));
    let request = request
        .header("if-none-match", "\"1\"")
        .header("if-modified-since", "Thu, 01 Jan 1970 00:00:01 GMT")
        .header("range", "bytes=0-1")
        .header("if-range", "\"1\"")
        .header("authorization", "Bearer a")
        .header("cookie", "a=b");
    assert_eq!(request.call().unwrap().status(), 304);
    let asked = &origin.asked()[1];
    assert_eq!(asked.path, "/b");
    for kept in ["if-none-match", "if-modified-since", "range", "if-range"] {
        assert!(asked.field(kept).is_some(), "{kept}");
    }
    for gone in ["authorization", "cookie"] {
        assert_eq!(asked.field(gone), None);
    }
}

#[test]
fn userinfo_becomes_authorization_below_every_middleware() {
    // The reason why userinfo is part of the partition.
    let seen = Arc::new(Mutex::new(false));
    let saw = Arc::clone(&seen);
    let look = move |request: Request<SendBody>, next: MiddlewareNext| {
        *saw.lock().unwrap() = request.headers().contains_key("authorization");
        next.handle(request)
    };
    let origin = Origin::script(vec![Reply::new(200, &[], "")]);
    let agent = Agent::config_builder()
        .proxy(None)
        .middleware(look)
        .build()
        .new_agent();
    agent
        .get(origin.url("/").replace("//", "//alice:secret@"))
        .call()
        .unwrap();
    assert!(!*seen.lock().unwrap());
    assert_eq!(
        origin.asked()[0].field("authorization"),
        Some("Basic YWxpY2U6c2VjcmV0")
    );
}

#[test]
fn a_body_that_has_ended_can_be_read_once_more() {
    // How `source::Probed` tells what was decoded; a decoder would report that nothing is there.
    for reply in [
        Reply::new(200, &[], "hello"),
        Reply::chunked(200, &[], &[b"hello"]),
        Reply::raw("HTTP/1.1 200 OK\r\n\r\nhello").closing(),
    ] {
        let origin = Origin::script(vec![reply]);
        let mut response = plain().get(origin.url("/")).call().unwrap();
        assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
        assert_eq!(response.body_mut().as_reader().read(&mut [0]).unwrap(), 0);
    }
}

#[cfg(any(feature = "gzip", feature = "brotli"))]
#[test]
fn a_decoder_without_input_reports_that() {
    // The other half of it.
    let brotli: &[u8] = &[0x0b, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03];
    let gzip: &[u8] = &[
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xd7, 0x51,
        0x28, 0xcf, 0x2f, 0xca, 0x49, 0x01, 0x00, 0x3a, 0x72, 0xab, 0xff, 0x0c, 0x00, 0x00, 0x00,
    ];
    for (on, coding, body) in [
        (cfg!(feature = "gzip"), "gzip", gzip),
        (cfg!(feature = "brotli"), "br", brotli),
    ] {
        if !on {
            continue;
        }
        let origin = Origin::script(vec![Reply::new(200, &[("Content-Encoding", coding)], body)]);
        let mut response = plain().get(origin.url("/")).call().unwrap();
        assert!(response.body_mut().read_to_string().unwrap().starts_with("hello"));
        assert!(
            response.body_mut().as_reader().read(&mut [0]).is_err(),
            "{coding}"
        );
    }
}

#[cfg(feature = "gzip")]
#[test]
fn a_head_with_content_encoding_cannot_be_read() {
    // The reason why bodies of HEAD and 304 are dropped.
    let origin = Origin::script(vec![Reply::head(
        200,
        &[("Content-Encoding", "gzip"), ("Content-Length", "9")],
    )]);
    let mut response = plain().head(origin.url("/")).call().unwrap();
    assert!(response.body_mut().read_to_vec().is_err());
}

#[cfg(feature = "gzip")]
#[test]
fn a_decoded_body_shows_no_framing() {
    // The reason for `unproven_framing`.
    let lines = [("Content-Encoding", "gzip")];
    let origin = Origin::script(vec![Reply::new(200, &lines, [0x1f, 0x8b])]);
    let response = plain().get(origin.url("/")).call().unwrap();
    for name in ["content-encoding", "content-length", "transfer-encoding"] {
        assert!(!response.headers().contains_key(name));
    }
    assert_eq!(response.body().content_length(), None);
}

#[cfg(feature = "charset")]
#[test]
fn a_transcoded_body_keeps_the_length_of_the_bytes_before() {
    let lines = [("Content-Type", "text/plain; charset=iso-8859-1")];
    let origin = Origin::script(vec![Reply::new(200, &lines, [0xE9])]);
    let response = plain().get(origin.url("/")).call().unwrap();
    assert_eq!(response.body().content_length(), Some(1));
    assert_eq!(response.into_body().read_to_vec().unwrap(), [0xC3, 0xA9]);
}
