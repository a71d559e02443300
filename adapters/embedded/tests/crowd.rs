//! Several clients on one store, whose steps fall between each other's: whatever one has changed,
//! a request that starts afterwards never sees what was before, head and body are of one response,
//! and what answers by itself is no older than it may be.

mod support;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;
use larder::store::Store;
use larder::store::arena::ArenaStore;
use larder::store::heap::HeapStore;
use larder::store::slots::SlotStore;
use larder::{Config, Headers, Now};
use larder_embedded::wire::{HttpTransport, PlainCodec};
use larder_embedded::{Client, Request};
use support::draw::Draw;
use support::slow::Slow;
use support::{DAY, Net, Reply, field, run};

const PATHS: usize = 3; // few: much falls between each other
const CLIENTS: usize = 3;
const LANGUAGES: [&str; 2] = ["de", "en"];
/// Seconds that a response is fresh.
const FRESH: u64 = 20;
/// Seconds more that it may answer for an origin that fails.
const STALE: u64 = 5;

/// What is true, and since when.
struct World {
    ms: Cell<u64>,
    versions: [Cell<u32>; PATHS],
    /// When each version of a path came, in milliseconds.
    since: [RefCell<Vec<u64>>; PATHS],
    /// The version that every request for a path sees that starts from now on.
    least: [Cell<u32>; PATHS],
}

impl World {
    fn new() -> Self {
        Self {
            ms: Cell::new(1000),
            versions: Default::default(),
            since: std::array::from_fn(|_| vec![0].into()),
            least: Default::default(),
        }
    }

    fn now(&self) -> Now {
        let ms = self.ms.get();
        Now::mono(1, ms).with_utc(DAY + ms as i64)
    }

    fn change(&self, path: usize) {
        self.versions[path].set(self.versions[path].get() + 1);
        self.since[path].borrow_mut().push(self.ms.get());
    }

    /// The version that was true before this time.
    fn at(&self, path: usize, ms: u64) -> u32 {
        let since = self.since[path].borrow();
        since.iter().rposition(|began| *began < ms).unwrap_or(0) as u32
    }

    fn answer(&self, request: &str, mood: u64) -> Reply {
        let path: usize = request.split(' ').nth(1).unwrap()[1..].parse().unwrap();
        if request.starts_with("POST") {
            self.change(path);
            // What Location names has changed as well.
            self.change(0);
            let told = [path, 0].map(|path| self.versions[path].get());
            return Reply::of(
                303,
                &format!("Location: /0\r\nX-Told: {} {}\r\n", told[0], told[1]),
                "",
            );
        }
        let version = self.versions[path].get();
        let language = field(request, "accept-language").unwrap_or("");
        let tag = format!("\"{version}{language}\"");
        let fields = format!(
            "Cache-Control: max-age={FRESH}, stale-if-error={STALE}\r\nVary: Accept-Language\r\nETag: {tag}\r\nX-Now: {version}{language}\r\n"
        );
        let head = request.starts_with("HEAD");
        let body = format!("{version}{language}").repeat(5);
        match field(request, "if-none-match") == Some(&tag) {
            true => Reply::of(304, &fields, ""),
            false if head => Reply::keep(format!(
                "HTTP/1.1 200 X\r\n{fields}Content-Length: {}\r\n\r\n",
                body.len()
            )),
            false if mood == 0 => Reply::close(format!(
                "HTTP/1.1 200 X\r\n{fields}Content-Length: {}\r\n\r\n{}",
                body.len(),
                &body[..3]
            )),
            false if mood == 1 => Reply::of(503, "", ""),
            false if mood == 2 => Reply::close(format!(
                "HTTP/1.1 200 X\r\n{fields}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
                body.len()
            )),
            false => Reply::of(200, &fields, &body),
        }
    }
}

/// One client: what it does, until it is dropped. `seen` counts answers that were fresh, confirmed, and
/// from the network.
async fn task<S: Store>(
    world: &World,
    net: &Net<'_>,
    store: &Mutex<NoopRawMutex, Slow<S>>,
    seed: u64,
    seen: &Cell<[u32; 3]>,
) {
    let mut draw = Draw::seeded(seed);
    let (mut head, mut ahead, mut buffer) = ([0; 512], [0; 64], [0; 1024]);
    let transport = HttpTransport::new(net, PlainCodec, &mut head, &mut ahead);
    let mut client = Client::new(Config::private(), store, transport, || world.now());
    loop {
        let path = draw.below(PATHS as u64) as usize;
        let uri = format!("http://a.test/{path}");
        let method = ["GET", "GET", "GET", "GET", "GET", "HEAD", "POST"][draw.below(7) as usize];
        let language = LANGUAGES[draw.below(2) as usize];
        let lines = [("Accept-Language", language), ("Cache-Control", "no-cache")];
        let lines = &lines[..1 + usize::from(draw.below(6) == 0)];
        let request = Request::new(method, &uri).unwrap().with_fields(lines);
        let (started, least) = (world.ms.get(), world.least[path].get());
        let whole = draw.below(6) > 0;
        let Ok(mut answer) = client.send(&request, &mut buffer).await else {
            continue;
        };
        if method == "POST" {
            assert_eq!(answer.status(), 303);
            let told = String::from_utf8(answer.get_one("x-told").unwrap().to_vec()).unwrap();
            for (path, told) in [path, 0].iter().zip(told.split(' ')) {
                let least = &world.least[*path];
                least.set(least.get().max(told.parse().unwrap()));
            }
            continue;
        }
        if answer.status() != 200 {
            continue;
        }
        let from_store = answer.is_from_store();
        let fresh = from_store && answer.reason() == larder::Reason::Fresh;
        let stale = from_store && answer.reason() == larder::Reason::StaleIfError;
        let now = String::from_utf8(answer.get_one("x-now").unwrap().to_vec()).unwrap();
        let (version, spoken) = now.split_at(now.len() - 2);
        let version: u32 = version.parse().unwrap();
        assert_eq!(spoken, language);
        let oldest = match (fresh, stale) {
            (true, _) => world.at(path, started.saturating_sub(FRESH * 1000)),
            (_, true) => world.at(path, started.saturating_sub((FRESH + STALE) * 1000)),
            _ => world.at(path, started),
        };
        assert!(
            version >= oldest,
            "{uri}: {version}, {oldest} is the oldest that may be"
        );
        assert!(version >= least, "{uri}: {version}, after {least} was told");
        let mut counts = seen.get();
        counts[if fresh {
            0
        } else if from_store {
            1
        } else {
            2
        }] += 1;
        seen.set(counts);
        let (mut body, mut chunk) = (Vec::new(), [0; 7]);
        if !whole {
            continue;
        }
        loop {
            match answer.read(&mut chunk).await {
                Ok(0) => break,
                Ok(count) => body.extend_from_slice(&chunk[..count]),
                Err(_) => {
                    body.clear();
                    break;
                }
            }
        }
        if !body.is_empty() {
            assert_eq!(String::from_utf8(body).unwrap(), now.repeat(5), "head and body");
        }
    }
}

fn history<S: Store>(store: S, seed: u64, seen: &Cell<[u32; 3]>) {
    let (world, mut moods) = (World::new(), Draw::seeded(seed));
    let net = Net::new(|request| world.answer(request, moods.below(20))).slowly(40);
    let store = Mutex::new(Slow::new(store));
    let mut draw = Draw::seeded(seed);
    let mut begun = 0;
    let mut start = || {
        begun += 1;
        let seed = seed * 1000 + begun;
        Box::pin(task(&world, &net, &store, seed, seen)) as Pin<Box<dyn Future<Output = ()> + '_>>
    };
    let mut tasks: Vec<_> = (0..CLIENTS).map(|_| start()).collect();
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..3000 {
        world.ms.set(world.ms.get() + draw.of(&[0, 1, 5, 400]));
        let which = draw.below(CLIENTS as u64) as usize;
        if draw.below(300) == 0 {
            tasks[which] = start(); // the one before is dropped
        }
        let _ = tasks[which].as_mut().poll(&mut context);
    }
}

#[test]
fn histories_of_several_clients() {
    // req: 9111-4.4-01, 9111-4-02, 9111-4.1-01
    let seen = Cell::new([0; 3]);
    for seed in 1..100u64 {
        history(SlotStore::<4, 512, 64>::new(1), seed, &seen);
        history(HeapStore::new(4096, 1), seed, &seen);
        let mut memory = vec![0; 36 + 8 * 144 + 50 * 68];
        history(ArenaStore::format(&mut memory, 1, 8).unwrap(), seed, &seen);
    }
    let seen = seen.get();
    assert!(seen.iter().all(|count| *count > 1000), "{seen:?}");
}

/// Two clients ask, and the one that asked first is slower to read: what is stored then is not what later
/// requests are answered with.
fn overtaken<S: Store>(store: S) {
    let bodies = RefCell::new(vec!["more", "new", "old"]);
    let fields = "Cache-Control: max-age=60\r\nDate: Tue, 14 Jul 2026 00:00:00 GMT\r\n";
    let net = Net::new(|_| Reply::of(200, fields, bodies.borrow_mut().pop().unwrap()));
    let world = World::new();
    let now = || world.now();
    let store: Mutex<NoopRawMutex, S> = Mutex::new(store);
    let (mut head, mut ahead, mut slow_heads) = ([0; 512], [0; 64], [0; 1024]);
    let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
    let mut slow = Client::new(Config::private(), &store, transport, now);
    let (mut head, mut ahead, mut heads) = ([0; 512], [0; 64], [0; 1024]);
    let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
    let mut quick = Client::new(Config::private(), &store, transport, now);
    run(async {
        let request = Request::get("http://a.test/").unwrap();
        let mut body = [0; 8];
        let mut late = slow.send(&request, &mut slow_heads).await.unwrap();
        world.ms.set(1001);
        let mut answer = quick.send(&request, &mut heads).await.unwrap();
        assert_eq!(answer.read_all(&mut body).await.unwrap(), b"new");
        assert_eq!(late.read_all(&mut body).await.unwrap(), b"old");
        for client in [&mut slow, &mut quick] {
            let mut answer = client.send(&request, &mut heads).await.unwrap();
            assert!(answer.is_from_store());
            assert_eq!(answer.read_all(&mut body).await.unwrap(), b"new");
        }
    });
}

#[test]
fn the_later_response_wins() {
    // req: 9111-4-12
    overtaken(SlotStore::<4, 512, 64>::new(1));
    overtaken(HeapStore::new(4096, 1));
    let mut memory = vec![0; 36 + 8 * 144 + 50 * 68];
    overtaken(ArenaStore::format(&mut memory, 1, 8).unwrap());
}
