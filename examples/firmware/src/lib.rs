//! A dashboard that polls three resources every five minutes for a simulated day: all of it but the HTTP
//! stack, which is each image's own (`bin`).
//!
//! Arguments: the origin's URL, and `cache` or `plain`. With the cache, the device restarts at
//! half past ten and keeps the RAM of its store; in the afternoon it learns the time by another way than
//! from responses.

#![no_std]

mod air;
mod net;
#[cfg(feature = "page")]
pub mod page;
mod retained;
mod stack;
mod text;
mod time;
#[cfg(feature = "page")]
pub mod tls;

use core::cell::Cell;
use core::fmt::Debug;

use embassy_futures::select::{Either, select};
use embassy_net::{Config as NetConfig, Ipv4Address, Ipv4Cidr, Stack, StackResources, StaticConfigV4};
use larder::store::arena::ArenaStore;
use larder::{Config, EntryId, Headers, Partition, RequestHead, Target};
use larder_embedded::{Client, Clock, EmbassyClock, Error, Request, StoreLock, Transport};
use semihosting::{println, process};

pub use air::Air;
use retained::{Day, Tally};
use text::{decimal, join};

/// 2026-07-14T00:00:00Z, in seconds.
const MIDNIGHT: i64 = 1_783_987_200;
const DAY: u32 = 24 * 3600;
const PERIOD: u32 = 300;
const RESET: u32 = 37_800; // 10:30, when nothing has changed for a while
const SNTP: u32 = 15 * 3600;

static RULES: Config = Config::private();

struct Tile {
    path: &'static str,
    drawn: Option<EntryId>,
}

/// Starts the board, connects it, and does what `app` does with the errand: the app makes a transport
/// of its HTTP stack on the network, and [runs](Errand::run) the errand with it.
pub fn start(app: impl AsyncFnOnce(Stack<'_>, Errand<'_>) -> bool) -> ! {
    stack::paint();
    let arguments = semihosting::experimental::env::args::<256>().expect("arguments");
    let mut arguments = (&arguments).skip(1).map(|argument| argument.expect("UTF-8"));
    let origin = arguments.next().expect("the origin's URL");
    let cached = arguments.next() == Some("cache");

    let peripherals = cortex_m::Peripherals::take().expect("the first to ask");
    time::start(peripherals.SYST);
    // SAFETY: this is the only place that asks for either, and it runs once a boot.
    let (device, (day, bytes)) = unsafe { (net::Nic::new(), retained::take()) };
    day.boots += 1;

    let config = NetConfig::ipv4_static(StaticConfigV4 {
        address: Ipv4Cidr::new(Ipv4Address::new(192, 0, 2, 15), 24),
        gateway: Some(Ipv4Address::new(192, 0, 2, 2)),
        dns_servers: Default::default(),
    });
    let mut resources = StackResources::<2>::new();
    let seed = 0x1234_5678 + u64::from(day.boots);
    let (network, mut runner) = embassy_net::new(device, config, &mut resources, seed);
    let errand = Errand {
        origin,
        cached,
        day: &mut *day,
        bytes,
    };
    let app = async {
        network.wait_config_up().await;
        app(network, errand).await
    };
    let finished = match embassy_futures::block_on(select(runner.run(), app)) {
        Either::First(never) => never,
        Either::Second(finished) => finished,
    };
    println!("stack {} of {} bytes", stack::high_water(), stack::size());
    if day.seconds < DAY && finished {
        println!("reset at {} s", day.seconds);
        cortex_m::peripheral::SCB::sys_reset();
    }
    let Tally {
        hits,
        validated,
        misses,
        drawn,
        store_errors,
        air,
    } = day.tally;
    println!("boots {}", day.boots);
    println!("hits {hits} validated {validated} misses {misses} drawn {drawn} store errors {store_errors}");
    println!("air {air} bytes");
    process::exit(if finished { 0 } else { 1 })
}

/// What there is to do.
pub struct Errand<'a> {
    origin: &'a str,
    cached: bool,
    day: &'a mut Day,
    bytes: &'a mut [u8],
}

impl Errand<'_> {
    /// Does it with this transport, whose bytes are counted; whether it could.
    pub async fn run<T: Transport>(self, transport: T, air: &Cell<u32>) -> bool
    where
        T::Error: Debug,
    {
        let ended = match self.cached {
            true => with_cache(self.origin, self.day, self.bytes, transport, air).await,
            false => without(self.origin, self.day, transport, air).await,
        };
        if let Err(error) = &ended {
            println!("error: {error:?}");
        }
        ended.is_ok()
    }
}

fn tiles() -> [Tile; 3] {
    ["/weather.json", "/quote.txt", "/map.bmp"].map(|path| Tile { path, drawn: None })
}

/// The rest of the day, or of the morning.
async fn with_cache<T: Transport>(
    origin: &str,
    day: &mut Day,
    bytes: &mut [u8],
    transport: T,
    air: &Cell<u32>,
) -> Result<(), Error<T::Error>>
where
    T::Error: Debug,
{
    let mut store = ArenaStore::attach_or_format(bytes, 0x5eed, 8).expect("room for a store");
    println!("boot {} finds {} entries", day.boots, store.entries());
    // A domain of its own for each boot: what was measured before the reset says nothing now.
    let (clock, booted) = (EmbassyClock::new(day.boots), day.seconds);
    let mut client = Client::new(RULES, &mut store, transport, &clock);
    let mut heads = [0; 1024];
    let mut tiles = tiles();
    let (mut printed, mut last) = (false, Tally::default());
    loop {
        day.seconds = booted + (clock.elapsed_ms() / 1000) as u32;
        if day.seconds >= SNTP {
            clock.set_utc((MIDNIGHT + i64::from(day.seconds)) * 1000);
        }
        for tile in &mut tiles {
            let drawn = poll(&mut client, origin, day.seconds, tile, &mut heads, &mut printed).await?;
            day.tally.drawn += u32::from(drawn);
        }
        let counters = client.counters();
        day.tally.hits += counters.hits - last.hits;
        day.tally.validated += counters.validated - last.validated;
        day.tally.misses += counters.misses - last.misses;
        day.tally.store_errors += counters.store_errors - last.store_errors;
        day.tally.air += air.get() - last.air;
        last = Tally {
            hits: counters.hits,
            validated: counters.validated,
            misses: counters.misses,
            store_errors: counters.store_errors,
            air: air.get(),
            ..last
        };
        day.seconds += PERIOD;
        let reset = booted < RESET && day.seconds >= RESET;
        if reset || day.seconds >= DAY {
            return Ok(());
        }
        time::skip(PERIOD * 1000);
    }
}

/// One tile: drawn again only when its body is another one. The query-free URI is what the cache
/// sees; the origin learns the time of day from a field, so that it need not run for a day.
async fn poll<L: StoreLock, T: Transport, C: Clock>(
    client: &mut Client<L, T, C>,
    origin: &str,
    seconds: u32,
    tile: &mut Tile,
    heads: &mut [u8],
    printed: &mut bool,
) -> Result<bool, Error<T::Error>> {
    let (url, time) = (join(origin, tile.path), decimal(seconds));
    let fields = [("sim-time", time.as_str())];
    let request = Request::get(url.as_str())?.with_fields(&fields);
    if !core::mem::replace(printed, true) {
        let mut scratch = [0; 8];
        println!(
            "client {} bytes, future {} bytes",
            size_of_val(client),
            size_of_val(&client.send(&request, &mut scratch))
        );
    }
    let mut answer = client.send(&request, heads).await?;
    if answer.entry().is_some() && answer.entry() == tile.drawn {
        return Ok(false);
    }
    let mut chunk = [0; 128];
    let (mut sum, mut length) = (0u32, 0);
    loop {
        let count = answer.read(&mut chunk).await?;
        if count == 0 {
            break;
        }
        length += count;
        sum = chunk[..count].iter().fold(sum, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u32::from(*byte))
        });
    }
    tile.drawn = answer.entry();
    println!(
        "draw {} at {seconds}: {} {length} bytes, sum {sum:08x}, {}",
        tile.path,
        answer.status(),
        answer.reason().text()
    );
    Ok(true)
}

/// The same day without a cache.
async fn without<T: Transport>(
    origin: &str,
    day: &mut Day,
    mut transport: T,
    air: &Cell<u32>,
) -> Result<(), Error<T::Error>> {
    while day.seconds < DAY {
        for tile in tiles() {
            let (url, time) = (join(origin, tile.path), decimal(day.seconds));
            let request = RequestHead {
                method: "GET",
                target: Target::parse(url.as_str())?,
                partition: Partition::COMMON,
                headers: &[("sim-time", time.as_str())],
            };
            transport.send(&request, &[]).await.map_err(Error::Transport)?;
            assert!(transport.head().headers.has("etag"));
            let mut chunk = [0; 128];
            while transport.read(&mut chunk).await.map_err(Error::Transport)? > 0 {}
            day.tally.misses += 1;
            day.tally.drawn += 1;
        }
        day.seconds += PERIOD;
        time::skip(PERIOD * 1000);
    }
    day.tally.air = air.get();
    Ok(())
}
