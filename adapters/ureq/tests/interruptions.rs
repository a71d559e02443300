//! Reads that a signal interrupts: ureq says so where there is no timeout, for callers who look at flags then.

mod origin;

use std::io::{ErrorKind, Read};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use larder_ureq::{Cache, MemoryStore};
use origin::{Origin, Reply};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, TcpConnector, Transport,
};
use ureq::{Agent, Error};

/// Interrupts what its transports wait for, whenever content may come.
#[derive(Debug)]
struct Interrupting;

#[derive(Debug)]
struct Interrupted<T> {
    transport: T,
    waited: u32,
}

impl<In: Transport> Connector<In> for Interrupting {
    type Out = Interrupted<In>;

    fn connect(&self, _: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(|transport| Interrupted { transport, waited: 0 }))
    }
}

impl<T: Transport> Transport for Interrupted<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.transport.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.waited += 1;
        // the first is for the head
        match self.waited % 2 {
            0 => Err(Error::Io(ErrorKind::Interrupted.into())),
            _ => self.transport.await_input(timeout),
        }
    }

    fn is_open(&mut self) -> bool {
        self.transport.is_open()
    }
}

/// Reads to the end, and how often it was interrupted; `None` when it takes too long.
fn read(agent: &Agent, url: &str) -> Option<(Vec<u8>, usize)> {
    let mut body = agent.get(url).call().unwrap().into_body().into_reader();
    let (done, wait) = mpsc::channel();
    thread::spawn(move || {
        let (mut bytes, mut interrupted, mut chunk) = (Vec::new(), 0, [0; 4096]);
        loop {
            match body.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => bytes.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted && interrupted < 10_000 => {
                    interrupted += 1;
                }
                Err(_) => return,
            }
        }
        done.send((bytes, interrupted)).unwrap_or_default();
    });
    wait.recv_timeout(Duration::from_secs(30)).ok()
}

#[test]
fn an_interrupted_body_goes_on_and_the_caller_hears_of_it() {
    let fresh = [("Cache-Control", "max-age=60")];
    let body = vec![b'x'; 300_000];
    let mut unframed = b"HTTP/1.0 200 OK\r\nCache-Control: max-age=60\r\n\r\n".to_vec();
    unframed.extend_from_slice(&body);
    for (reply, stored) in [
        (Reply::new(200, &fresh, &body), 1),
        (Reply::chunked(200, &fresh, &[&body]), 1),
        (Reply::raw(unframed).closing(), 0),
    ] {
        for collapse in [true, false] {
            let origin = Origin::script(vec![reply.clone()]);
            let cache = Cache::builder(MemoryStore::new(8 << 20))
                .collapse(collapse)
                .build();
            let config = Agent::config_builder().proxy(None).middleware(cache.middleware());
            let connector = ().chain(TcpConnector::default()).chain(Interrupting);
            let agent = Agent::with_parts(config.build(), connector, DefaultResolver::default());
            let (bytes, interrupted) = read(&agent, &origin.url("/")).unwrap();
            assert!(bytes == body && interrupted > 0, "{} {interrupted}", bytes.len());
            assert_eq!(cache.usage().unwrap().entries, stored);
        }
    }
}
