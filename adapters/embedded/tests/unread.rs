//! Bodies that nobody wants to see.

mod support;

use std::cell::Cell;

use larder::store::slots::SlotStore;
use larder_embedded::wire::{HttpTransport, PlainCodec};
use larder_embedded::{Client, Request};
use support::device::{PRIVATE, URL, body, device, tagged};
use support::slow::Slow;
use support::{Net, Reply, TestClock, field, run};

/// How often the store is asked while an entry with so long a body is validated.
fn operations_of_a_validation(length: usize) -> usize {
    let stored = "x".repeat(length);
    let net = Net::new(move |request| {
        let confirmed = field(request, "if-none-match").is_some();
        let status = if confirmed { 304 } else { 200 };
        Reply::of(status, "ETag: \"1\"\r\nCache-Control: max-age=10\r\n", &stored)
    });
    let clock = TestClock::default();
    let mut store = Slow::new(SlotStore::<4, 512, 1024>::new(1));
    let mut counts = [0; 2];
    for (step, count) in counts.iter_mut().enumerate() {
        let (mut head, mut ahead, mut heads) = ([0; 512], [0; 128], [0; 1024]);
        let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
        let mut client = Client::new(PRIVATE, &mut store, transport, &clock);
        run(client.validate(&Request::get(URL).unwrap(), &mut heads)).unwrap();
        assert_eq!(client.counters().stored as usize, 1 - step);
        assert_eq!(client.counters().validated as usize, step);
        *count = store.operations.get();
    }
    counts[1] - counts[0]
}

#[test]
fn a_validation_does_not_read_the_stored_body() {
    assert_eq!(operations_of_a_validation(1000), operations_of_a_validation(0));
}

#[test]
fn the_rest_of_a_stored_body_is_skipped() {
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=60"));
    device(&net, async |mut client, _, buffer| {
        let request = Request::get(URL).unwrap();
        body(&mut client.send(&request, buffer).await.unwrap()).await;
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert!(!answer.finish(3).await.unwrap());
        assert_eq!(body(&mut answer).await, "sion 1");
        for limit in [9, 10] {
            let mut answer = client.send(&request, buffer).await.unwrap();
            assert!(answer.finish(limit).await.unwrap(), "{limit}");
            assert_eq!(body(&mut answer).await, "");
        }
    });
}
