//! Many clients at once: no wrong byte, and no more memory than was asked for.
//!
//! For two seconds; `LARDER_SOAK_SECONDS=60 cargo test --release -p reverse-proxy --test soak`
//! is the long run.
#![cfg(target_os = "linux")] // it asks the system how much memory there was in use

mod peers;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use peers::client::Answer;
use peers::origin::Asked;
use peers::{Client, Origin, Proxy, Reply};

const CLIENTS: u64 = 64;
const STORE_MIB: u64 = 16;
/// What the program may use beside its store: 64 requests in progress, their threads, its code
/// and what the allocator keeps.
const BESIDE_MIB: u64 = 64;

/// A body that says what it is of, behind its own checksum.
fn body(path: &str, version: u64) -> Vec<u8> {
    let content = format!("{path} {version} ");
    let mut random = Random(checksum(content.as_bytes()));
    let length = match random.below(10) {
        0 => random.below(200_000),
        1..=3 => random.below(20_000),
        _ => random.below(2_000),
    };
    let mut content = content.into_bytes();
    for _ in 0..length / 8 {
        content.extend_from_slice(&random.next().to_le_bytes());
    }
    let mut body = format!("{:016x}", checksum(&content)).into_bytes();
    body.append(&mut content);
    body
}

fn checksum(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// `/kept/..` is fresh for long, `/gone/..` is never stored, `/asked/..` is validated each
/// time and changes every few requests.
fn answer(asked: &Asked, changes: &AtomicU64) -> Reply {
    if asked.method == "POST" {
        return Reply::head(204, &[]);
    }
    let (control, version) = if asked.path.starts_with("/kept") {
        ("Cache-Control: max-age=600", 0)
    } else if asked.path.starts_with("/gone") {
        ("Cache-Control: no-store", changes.fetch_add(1, Ordering::Relaxed))
    } else {
        (
            "Cache-Control: no-cache",
            changes.fetch_add(1, Ordering::Relaxed) / 1000,
        )
    };
    let (tag, version_field) = (format!("ETag: \"{version}\""), format!("X-Version: {version}"));
    let fields = [control, &tag, &version_field];
    if asked.head.value("if-none-match") == Some(&format!("\"{version}\"")) {
        return Reply::head(304, &fields);
    }
    let body = body(&asked.path, version);
    match version % 2 {
        0 => Reply::new(200, &fields, body),
        _ => {
            let mut reply = Reply::head(200, &[&fields[..], &["Transfer-Encoding: chunked"]].concat());
            for piece in body.chunks(5000) {
                reply
                    .bytes
                    .extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
                reply.bytes.extend_from_slice(piece);
                reply.bytes.extend_from_slice(b"\r\n");
            }
            reply.bytes.extend_from_slice(b"0\r\n\r\n");
            reply
        }
    }
}

fn check(path: &str, answer: &Answer) {
    assert!(answer.whole && answer.status == 200, "{path}: {:?}", answer.head);
    let (sum, content) = answer.body.split_at(16);
    assert_eq!(
        sum,
        format!("{:016x}", checksum(content)).as_bytes(),
        "{path}: a wrong byte"
    );
    // Its head is of this path and version too.
    let version = answer.head.value("x-version").expect("a version");
    let says = format!("{path} {version} ");
    assert!(
        content.starts_with(says.as_bytes()),
        "{path}: the body of something else"
    );
}

fn some_path(random: &mut Random) -> String {
    match random.below(100) {
        0..50 => format!("/kept/few/{}", random.below(50)),
        // More than the store can hold.
        50..65 => format!("/kept/many/{}", random.below(50_000)),
        65..85 => format!("/asked/{}", random.below(50)),
        _ => format!("/gone/{}", random.below(1000)),
    }
}

fn visit(client: &mut Client, random: &mut Random) {
    let path = some_path(random);
    if random.below(200) == 0 {
        let method = "POST";
        client.send(format!(
            "{method} {path} HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n"
        ));
        assert_eq!(client.receive(method).expect("an answer").status, 204);
    }
    check(&path, &client.get(&path));
}

/// The most memory that a process has had, in MiB.
fn peak_mib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib.div_ceil(1024)
}

fn seconds() -> u64 {
    std::env::var("LARDER_SOAK_SECONDS").map_or(2, |text| text.parse().unwrap())
}

#[test]
fn no_wrong_byte_and_no_more_memory() {
    let seconds = seconds();
    let changes = Arc::new(AtomicU64::new(0));
    let origin = Origin::new(move |asked, _| answer(asked, &changes));
    let store = format!("memory:{STORE_MIB}MiB");
    let proxy = Proxy::before(&origin, &["--store", &store]);
    let end = Instant::now() + Duration::from_secs(seconds);
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let mut client = proxy.client();
            thread::spawn(move || {
                let mut random = Random(number);
                let mut count = 0u64;
                // Each does its share, however slow the machine is.
                while count < 20 || Instant::now() < end {
                    visit(&mut client, &mut random);
                    count += 1;
                }
                count
            })
        })
        .collect();
    let total: u64 = clients.into_iter().map(|client| client.join().unwrap()).sum();
    let peak = peak_mib(proxy.id());
    proxy.signal("TERM");
    let (status, said) = proxy.wait();
    println!(
        "{total} requests in {seconds} s, {} at the origin, {peak} MiB at most; {said}",
        origin.count()
    );
    assert!(status.success());
    assert!(peak <= STORE_MIB + BESIDE_MIB, "{peak} MiB");
}

/// A request that may come to nothing, from a client that may leave; whether the answer was whole.
fn risk(address: SocketAddr, client: &mut Client, random: &mut Random) -> bool {
    let path = some_path(random);
    client.send(format!("GET {path} HTTP/1.1\r\nHost: t\r\n\r\n"));
    if random.below(20) == 0 {
        *client = Client::new(address);
        return false;
    }
    match client.receive("GET") {
        Some(answer) if answer.whole && answer.status == 200 => {
            check(&path, &answer);
            return true;
        }
        // The origin broke off before it was known what to say.
        Some(answer) if answer.whole => assert_eq!(answer.status, 502, "{path}: {:?}", answer.head),
        _ => *client = Client::new(address),
    }
    false
}

#[test]
fn no_wrong_byte_where_origin_and_clients_break_off() {
    let (changes, number) = (Arc::new(AtomicU64::new(0)), AtomicU64::new(0));
    let origin = Origin::new(move |asked, _| {
        let mut reply = answer(asked, &changes);
        let mut random = Random(number.fetch_add(1, Ordering::Relaxed));
        if random.below(10) == 0 {
            let cut = random.below(reply.bytes.len() as u64);
            reply.bytes.truncate(usize::try_from(cut).unwrap());
            reply.keep = false;
        }
        reply
    });
    let proxy = Proxy::before(&origin, &["--store", "memory:16MiB", "--stale-when-down", "0"]);
    let end = Instant::now() + Duration::from_secs(seconds());
    let address = proxy.address;
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            thread::spawn(move || {
                let (mut client, mut random) = (Client::new(address), Random(number));
                let (mut whole, mut count) = (0u64, 0u64);
                while count < 20 || Instant::now() < end {
                    whole += u64::from(risk(address, &mut client, &mut random));
                    count += 1;
                }
                (whole, count)
            })
        })
        .collect();
    let sum = |all: (u64, u64), one: (u64, u64)| (all.0 + one.0, all.1 + one.1);
    let (whole, total) = clients
        .into_iter()
        .map(|client| client.join().unwrap())
        .fold((0, 0), sum);
    proxy.signal("TERM");
    let (status, said) = proxy.wait();
    println!(
        "{whole} of {total} answers whole, {} requests at the origin; {said}",
        origin.count()
    );
    assert!(status.success() && whole > total / 2);
}
