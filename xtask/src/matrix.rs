//! `cargo xtask matrix`: the ureq adapter with ureq's features on and off.
//!
//! Each set is a cargo call of its own: within one, cargo turns on for everybody what anybody
//! asks for.

use anyhow::Result;

use crate::command;
use crate::workspace::Workspace;

const ADAPTER: &str = "larder-ureq";

/// The features of ureq that change what arrives above it, or how.
const FEATURES: [&str; 7] = [
    "brotli",
    "charset",
    "cookies",
    "gzip",
    "json",
    "native-tls",
    "rustls",
];

/// What tests depend on; the default set is the empty one.
const TESTED: [&str; 3] = ["", "brotli,charset,gzip,json", "brotli,charset,cookies,gzip,json"];

/// Checks each feature alone and all together, tests the sets that behave differently, and
/// runs the tests over HTTPS.
pub fn run(workspace: &Workspace) -> Result<()> {
    let call = |verb: &str, features: &str| {
        let mut cargo = workspace.cargo();
        cargo.args([verb, "--quiet", "--package", ADAPTER, "--no-default-features"]);
        if !features.is_empty() {
            cargo.args(["--features", features]);
        }
        command::run(&mut cargo)
    };
    for feature in FEATURES {
        call("check", feature)?;
    }
    call("check", &FEATURES.join(","))?;
    for features in TESTED {
        call("test", features)?;
    }
    // A package outside the workspace: its two TLS libraries are nobody else's business.
    for arguments in [
        ["fmt", "--check"].as_slice(),
        &[
            "test",
            "--quiet",
            "--locked",
            "--target-dir",
            "../../../target/tls",
        ],
    ] {
        let mut https = workspace.cargo();
        https.current_dir(workspace.root.join("adapters/ureq/tls"));
        command::run(https.args(arguments))?;
    }
    Ok(())
}
