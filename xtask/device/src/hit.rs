//! Instructions of answers that need no network.

use core::hint::black_box;

use larder::store::Entry;
use larder::{Action, EntryId, Exchange, RequestHead, Target};
use larder_embedded::blocking::ready;
use larder_embedded::validators::{Check, Poller, Validators};
use larder_embedded::wire::{HttpTransport, PlainCodec};
use larder_embedded::{Request, Transport};

use crate::futures::{Network, RESPONSE};
use crate::heads::Heads;
use crate::stack::{CONFIG, store};
use crate::{instructions, say};

pub fn measure(heads: &Heads<'_>) {
    let padded = &heads.request;
    let count = padded
        .headers
        .iter()
        .take_while(|(name, _)| !name.is_empty())
        .count();
    let request = &RequestHead {
        method: padded.method,
        target: padded.target,
        partition: padded.partition,
        headers: &padded.headers[..count],
    };
    for (name, response) in [("hit", &heads.plain), ("hit-vary", &heads.response)] {
        let mut buffer = [0; 1024];
        let (facts, head) = store(heads, response, &mut buffer, &mut 0);
        let entry = Entry::trusted(head).expect("a head");
        let decide = || {
            let mut exchange = Exchange::new(&CONFIG, 7);
            let _ = exchange.start(black_box(request));
            let _ = exchange.offer(
                black_box(request),
                EntryId(1),
                black_box(&facts),
                black_box(&entry),
            );
            exchange.heads_done(black_box(heads.fresh()))
        };
        assert!(matches!(decide(), Action::Serve(_)));
        say(name, instructions::of(decide));
    }
    let uri = "https://www.example.test/static/js/app.3f2a1c9b.js";
    say(
        "target",
        instructions::of(|| Target::parse(black_box(uri)).is_ok()),
    );
    poll(heads);
}

/// A poll of what is fresh, among four URLs.
fn poll(heads: &Heads<'_>) {
    let mut kept = Validators::new([0; Validators::bytes(4)], [7; 16]);
    let (mut head, mut ahead) = ([0; 512], [0; 128]);
    let transport = HttpTransport::new(Network::new(RESPONSE), PlainCodec, &mut head, &mut ahead);
    let now = heads.fresh();
    let mut poller = Poller::new(CONFIG, &mut kept, transport, || now);
    for uri in [
        "http://e.test/1",
        "http://e.test/2",
        "http://e.test/3",
        "http://e.test/image.bin",
    ] {
        let request = Request::get(uri).expect("a URI");
        let Some(Ok(Check::Changed(mut response))) = ready(poller.check(&request)) else {
            panic!("nothing is kept yet")
        };
        let mut body = [0; 8];
        while ready(response.read(&mut body))
            .expect("no waiting")
            .expect("a body")
            > 0
        {}
        assert!(response.keep([1; 32]).kept.is_ok());
    }
    let request = Request::get("http://e.test/image.bin").expect("a URI");
    let mut check = || {
        matches!(
            ready(poller.check(black_box(&request))),
            Some(Ok(Check::Unchanged(_)))
        )
    };
    assert!(check());
    say("poll", instructions::of(check));
    let _ = poller.transport().ended();
}
