//! What must hold of larder for any bytes. Each module is a fuzz target: its `check` panics when
//! an oracle finds a wrong answer. `fuzz/fuzz_targets` hands them libFuzzer's bytes; the tests of
//! this package hand them every file of `fuzz/corpus`, and random bytes, on stable Rust.
//!
//! Text from the fuzzer is read as lines; `input` says how.

pub mod age_and_delta;
pub mod arena_bytes;
pub mod cache_control;
pub mod content_range;
pub mod embedded_wire;
pub mod etag;
pub mod exchange;
pub mod http_date;
pub mod input;
pub mod key_normalisation;
pub mod list_syntax;
pub mod merge304;
pub mod packed_head;
pub mod persisted_facts;
pub mod range;
pub mod request_head;
pub mod response_head;
pub mod spelling;
pub mod states;
pub mod store_operations;
pub mod structured_fields;
pub mod vary;
pub mod visits;
pub mod work;

/// The second implementation of RFC 9111 that core's own tests compare with.
#[path = "../../../core/tests/model/mod.rs"]
#[allow(missing_docs)]
pub mod model;

/// The model of a store that core's own tests compare with.
#[path = "../../../core/tests/stores/model.rs"]
#[allow(missing_docs, dead_code)]
pub mod store_model;

/// How many random cases its own tests take, which are compiled here, too.
#[cfg(test)]
fn cases() -> proptest::test_runner::Config {
    proptest::test_runner::Config::default()
}

/// A fuzz target.
#[derive(Clone, Copy)]
pub struct Target {
    /// The name of the target, of its corpus folder and of its module.
    pub name: &'static str,
    /// Panics when something is wrong.
    pub check: fn(&[u8]),
}

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        /// Every target.
        pub const TARGETS: &[Target] = &[$(Target { name: stringify!($name), check: $name::check }),*];
    };
}

targets![
    age_and_delta,
    arena_bytes,
    cache_control,
    content_range,
    embedded_wire,
    etag,
    exchange,
    http_date,
    key_normalisation,
    list_syntax,
    merge304,
    packed_head,
    persisted_facts,
    range,
    request_head,
    response_head,
    states,
    store_operations,
    structured_fields,
    vary,
];
