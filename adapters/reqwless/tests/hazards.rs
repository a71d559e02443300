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
    let tag = [(&b"If-None-Match"[..], &b"\"\xff\""[..])];
    let sent = requests::send(ReqwlessCodec, 99, &requests::request("GET", uri, &tag), &[]);
    assert!(!sent.unwrap().contains("If-None-Match"));
    let other = [(&b"X-Bytes"[..], &b"\xff"[..])];
    let sent = requests::send(ReqwlessCodec, 99, &requests::request("GET", uri, &other), &[]);
    assert_eq!(sent, Err(WireError::Request));
}
