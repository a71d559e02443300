#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| larder_oracles::embedded_wire::check(data));
