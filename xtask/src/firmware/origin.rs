//! The dashboard's origin: three resources whose versions depend on the time of day that a request names.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::Result;

/// What there is.
pub const PATHS: [&str; 3] = ["/weather.json", "/quote.txt", "/map.bmp"];

/// An origin on loopback, for as long as this program runs.
pub struct Origin {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Origin {
    /// Listens on a free port.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counter = Arc::clone(&counter);
                thread::spawn(move || serve(stream, &counter));
            }
        });
        Ok(Self { port, asked })
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// How many requests there were.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// A resource at a time of day.
struct Version {
    directives: &'static str,
    number: u32,
    body: Vec<u8>,
}

fn version(path: &str, seconds: u32) -> Option<Version> {
    let (directives, period, length) = match path {
        "/weather.json" => ("max-age=600", 3_600, 900),
        "/quote.txt" => ("max-age=3600", 43_200, 120),
        "/map.bmp" => ("no-cache", 21_600, 6_000),
        _ => return None,
    };
    let number = seconds.checked_div(period)?;
    let text = format!("{path} version {number}; ");
    let body = text.bytes().cycle().take(length).collect();
    Some(Version {
        directives,
        number,
        body,
    })
}

fn serve(stream: TcpStream, asked: &AtomicUsize) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    loop {
        let (mut path, mut seconds, mut tag) = (String::new(), 0, String::new());
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some(rest) = line.strip_prefix("GET ") {
                path = rest.split(' ').next().unwrap_or_default().to_owned();
            }
            match line.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("sim-time") => seconds = value.parse()?,
                Some((name, value)) if name.eq_ignore_ascii_case("if-none-match") => tag = value.to_owned(),
                _ => {}
            }
        }
        asked.fetch_add(1, Ordering::Relaxed);
        writer.write_all(&answer(&path, seconds, &tag))?;
    }
}

fn answer(path: &str, seconds: u32, tag: &str) -> Vec<u8> {
    let Some(version) = version(path, seconds) else {
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec();
    };
    let part = |divisor: u32, modulus: u32| {
        let whole = seconds.checked_div(divisor).unwrap_or(0);
        whole.checked_rem(modulus).unwrap_or(0)
    };
    let fields = format!(
        "Date: Tue, 14 Jul 2026 {:02}:{:02}:{:02} GMT\r\nETag: \"{}\"\r\nCache-Control: {}\r\n",
        part(3_600, 24),
        part(60, 60),
        part(1, 60),
        version.number,
        version.directives
    );
    if tag == format!("\"{}\"", version.number) {
        return format!("HTTP/1.1 304 Not Modified\r\n{fields}\r\n").into_bytes();
    }
    let length = version.body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\n{fields}Content-Type: text/plain\r\nContent-Length: {length}\r\n\r\n");
    [head.into_bytes(), version.body].concat()
}

/// Whether a line `draw PATH at SECONDS: 200 LENGTH bytes, sum SUM, ...` says what the origin said then.
pub fn is_right(line: &str) -> bool {
    let words: Vec<_> = line
        .split([' ', ':', ','])
        .filter(|word| !word.is_empty())
        .collect();
    let [_, path, _, seconds, status, length, _, _, sum, ..] = words[..] else {
        return false;
    };
    let version = seconds.parse().ok().and_then(|seconds| version(path, seconds));
    version.is_some_and(|version| {
        let expected = version.body.iter().fold(0u32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u32::from(*byte))
        });
        status == "200" && length == version.body.len().to_string() && sum == format!("{expected:08x}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_depend_on_the_time() {
        let text = |seconds, tag| String::from_utf8(answer("/quote.txt", seconds, tag)).expect("text");
        assert!(text(0, "").contains("ETag: \"0\""));
        assert!(text(43_200, "\"0\"").starts_with("HTTP/1.1 200"));
        assert!(text(86_399, "\"1\"").starts_with("HTTP/1.1 304"));
        assert!(text(86_399, "").contains("Date: Tue, 14 Jul 2026 23:59:59 GMT"));
    }

    #[test]
    fn lines_are_checked() {
        let right = "draw /quote.txt at 5: 200 120 bytes, sum 4acc13a6, the response may be stored";
        let sum = version("/quote.txt", 5).map(|version| {
            let fold = |sum: u32, byte: &u8| sum.wrapping_mul(31).wrapping_add(u32::from(*byte));
            format!("{:08x}", version.body.iter().fold(0, fold))
        });
        let right = right.replace("4acc13a6", &sum.expect("there is a quote"));
        assert!(is_right(&right));
        assert!(!is_right(&right.replace(" 120 ", " 119 ")));
        assert!(!is_right(&right.replace("at 5", "at 50000")));
    }
}
