//! reqwless' codec against the bytes that every codec must survive.

#[path = "../../embedded/tests/support/mod.rs"]
mod support;

use larder_embedded::wire::WireError;
use larder_reqwless::ReqwlessCodec;
use support::{hazards, idle, requests, whole};

const LIMITS: requests::Limits = requests::Limits {
    repeats: true,
    methods: &["get", "SPOON", "CONNECT"],
    fields: Some(15),
    says_empty: false,
};

#[test]
fn hazards() {
    hazards::run_all(|| ReqwlessCodec);
}

#[test]
fn entries_are_whole() {
    whole::entries_are_whole(|| ReqwlessCodec);
}

#[test]
fn unconditional_304() {
    whole::unconditional_304(|| ReqwlessCodec);
}

#[test]
fn kept_connections() {
    idle::before_reuse(|| ReqwlessCodec);
    idle::under_a_request(|| ReqwlessCodec);
    idle::again_and_again(|| ReqwlessCodec);
    idle::when_the_request_says_close(|| ReqwlessCodec);
}

#[test]
fn requests() {
    requests::are_written_whole(|| ReqwlessCodec, &LIMITS);
    requests::are_refused(|| ReqwlessCodec, &LIMITS);
}

#[test]
fn futures_are_small() {
    whole::futures_are_small(ReqwlessCodec);
}

#[test]
fn validators_that_are_no_text_go_unsent() {
    let uri = "http://a.test/";
    // Nor does the date beside them: a 304 to it alone would say nothing of the tag.
    let date = &b"Thu, 01 Jan 2015 00:00:00 GMT"[..];
    let tag = [
        (&b"If-None-Match"[..], &b"\"\xff\""[..]),
        (&b"If-Modified-Since"[..], date),
    ];
    let sent = requests::send(ReqwlessCodec, 99, &requests::request("GET", uri, &tag), &[]).unwrap();
    assert!(
        !sent.contains("If-None-Match") && !sent.contains("If-Modified-Since"),
        "{sent}"
    );
    let sent = requests::send(ReqwlessCodec, 99, &requests::request("GET", uri, &tag[1..]), &[]);
    assert!(sent.unwrap().contains("If-Modified-Since"));
    let other = [(&b"X-Bytes"[..], &b"\xff"[..])];
    let sent = requests::send(ReqwlessCodec, 99, &requests::request("GET", uri, &other), &[]);
    assert_eq!(sent, Err(WireError::Request));
}
