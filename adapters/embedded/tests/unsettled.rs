//! Requests with unsafe methods whose invalidation the store cannot do: it must not answer as if nothing had
//! happened, neither until it can nor afterwards.

mod support;

use std::cell::Cell;

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;
use larder::store::slots::SlotStore;
use larder::{Config, Headers, Reason};
use larder_embedded::wire::{HttpTransport, PlainCodec};
use larder_embedded::{Client, Request, StoreLock, Transport};
use support::device::body;
use support::draw::Draw;
use support::slow::Slow;
use support::{Net, Reply, TestClock, cut, field, run};

type Store = Mutex<NoopRawMutex, Slow<SlotStore<4, 512, 64>>>;

fn store() -> Store {
    Mutex::new(Slow::new(SlotStore::new(1)))
}

/// How the origin answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Well,
    /// In chunks, and then it closes.
    Chunked,
    /// The same, without the end of the body.
    CutOff,
    /// POST is obeyed, and its answer is cut off.
    Silent,
    Error,
}

/// Three resources, `/0` to `/2`, whose versions POST counts up.
fn origin<'v>(versions: &'v [Cell<u32>; 3], mood: &'v Cell<Mood>) -> Net<'v> {
    Net::new(move |request| {
        let path = request.split(' ').nth(1).unwrap();
        let version = &versions[path[1..].parse::<usize>().unwrap()];
        if field(request, "x-refused").is_some() {
            return Reply::of(400, "", "");
        }
        if request.starts_with("POST") {
            version.set(version.get() + 1);
            return match mood.get() {
                Mood::Silent => Reply::close("HTTP/1.1 200 OK\r\nConte"),
                _ => Reply::of(303, "Location: /0\r\n", ""),
            };
        }
        let version = version.get();
        let tag = format!("\"{version}\"");
        let fields = format!("Cache-Control: max-age=60\r\nETag: {tag}\r\nX-Now: {version}\r\n");
        let chunked = format!(
            "HTTP/1.1 200 OK\r\n{fields}Transfer-Encoding: chunked\r\n\r\n3\r\n{version:03}\r\n0\r\n"
        );
        match (mood.get(), field(request, "if-none-match") == Some(&tag)) {
            (Mood::Error, _) => Reply::of(500, "", ""),
            (_, true) => Reply::of(304, &fields, ""),
            (Mood::Chunked, _) => Reply::close(chunked + "\r\n"),
            (Mood::CutOff, _) => Reply::close(chunked),
            _ => Reply::of(200, &fields, &format!("{version:03}")),
        }
    })
}

const PATHS: [&str; 3] = ["http://a.test/0", "http://a.test/1", "http://a.test/2"];

/// The version that the client sees, and why.
async fn get<L: StoreLock, T: Transport>(
    client: &mut Client<L, T, impl larder_embedded::Clock>,
    path: usize,
    buffer: &mut [u8],
) -> (u32, Reason) {
    let request = Request::get(PATHS[path]).unwrap();
    let mut answer = client.send(&request, buffer).await.unwrap();
    let version = body(&mut answer).await.parse().unwrap();
    (version, answer.reason())
}

type Device<'d, 'n> = Client<&'d Store, HttpTransport<'d, &'d Net<'n>, PlainCodec>, &'d TestClock>;

/// What happens once version 1 of each resource is stored and the store cannot invalidate any more.
fn deaf(test: impl AsyncFnOnce(Device<'_, '_>, &Store, &[Cell<u32>; 3], &mut [u8])) {
    let (versions, mood) = ([(); 3].map(|()| Cell::new(1)), Cell::new(Mood::Well));
    let (net, store, clock) = (origin(&versions, &mood), store(), TestClock::default());
    let (mut head, mut ahead, mut buffer) = ([0; 512], [0; 64], [0; 1024]);
    let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
    let mut client = Client::new(Config::private(), &store, transport, &clock);
    run(async {
        for path in 0..3 {
            let stored = get(&mut client, path, &mut buffer).await;
            assert_eq!(stored, (1, Reason::Storable));
        }
        store.lock().await.deaf.set(true);
        test(client, &store, &versions, &mut buffer).await;
    });
}

#[test]
fn nothing_answers_by_itself_until_it_is_done() {
    // req: 9111-4.4-01, 9111-4.4-03, 9111-4.4-05
    deaf(async |mut client, store, _, buffer| {
        let post = Request::new("POST", PATHS[1]).unwrap();
        client.send(&post, buffer).await.unwrap();
        // Location names 0, and nothing 2.
        assert_eq!(get(&mut client, 0, buffer).await, (1, Reason::Validated));
        assert_eq!(get(&mut client, 1, buffer).await.0, 2);
        assert_eq!(get(&mut client, 2, buffer).await, (1, Reason::Fresh));
        // What went out since has not made it forget.
        store.lock().await.deaf.set(false);
        assert_eq!(get(&mut client, 0, buffer).await, (1, Reason::Validated));
        assert_eq!(get(&mut client, 2, buffer).await, (1, Reason::Fresh));
    });
}

#[test]
fn another_one_before_it_is_done_forgets_neither() {
    // req: 9111-4.4-01
    for by_hand in [false, true] {
        deaf(async |mut client, store, versions, buffer| {
            for path in 1..3 {
                if by_hand {
                    versions[path].set(2);
                    client.invalidate(PATHS[path]).await.unwrap();
                } else {
                    let post = Request::new("POST", PATHS[path]).unwrap();
                    client.send(&post, buffer).await.unwrap();
                }
            }
            assert_eq!(get(&mut client, 0, buffer).await, (1, Reason::Validated));
            store.lock().await.deaf.set(false);
            for path in 1..3 {
                assert_eq!(get(&mut client, path, buffer).await.0, 2);
            }
        });
    }
}

#[test]
fn what_is_refused_leaves_nothing_to_be_done() {
    // req: 9111-4.4-06
    deaf(async |mut client, _, _, buffer| {
        let fields = [("X-Refused", "yes")];
        let post = Request::new("POST", PATHS[0]).unwrap().with_fields(&fields);
        assert_eq!(client.send(&post, buffer).await.unwrap().status(), 400);
        for path in 0..3 {
            assert_eq!(get(&mut client, path, buffer).await, (1, Reason::Fresh));
        }
    });
}

#[test]
fn the_same_again_before_it_is_done_concerns_nothing_else() {
    deaf(async |mut client, store, _, buffer| {
        for _ in 0..2 {
            client.invalidate(PATHS[1]).await.unwrap();
        }
        assert_eq!(get(&mut client, 2, buffer).await, (1, Reason::Fresh));
        store.lock().await.deaf.set(false);
        assert_eq!(get(&mut client, 1, buffer).await, (1, Reason::Validated));
        assert_eq!(get(&mut client, 2, buffer).await, (1, Reason::Fresh));
    });
}

/// Whatever fails, in the store, in the network and by futures that are dropped: who has changed a
/// resource never sees an older one.
#[test]
fn histories_of_failures() {
    // req: 9111-4.4-01, 9111-3.3-03
    let mut seen = [0; 2];
    for seed in 1..1500u64 {
        let mut draw = Draw::seeded(seed);
        let (versions, mood) = ([(); 3].map(|()| Cell::new(1)), Cell::new(Mood::Well));
        let net = origin(&versions, &mood).slowly(9);
        let (store, clock) = (store(), TestClock::default());
        let (mut head, mut ahead, mut buffer) = ([0; 512], [0; 64], [0; 1024]);
        let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
        let mut client = Client::new(Config::private(), &store, transport, clock.utc());
        let (mut time, mut log) = (0, Vec::new());
        for _ in 0..14 {
            time += draw.of(&[0, 1, 30, 70]);
            clock.at(time);
            mood.set(match draw.below(12) {
                0 => Mood::Chunked,
                1 => Mood::CutOff,
                2 => Mood::Silent,
                3 => Mood::Error,
                _ => Mood::Well,
            });
            net.down.set(draw.below(15) == 0);
            client.set_offline(draw.below(15) == 0);
            run(async {
                let store = store.lock().await;
                store.deaf.set(draw.below(3) == 0);
                store.late.set(draw.below(2) == 0);
                let fail = store.operations.get() + draw.below(12) as usize;
                store.fail.set((draw.below(3) == 0).then_some(fail));
            });
            let (path, post) = (draw.below(3) as usize, draw.below(3) == 0);
            let request = Request::new(if post { "POST" } else { "GET" }, PATHS[path]).unwrap();
            let polls = match draw.below(3) {
                0 => draw.below(60) as usize,
                _ => 100_000,
            };
            let version = versions[path].get();
            let answer = cut(
                async {
                    let mut answer = client.send(&request, &mut buffer).await.ok()?;
                    let head = answer.get_one("x-now").map(<[u8]>::to_vec);
                    let (status, from_store) = (answer.status(), answer.is_from_store());
                    let mut room = [0; 64];
                    let body = answer.read_all(&mut room).await.ok().map(|body| body.to_vec());
                    Some((status, from_store, head, body))
                },
                polls,
            );
            log.push(format!(
                "{time}s: {} of {path}, version {version}, {mood:?}: {answer:?}",
                if post { "POST" } else { "GET" }
            ));
            if let (false, Some(Some((200, from_store, head, body)))) = (post, answer) {
                assert_eq!(head, Some(version.to_string().into_bytes()), "{seed}: {log:#?}");
                let expected = format!("{version:03}").into_bytes();
                assert!(body.is_none_or(|body| body == expected), "{seed}: {log:#?}");
                seen[usize::from(from_store)] += 1;
            }
        }
    }
    assert!(seen[0] > 1000 && seen[1] > 1000, "{seen:?}");
}
