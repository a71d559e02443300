//! An origin on a real socket that answers by script and remembers what it was asked.
#![allow(dead_code)] // every test file uses some of it

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::{Duration, SystemTime};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub lines: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Asked {
    /// The value of a field, by lower-case name.
    pub fn field(&self, name: &str) -> Option<&str> {
        let line = self.lines.iter().find(|(have, _)| have == name);
        line.map(|(_, value)| value.as_str())
    }
}

/// What goes out, and what happens to the connection then.
#[derive(Clone)]
pub struct Reply {
    bytes: Vec<u8>,
    /// How many bytes go out only after waiting.
    late: (usize, Option<Arc<dyn Fn() + Send + Sync>>),
    then: Then,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Keep,
    Close,
    Reset,
}

impl Reply {
    /// Exactly these bytes.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            late: (0, None),
            then: Then::Keep,
        }
    }

    /// A response with Date and Content-Length.
    pub fn new(status: u16, lines: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let length = body.as_ref().len().to_string();
        let bodiless = status == 304 || status == 204;
        let framing: &[(&str, &str)] = if bodiless {
            &[]
        } else {
            &[("Content-Length", &length)]
        };
        let mut reply = Self::head(status, &[lines, framing].concat());
        reply.bytes.extend_from_slice(body.as_ref());
        reply
    }

    /// A response in chunks.
    pub fn chunked(status: u16, lines: &[(&str, &str)], chunks: &[&[u8]]) -> Self {
        let mut reply = Self::head(status, &[lines, &[("Transfer-Encoding", "chunked")]].concat());
        for chunk in chunks {
            write!(reply.bytes, "{:x}\r\n", chunk.len()).unwrap();
            reply.bytes.extend_from_slice(chunk);
            reply.bytes.extend_from_slice(b"\r\n");
        }
        reply.bytes.extend_from_slice(b"0\r\n\r\n");
        reply
    }

    /// Only a head, with Date.
    pub fn head(status: u16, lines: &[(&str, &str)]) -> Self {
        let mut bytes = format!("HTTP/1.1 {status} Whatever\r\n").into_bytes();
        if !lines.iter().any(|(name, _)| name.eq_ignore_ascii_case("date")) {
            write!(bytes, "Date: {}\r\n", date(0)).unwrap();
        }
        for (name, value) in lines {
            write!(bytes, "{name}: {value}\r\n").unwrap();
        }
        bytes.extend_from_slice(b"\r\n");
        Self::raw(bytes)
    }

    /// Closes the connection in an orderly way afterwards.
    pub fn closing(self) -> Self {
        Self {
            then: Then::Close,
            ..self
        }
    }

    /// Closes the connection after `length` bytes of what was to be sent.
    pub fn cut(mut self, length: usize) -> Self {
        self.bytes.truncate(length);
        Self {
            then: Then::Close,
            ..self
        }
    }

    /// Resets the connection afterwards, what the client has not read yet is lost.
    pub fn reset(self) -> Self {
        Self {
            then: Then::Reset,
            ..self
        }
    }

    /// Sends the last `count` bytes only when `wait` returns.
    pub fn late(mut self, count: usize, wait: impl Fn() + Send + Sync + 'static) -> Self {
        self.late = (count, Some(Arc::new(wait)));
        self
    }

    /// What goes out.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// The time now and some seconds, as Date and Expires have it.
pub fn date(offset_seconds: i64) -> String {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs() as i64;
    String::from_utf8(larder::format_http_date(now + offset_seconds).to_vec()).unwrap()
}

type Script = dyn Fn(&Asked, usize) -> Reply + Send + Sync;

/// Listens until it is dropped.
pub struct Origin {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    open: Arc<Mutex<Option<Vec<Weak<TcpStream>>>>>,
}

impl Origin {
    /// Answers with what `script` says to a request and its number, counted from 0.
    pub fn new(script: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let open = Arc::new(Mutex::new(Some(Vec::new())));
        let script: Arc<Script> = Arc::new(script);
        let (seen, streams) = (Arc::clone(&asked), Arc::clone(&open));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let stream = Arc::new(stream);
                match streams.lock().unwrap().as_mut() {
                    Some(open) => open.push(Arc::downgrade(&stream)),
                    None => return,
                }
                let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
                thread::spawn(move || serve(&stream, &seen, &*script));
            }
        });
        Self { address, asked, open }
    }

    /// Answers the first request with the first reply and so on, the last one for ever.
    pub fn script(replies: Vec<Reply>) -> Self {
        Self::new(move |_, number| replies[number.min(replies.len() - 1)].clone())
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// Waits until so many requests have arrived.
    pub fn wait_for(&self, count: usize) {
        for _ in 0..1000 {
            if self.count() >= count {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("{} requests instead of {count}", self.count());
    }

    /// Closes every connection and the port.
    pub fn close(&self) {
        let open = self.open.lock().unwrap().take();
        for stream in open.into_iter().flatten().filter_map(|stream| stream.upgrade()) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes the listener, so that it is dropped.
        let _ = TcpStream::connect(self.address);
        for _ in 0..1000 {
            if TcpStream::connect(self.address).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        panic!("the port is still open");
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        let open = self
            .open
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .take();
        if open.is_some() {
            let _ = TcpStream::connect(self.address);
        }
    }
}

fn serve(mut stream: &TcpStream, seen: &Mutex<Vec<Asked>>, script: &Script) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream);
    while let Some(asked) = read_request(&mut reader) {
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(asked.clone());
            seen.len() - 1
        };
        let reply = script(&asked, number);
        let (start, rest) = reply.bytes.split_at(reply.bytes.len() - reply.late.0);
        if stream.write_all(start).is_err() {
            break;
        }
        if let Some(wait) = &reply.late.1 {
            wait();
        }
        if stream.write_all(rest).is_err() {
            break;
        }
        match reply.then {
            Then::Keep => {}
            Then::Close => break,
            Then::Reset => {
                // The head at least should arrive.
                thread::sleep(Duration::from_millis(20));
                let linger = Some(Duration::ZERO);
                socket2::SockRef::from(stream).set_linger(linger).unwrap();
                return;
            }
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}

fn read_request(reader: &mut BufReader<&TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_string(), words.next()?.to_string());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        lines.push((name.to_ascii_lowercase(), value.trim().to_string()));
    }
    let mut asked = Asked {
        method,
        path,
        lines,
        body: Vec::new(),
    };
    if let Some(length) = asked.field("content-length") {
        asked.body = vec![0; length.parse().ok()?];
        reader.read_exact(&mut asked.body).ok()?;
    } else if asked.field("transfer-encoding").is_some() {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).ok()?;
            let mut chunk = vec![0; usize::from_str_radix(size.trim(), 16).ok()?];
            reader.read_exact(&mut chunk).ok()?;
            asked.body.extend_from_slice(&chunk);
            reader.read_line(&mut String::new()).ok()?;
            if chunk.is_empty() {
                break;
            }
        }
    }
    Some(asked)
}
