//! One client, whatever it asks, whatever comes back, and whatever fails meanwhile: no answer may be of what was
//! before its own unsafe requests, nor before what it has been told since.

mod support;

use std::cell::Cell;
use std::collections::HashMap;

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;
use larder::store::Store;
use larder::store::arena::ArenaStore;
use larder::store::slots::SlotStore;
use larder::{Config, Headers, Now, Partition, format_http_date};
use larder_embedded::wire::{HttpTransport, PlainCodec};
use larder_embedded::{Answer, Client, Clock, Request, StoreLock, Transport};
use support::draw::Draw;
use support::slow::Slow;
use support::{DAY, Net, Reply, cut, field};

/// How the origin answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Well,
    Bare304,
    No304,
    Foreign304,
    NoStore304,
    NoStore,
    CutOff,
    UntilClose,
    Chunked,
    Interim,
    Error,
}

use Mood::{
    Bare304, Chunked, CutOff, Error, Foreign304, Interim, No304, NoStore, NoStore304, UntilClose, Well,
};

const MOODS: [Mood; 13] = [
    Well, Well, Well, Bare304, No304, Foreign304, NoStore304, NoStore, CutOff, UntilClose, Chunked, Interim,
    Error,
];
const PATHS: [&str; 2] = ["http://a.test/0", "http://a.test/1"];
const UNSAFE: [&str; 3] = ["POST", "PUT", "FOO"];
const EXTRAS: [(&str, &str); 9] = [
    ("X", "y"),
    ("Range", "bytes=0-1"),
    ("If-None-Match", "\"001x\""),
    ("If-None-Match", "\"002x\", W/\"001\""),
    ("If-None-Match", "*"),
    ("If-Match", "\"001x\""),
    ("If-Modified-Since", "Sun, 09 Sep 2001 01:46:41 GMT"),
    ("X-Refuse", "1"),
    ("Connection", "close"),
];
const DIRECTIVES: [&str; 5] = ["no-cache", "no-store", "max-stale", "only-if-cached", "max-age=5"];

/// Every fourth version is too large for the store.
fn text(version: u32, variant: &str) -> String {
    let filler = if version.is_multiple_of(4) {
        "+".repeat(70)
    } else {
        String::new()
    };
    format!("{version:03}{variant}{filler}")
}

/// Of a resource.
struct Versions {
    now: Cell<u32>,
    /// What came of the last request with an unsafe method: nobody may be behind it.
    asked_for: Cell<u32>,
}

/// What the origin says of two resources, whose versions requests with unsafe methods count up.
fn reply(request: &str, versions: &[Versions; 2], mood: Mood, dated: bool) -> Reply {
    let path = request.split(' ').nth(1).unwrap();
    let Versions {
        now: version,
        asked_for,
    } = &versions[path[1..].parse::<usize>().unwrap()];
    if UNSAFE.iter().any(|method| request.starts_with(method)) {
        if field(request, "x-refuse").is_some() {
            return Reply::of(400, "", "");
        }
        version.set(version.get() + 1);
        asked_for.set(version.get());
        return match mood {
            CutOff => Reply::close("HTTP/1.1 200 OK\r\nConte"),
            _ => Reply::of(303, "Location: /0\r\n", ""),
        };
    }
    let version = version.get();
    let body = text(version, field(request, "a").unwrap_or_default());
    let tag = format!("\"{body}\"");
    let date = String::from_utf8(format_http_date(1_000_000_000 + i64::from(version)).to_vec()).unwrap();
    let rules = match mood {
        NoStore => "no-store",
        Foreign304 if dated => "no-store",
        _ => "max-age=60, stale-if-error=30",
    };
    let mut fields = format!("Cache-Control: {rules}\r\nVary: a\r\nETag: {tag}\r\n");
    if dated {
        fields += &format!("Last-Modified: {date}\r\nDate: Tue, 14 Jul 2026 00:00:00 GMT\r\n");
    }
    if field(request, "if-match").is_some_and(|asked| asked != tag) {
        return Reply::of(412, "", "");
    }
    let asked = field(request, "if-none-match");
    let same = match asked {
        Some(tags) => {
            tags == "*"
                || tags
                    .split(", ")
                    .any(|asked| asked.trim_start_matches("W/") == tag)
        }
        None => field(request, "if-modified-since") == Some(&date),
    };
    let head = request.starts_with("HEAD");
    let length = format!("Content-Length: {}\r\n", body.len());
    match mood {
        Error if head => Reply::keep("HTTP/1.1 503 X\r\nContent-Length: 5\r\n\r\n"),
        Error => Reply::of(503, "", "error"),
        Bare304 if same => Reply::of(304, "", ""),
        NoStore304 if same => Reply::of(304, "Cache-Control: no-store\r\n", ""),
        Foreign304 if asked.is_some() => Reply::of(304, "ETag: \"foreign\"\r\n", ""),
        Interim if same => Reply::keep(format!("HTTP/1.1 103 X\r\n\r\nHTTP/1.1 304 X\r\n{fields}\r\n")),
        _ if same && mood != No304 => Reply::of(304, &fields, ""),
        _ if head => Reply::keep(format!("HTTP/1.1 200 X\r\n{fields}{length}\r\n")),
        _ if field(request, "range").is_some() => {
            let range = format!("Content-Range: bytes 0-1/{}\r\n", body.len());
            Reply::of(206, &(fields + &range), &body[..2])
        }
        CutOff => Reply::close(format!(
            "HTTP/1.1 200 X\r\n{fields}Content-Length: 99\r\n\r\n{body}"
        )),
        UntilClose => Reply::close(format!("HTTP/1.1 200 X\r\n{fields}\r\n{body}")),
        Chunked => Reply::keep(format!(
            "HTTP/1.1 200 X\r\n{fields}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n{:x};a\r\n{}\r\n0\r\nB: c\r\n\r\n",
            &body[..2],
            body.len() - 2,
            &body[2..]
        )),
        _ => Reply::of(200, &fields, &body),
    }
}

/// What was read of an answer.
#[derive(Debug)]
struct Seen {
    status: u16,
    tag: String,
    body: String,
    whole: bool,
    stored: bool,
}

/// Reads a body in steps; a part of it only, where `most` is less.
async fn read<L: StoreLock, T: Transport, C: Clock>(
    mut answer: Answer<'_, L, T, C>,
    step: usize,
    most: usize,
) -> Seen {
    let tag = answer.get_one("etag").unwrap_or_default().to_vec();
    let (mut body, mut chunk, mut whole) = (Vec::new(), vec![0; step], false);
    while body.len() < most && !whole {
        assert_eq!(answer.read(&mut []).await.unwrap_or(0), 0);
        match answer.read(&mut chunk).await {
            Ok(0) => whole = true,
            Ok(count) => body.extend_from_slice(&chunk[..count]),
            Err(_) => break,
        }
    }
    Seen {
        status: answer.status(),
        tag: String::from_utf8(tag).unwrap(),
        body: String::from_utf8(body).unwrap(),
        whole,
        stored: answer.is_from_store(),
    }
}

/// Counts answers to GET from the network and from the store, those to HEAD, and 304s.
fn history<S: Store>(store: S, seed: u64, counts: &mut [u32; 4]) {
    let mut draw = Draw::seeded(seed);
    // Much at once hides everything: each history has a few kinds of trouble.
    let mut trouble: [bool; 10] = std::array::from_fn(|_| draw.below(4) == 0);
    if seed.is_multiple_of(2) {
        // Who asks for what is new, and when it is: rare unless both come often.
        (trouble[8], trouble[9]) = (true, true);
    }
    let versions = [(); 2].map(|()| Versions {
        now: Cell::new(1),
        asked_for: Cell::new(1),
    });
    let (mood, mut told) = (Cell::new(Well), HashMap::new());
    let net = Net::new(|request: &str| reply(request, &versions, mood.get(), seed.is_multiple_of(3)));
    let net = net.slowly(draw.of(&[1, 9, 500]));
    let (ms, domain, utc) = (Cell::new(1000u64), Cell::new(1), Cell::new(true));
    let clock = || {
        let now = Now::mono(domain.get(), ms.get());
        if utc.get() {
            now.with_utc(DAY + ms.get() as i64)
        } else {
            now
        }
    };
    let store: Mutex<NoopRawMutex, _> = Mutex::new(Slow::new(store));
    let (mut head, mut ahead, mut buffer) = ([0; 512], vec![0; draw.of(&[1, 16, 128])], [0; 1024]);
    let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
    let client = Client::new(Config::private(), &store, transport, clock);
    let mut client = client
        .with_max_body(draw.of(&[64, u64::MAX]))
        .with_background_validation();
    let mut log = Vec::new();
    for _ in 0..16 {
        match if trouble[0] { draw.below(9) } else { 9 } {
            0 => ms.set(ms.get().saturating_sub(50_000)),
            1 => domain.set(domain.get() + 1),
            2 => utc.set(!utc.get()),
            _ => ms.set(ms.get() + draw.of(&[0, 1, 5_000, 30_000, 70_000])),
        }
        let mut rarely = |kind: usize| trouble[kind] && draw.below(3) == 0;
        let (down, offline, fails) = (rarely(1), rarely(2), rarely(3));
        let (strange, drops, small) = (rarely(4), rarely(5), rarely(6));
        for resource in &versions {
            if trouble[9] && draw.below(3) == 0 {
                resource.now.set(resource.now.get() + 1);
            }
        }
        net.down.set(down);
        client.set_offline(offline);
        mood.set(if trouble[7] { draw.of(&MOODS) } else { Well });
        let method = draw.of(&[
            "GET", "GET", "GET", "GET", "GET", "GET", "HEAD", "POST", "PUT", "FOO",
        ]);
        let (path, variant) = (draw.below(2) as usize, draw.of(&["x", "x", "y"]));
        let extra = if strange { draw.of(&EXTRAS) } else { EXTRAS[0] };
        let directive = if trouble[8] {
            draw.of(&DIRECTIVES)
        } else {
            "max-age=600"
        };
        let fields = [("a", variant), ("Cache-Control", directive), extra];
        let content: &[u8] = if strange { draw.of(&[b"", b"q"]) } else { b"" };
        let partition = draw.of(&[0, 0, 7]);
        let request = Request::new(method, PATHS[path]).unwrap().with_fields(&fields);
        let request = request
            .with_content(content)
            .for_partition(Partition::new(partition));
        let polls = if drops {
            draw.below(80) as usize
        } else {
            usize::MAX
        };
        let room = if small {
            draw.of(&[300usize, 150, 20, 0])
        } else {
            1024
        };
        {
            let store = store.try_lock().unwrap();
            let next = store.operations.get() + draw.below(12) as usize;
            store.fail.set(fails.then_some(next));
            store.late.set(draw.below(2) == 0);
        }
        let (step, most) = (draw.of(&[1, 3, 200]), draw.of(&[usize::MAX, usize::MAX, 2]));
        let background = draw.below(9) == 0;
        let before = client.counters();
        let sent = async {
            if background {
                let _ = client.validate(&request, &mut buffer[..room]).await;
                return None;
            }
            let answer = client.send(&request, &mut buffer[..room]).await.ok()?;
            Some(read(answer, step, most).await)
        };
        let seen = cut(sent, polls).flatten();
        let (now, asked_for) = (versions[path].now.get(), versions[path].asked_for.get());
        log.push(format!(
            "{}ms {method} {path} {fields:?} of {partition} {:?}, {now} is true: {seen:?}",
            ms.get(),
            mood.get()
        ));
        let Some(seen) = seen else { continue };
        let after = client.counters();
        let answers =
            after.hits + after.validated + after.misses - before.hits - before.validated - before.misses;
        assert_eq!(answers, 1, "{seed}: {log:#?}");
        match (method, seen.status) {
            ("GET" | "HEAD", 200) => {
                let version: u32 = seen.tag[1..4].parse().unwrap();
                let told = told.entry((path, variant, partition)).or_insert(1);
                let least = match seen.stored {
                    true => asked_for.max(*told),
                    false => now,
                };
                assert!((least..=now).contains(&version), "{seed}: {log:#?}");
                // What was not read to its end has replaced nothing, and what answers content is something else.
                if seen.whole && content.is_empty() {
                    *told = version;
                }
                let whole = text(version, variant);
                assert_eq!(seen.tag, format!("\"{whole}\""), "{seed}: {log:#?}");
                assert!(whole.starts_with(&seen.body), "{seed}: {log:#?}");
                let all = method == "HEAD" || seen.body == whole;
                assert!(all || !seen.whole, "{seed}: {log:#?}");
                counts[if method == "HEAD" {
                    2
                } else {
                    usize::from(seen.stored)
                }] += 1;
            }
            (_, 304) => {
                assert!(extra.0.starts_with("If-"), "{seed}: {log:#?}");
                counts[3] += 1;
            }
            (_, 206) => assert_eq!(extra.0, "Range", "{seed}: {log:#?}"),
            _ => {}
        }
    }
}

#[test]
fn no_answer_is_of_what_was() {
    // req: 9111-4.4-01, 9111-4-02, 9111-4.1-01, 9111-3.3-03
    let mut counts = [0; 4];
    for seed in 1..1000u64 {
        history(SlotStore::<3, 512, 64>::new(1), seed, &mut counts);
        let mut memory = vec![0; 36 + 4 * 144 + 24 * 68];
        history(ArenaStore::format(&mut memory, 1, 4).unwrap(), seed, &mut counts);
    }
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}
