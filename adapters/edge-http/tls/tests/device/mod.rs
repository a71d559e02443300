//! A device that polls one resource over TLS, a connection a poll as on the page.

use embassy_futures::block_on;
use larder::store::slots::SlotStore;
use larder::{Config, Now, Reason};
use larder_edge_http::transport;
use larder_edge_http_tls::tls::Tls;
use larder_embedded::wire::WireError;
use larder_embedded::{Client, Error, Request};

/// Why it answered so, and what; or the error of TLS.
pub type Outcome = Result<(Reason, String), String>;

pub struct Device {
    store: SlotStore<2, 512, 64>,
    authority: Vec<u8>,
}

impl Device {
    pub fn new(authority: &[u8]) -> Self {
        Self {
            store: SlotStore::new(1),
            authority: authority.to_vec(),
        }
    }

    /// Polls an origin at loopback, so many seconds after the start.
    pub fn poll(&mut self, port: u16, seconds: u64) -> Outcome {
        let stack = edge_nal_std::Stack::new();
        let (mut incoming, mut outgoing) = ([0; 16_640], [0; 1024]);
        let (mut head, mut ahead, mut heads) = ([0; 512], [0; 128], [0; 1024]);
        let tls = Tls {
            tcp: &stack,
            dns: &stack,
            buffers: Some((&mut incoming, &mut outgoing)),
            authority: &self.authority,
            random: rand_core::OsRng,
        };
        let network = transport(tls, &mut head, &mut ahead);
        let clock = || Now::mono(1, seconds * 1000).with_utc(1_783_987_200_000);
        let mut client = Client::new(Config::private(), &mut self.store, network, clock);
        let uri = format!("https://localhost:{port}/");
        let request = Request::get(&uri).unwrap();
        let sent = block_on(client.send(&request, &mut heads));
        let mut answer = sent.map_err(|error| match error {
            Error::Transport(WireError::Io(error)) => error.to_string(),
            error => panic!("no error of TLS: {error}"),
        })?;
        let reason = answer.reason();
        let mut body = [0; 64];
        let body = block_on(answer.read_all(&mut body)).unwrap();
        Ok((reason, String::from_utf8(body.to_vec()).unwrap()))
    }
}
