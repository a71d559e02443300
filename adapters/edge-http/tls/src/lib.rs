//! The TLS of the page "larder on your board", as the firmware has it, on the host.

#[path = "../../../../examples/firmware/src/tls.rs"]
pub mod tls;
