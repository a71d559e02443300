#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| larder_oracles::age_and_delta::check(data));
