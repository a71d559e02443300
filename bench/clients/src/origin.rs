//! An origin on loopback, in a process of its own, so that nothing of it counts as the client's.
//!
//! The path says what it answers: `/KIND/BYTES/NAME`, a body of that many bytes under as many URIs as wanted.
//! - `fresh`: may be reused for an hour.
//! - `stale`: must be validated each time; the validation is answered with 304.
//! - `slow`: as `fresh`, after [`SLOW`].
//! - `held`: as `fresh`, the beginning of the body with the head and the rest when `/release` is asked for.
//!
//! `/asked/KIND/BYTES/NAME` says how often a path was asked for.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

/// How long `slow` takes: long enough for every thread to have asked.
const SLOW: Duration = Duration::from_millis(500);
/// How much of `held` comes with its head.
const BEGINNING: usize = 8 * 1024;
/// A body is sent in pieces of this.
const PIECE: usize = 64 * 1024;
/// The one validator.
const ETAG: &str = "\"1f4a3-61b2c0f5d8a40\"";

type Asked = Arc<Mutex<HashMap<String, u64>>>;

/// What holds the rest of a body back. There is one at a time: whoever asks for it releases it.
#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    changed: Condvar,
}

impl Gate {
    fn release(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }

    /// Waits without a timer: to set one takes longer than what is timed.
    fn pass(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        while !*open {
            open = self.changed.wait(open).unwrap_or_else(PoisonError::into_inner);
        }
        *open = false;
    }
}

/// Prints the address, then serves until standard input ends.
pub fn serve() -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("{}", listener.local_addr()?);
    thread::spawn(move || {
        let (asked, gate) = (Asked::default(), Arc::<Gate>::default());
        for stream in listener.incoming().flatten() {
            let (asked, gate) = (Arc::clone(&asked), Arc::clone(&gate));
            // a client that goes away is no failure
            thread::spawn(move || converse(&stream, &asked, &gate).ok());
        }
    });
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

fn converse(mut stream: &TcpStream, asked: &Asked, gate: &Gate) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut lines = BufReader::new(stream);
    let piece = vec![b'a'; PIECE];
    let mut line = String::new();
    loop {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).context("no request line")?.to_owned();
        let mut validates = false;
        loop {
            line.clear();
            lines.read_line(&mut line)?;
            let field = line.trim_end();
            if field.is_empty() {
                break;
            }
            validates |= field
                .split_once(": ")
                .is_some_and(|(name, value)| name.eq_ignore_ascii_case("if-none-match") && value == ETAG);
        }
        if path == "/release" {
            gate.release();
            stream.write_all(b"HTTP/1.1 204 No Content\r\nCache-Control: no-store\r\n\r\n")?;
            continue;
        }
        let mut counts = asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = path.strip_prefix("/asked") {
            let count = counts.get(path).copied().unwrap_or_default().to_string();
            let length = count.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: {length}\r\n\r\n{count}"
            )?;
            continue;
        }
        *counts.entry(path.clone()).or_default() += 1;
        drop(counts);
        answer(stream, &path, validates, &piece, gate)?;
    }
}

fn answer(mut stream: &TcpStream, path: &str, validates: bool, piece: &[u8], gate: &Gate) -> Result<()> {
    let mut parts = path.split('/').skip(1);
    let kind = parts.next().context("no kind")?;
    let mut left: usize = parts.next().context("no length")?.parse()?;
    if kind == "slow" {
        thread::sleep(SLOW);
    }
    let not_modified = validates && kind == "stale";
    let mut out = head(kind, (!not_modified).then_some(left)).into_bytes();
    if not_modified {
        left = 0;
    }
    // a small body comes with its head, as from any server
    let first = left.min(if kind == "held" { BEGINNING } else { PIECE });
    out.extend_from_slice(&piece[..first]);
    left -= first;
    stream.write_all(&out)?;
    if kind == "held" {
        gate.pass();
    }
    while left > 0 {
        let length = left.min(PIECE);
        stream.write_all(&piece[..length])?;
        left -= length;
    }
    Ok(())
}

/// The head `asset` of the corpus, without a content coding; `length` is `None` for a 304.
fn head(kind: &str, length: Option<usize>) -> String {
    let now = SystemTime::now();
    let date = |time| httpdate::fmt_http_date(time);
    let lifetime = if kind == "stale" { 0 } else { 3600 };
    let changed = now - Duration::from_secs(36 * 86_400);
    let status = if length.is_some() {
        "200 OK"
    } else {
        "304 Not Modified"
    };
    let mut head = format!("HTTP/1.1 {status}\r\nDate: {}\r\n", date(now));
    let mut line = |name: &str, value: &str| {
        let _ = write!(head, "{name}: {value}\r\n");
    };
    line("Server", "Apache/2.4.58 (Unix) OpenSSL/3.0.13");
    line("Last-Modified", &date(changed));
    line("ETag", ETAG);
    line(
        "Cache-Control",
        &format!("public, max-age={lifetime}, must-revalidate"),
    );
    line("Expires", &date(now + Duration::from_secs(lifetime)));
    line("Vary", "Accept-Encoding, Origin");
    line("Connection", "keep-alive");
    if let Some(length) = length {
        line("Accept-Ranges", "bytes");
        line("Content-Length", &length.to_string());
        line("Content-Type", "text/javascript; charset=utf-8");
        line("Access-Control-Allow-Origin", "*");
        line("X-Content-Type-Options", "nosniff");
        line("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
    }
    head.push_str("\r\n");
    head
}
