//! A caching reverse proxy on `larder-ureq`: a program that is useful by itself, and what
//! `cargo xtask conformance` puts in front of the public HTTP caching suite.

mod arguments;
mod body;
mod client;
mod decoding;
mod exchange;
mod fields;
mod log;
mod server;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use arguments::{Arguments, Refused};
use client::{Client, REQUESTS};
use exchange::Proxy;
use tokio::net::TcpListener;

fn main() -> ExitCode {
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(Refused::Asked(answer)) => answer.exit(),
        Err(Refused::Wrong(line)) => {
            eprintln!("reverse-proxy: {line}");
            return ExitCode::from(2);
        }
    };
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reverse-proxy: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new(&arguments);
    if decoding::decodes(&client::uncached(&arguments))? {
        return Err("built with a ureq that decodes bodies, which a proxy must not do".into());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(REQUESTS)
        .build()?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind(arguments.listen)
            .await
            .map_err(|error| format!("cannot listen on {}: {error}", arguments.listen))?;
        let address = listener.local_addr()?;
        writeln!(std::io::stdout(), "listening on http://{address}")?;
        let proxy = Arc::new(Proxy {
            client,
            origin: arguments.origin,
            patience: Duration::from_secs(arguments.timeout.into()),
        });
        server::run(listener, Arc::clone(&proxy)).await?;
        if let Some(cache) = &proxy.client.cache {
            eprintln!("stopped: {}", log::totals(&cache.stats()));
        }
        Ok(())
    });
    // A thread that still waits for the origin does not hold the program up.
    runtime.shutdown_timeout(Duration::from_millis(100));
    served
}
