//! A device that polls one resource.

use std::cell::Cell;

use larder::Config;
use larder::store::slots::SlotStore;
use larder_embedded::wire::{HttpTransport, PlainCodec};
use larder_embedded::{Answer, Client, Clock, StoreLock, Transport};

use super::{Net, Reply, TestClock, field, run};

pub type Slots = SlotStore<4, 512, 64>;

pub static PRIVATE: Config = Config::private();

/// One resource whose version changes; a day-old tag gets a 200, the current one a 304.
pub fn tagged<'v>(version: &'v Cell<u32>, directives: &'static str) -> impl FnMut(&str) -> Reply + 'v {
    move |request| {
        if request.starts_with("POST") {
            version.set(version.get() + 1);
            return Reply::of(204, "", "");
        }
        let tag = format!("\"{}\"", version.get());
        let fields = format!("Cache-Control: {directives}\r\nETag: {tag}\r\n");
        match field(request, "if-none-match") == Some(&tag) {
            true => Reply::of(304, &fields, ""),
            false => Reply::of(200, &fields, &format!("version {}", version.get())),
        }
    }
}

pub async fn body<L: StoreLock, T: Transport, C: Clock>(answer: &mut Answer<'_, L, T, C>) -> String {
    let mut buffer = [0; 256];
    let bytes = answer.read_all(&mut buffer).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub type Device<'d, 'n, 'h> =
    Client<&'d mut Slots, HttpTransport<'d, &'n Net<'h>, PlainCodec>, &'d TestClock>;

/// What a device with these rules does, with its clock and a buffer for heads; afterwards, what it has
/// stored.
pub fn device_with(
    config: Config,
    net: &Net<'_>,
    test: impl AsyncFnOnce(Device<'_, '_, '_>, &TestClock, &mut [u8]),
) -> Slots {
    let mut store = Slots::new(1);
    device_on(&mut store, config, net, test);
    store
}

/// The same with a store that has something in it.
pub fn device_on(
    store: &mut Slots,
    config: Config,
    net: &Net<'_>,
    test: impl AsyncFnOnce(Device<'_, '_, '_>, &TestClock, &mut [u8]),
) {
    let clock = TestClock::default();
    let (mut head, mut ahead, mut buffer) = ([0; 512], [0; 128], [0; 1024]);
    let transport = HttpTransport::new(net, PlainCodec, &mut head, &mut ahead);
    let client = Client::new(config, store, transport, &clock);
    run(test(client, &clock, &mut buffer));
}

/// The same with the rules of a private cache.
pub fn device(net: &Net<'_>, test: impl AsyncFnOnce(Device<'_, '_, '_>, &TestClock, &mut [u8])) -> Slots {
    device_with(PRIVATE, net, test)
}

pub const URL: &str = "http://dash.test/weather";
