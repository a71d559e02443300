//! What the cache takes for granted of ureq. Should a new version of ureq fail here, the place
//! that relies on it has to change.

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
