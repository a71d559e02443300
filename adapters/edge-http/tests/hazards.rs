//! edge-http's codec against the bytes that every codec must survive.

#[path = "../../embedded/tests/support/mod.rs"]
mod support;

use larder_edge_http::EdgeCodec;
use support::{hazards, idle, requests, whole};

const LIMITS: requests::Limits = requests::Limits {
    repeats: false,
    methods: &["get", "SPOON"],
    fields: Some(14),
    says_empty: true,
};

#[test]
fn hazards() {
    hazards::run_all(|| EdgeCodec);
}

#[test]
fn entries_are_whole() {
    whole::entries_are_whole(|| EdgeCodec);
}

#[test]
fn unconditional_304() {
    whole::unconditional_304(|| EdgeCodec);
}

#[test]
fn kept_connections() {
    idle::before_reuse(|| EdgeCodec);
    idle::under_a_request(|| EdgeCodec);
    idle::again_and_again(|| EdgeCodec);
    idle::when_the_request_says_close(|| EdgeCodec);
}

#[test]
fn requests() {
    requests::are_written_whole(|| EdgeCodec, &LIMITS);
    requests::are_refused(|| EdgeCodec, &LIMITS);
}

#[test]
fn futures_are_small() {
    whole::futures_are_small(EdgeCodec);
}
