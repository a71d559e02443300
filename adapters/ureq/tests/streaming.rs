//! Bodies that are larger than memory should have to be: what the thread that reads them has
//! allocated at most, at any time.

mod flaky;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use flaky::FlakyStore;
use larder_ureq::{Cache, CacheInfo, MemoryStore, Stored};
use ureq::Agent;

const CHUNK: usize = 1 << 16;
static BYTES: [u8; CHUNK] = [b'x'; CHUNK];

/// How a body goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length,
    Chunks,
    None,
}

/// Answers requests with that many chunks of 64 KiB, without holding them.
fn origin(control: &'static str, framing: Framing, chunks: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(stream, control, framing, chunks);
        }
    });
    url
}

fn answer(mut stream: TcpStream, control: &str, framing: Framing, chunks: usize) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    while lines
        .next()
        .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
    {}
    let framed = match framing {
        Framing::Length => format!("Content-Length: {}\r\n", chunks * CHUNK),
        Framing::Chunks => "Transfer-Encoding: chunked\r\n".to_owned(),
        Framing::None => String::new(),
    };
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nCache-Control: {control}\r\n{framed}\r\n");
    let mut write = || {
        stream.write_all(head.as_bytes())?;
        for _ in 0..chunks {
            if framing == Framing::Chunks {
                write!(stream, "{CHUNK:x}\r\n")?;
            }
            stream.write_all(&BYTES)?;
            if framing == Framing::Chunks {
                stream.write_all(b"\r\n")?;
            }
        }
        if framing == Framing::Chunks {
            stream.write_all(b"0\r\n\r\n")?;
        }
        std::io::Result::Ok(())
    };
    write().unwrap();
}

/// Reads it all; how much was allocated at most meanwhile.
fn growth(agent: &Agent, url: &str, chunks: usize) -> (Stored, u64) {
    let mut stored = None;
    let allocated = allocation_counter::measure(|| {
        let response = agent.get(url).call().unwrap();
        stored = Some(CacheInfo::of(&response).unwrap().stored());
        let mut body = response.into_body().into_reader();
        let (mut buffer, mut left) = (vec![0; CHUNK], chunks * CHUNK);
        while left > 0 {
            let count = body.read(&mut buffer).unwrap();
            assert!(count > 0, "{left} bytes are missing");
            left -= count;
        }
        assert_eq!(body.read(&mut buffer).unwrap(), 0);
    });
    // Without these it has measured nothing.
    assert!(allocated.bytes_max > CHUNK as u64);
    (stored.unwrap(), allocated.bytes_max)
}

#[test]
fn nothing_is_collected() {
    const GIB: usize = (1 << 30) / CHUNK;
    const MOST: u64 = 2 << 20;
    // A miss, into a store that counts.
    let store = FlakyStore::default();
    store.swallow();
    let agent = Cache::new(store.clone()).agent(|builder| builder.proxy(None));
    let url = origin("max-age=60", Framing::Chunks, GIB);
    let (stored, grown) = growth(&agent, &url, GIB);
    assert_eq!((stored, store.swallowed()), (Stored::OnceRead, 1 << 30));
    assert_eq!(store.bodies().len(), 1);
    assert!(grown < MOST, "a miss: {grown}");

    // Refusals: by the origin, for its length, for what a store has room for, and for want of
    // proof that it is whole.
    let cache = Cache::builder(MemoryStore::new(256 << 10))
        .max_entry_size(1 << 20)
        .build();
    let agent = cache.agent(|builder| builder.proxy(None));
    let cases = [
        ("no-store", Framing::Length, GIB, Stored::No),
        ("max-age=60", Framing::Length, 3200, Stored::TooLarge),
        ("max-age=60", Framing::Chunks, 3200, Stored::OnceRead),
        ("max-age=60", Framing::None, 3200, Stored::OnceProven),
    ];
    for (control, framing, chunks, expected) in cases {
        let url = origin(control, framing, chunks);
        let (stored, grown) = growth(&agent, &url, chunks);
        assert_eq!(stored, expected, "{control} {framing:?}");
        assert!(grown < MOST, "{control} {framing:?}: {grown}");
    }
    assert_eq!(cache.usage().unwrap().entries, 0);
}
