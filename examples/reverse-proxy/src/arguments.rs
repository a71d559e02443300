//! What the command line says.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use clap::Parser;
use clap::error::ErrorKind;
use ureq::http::Uri;

/// A caching reverse proxy (RFC 9111): answers from memory what the origin allows, and asks
/// the origin for everything else.
#[derive(Parser, Debug)]
#[command(name = "reverse-proxy", version)]
pub struct Arguments {
    /// Where to listen; port 0 takes a free one, and the first line of output says which.
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    pub listen: SocketAddr,

    /// What to stand in for: `http://host[:port]` or `https://host[:port]`.
    #[arg(long, value_name = "URL")]
    pub origin: Origin,

    /// Be the cache of one user.
    #[arg(long, conflicts_with = "shared")]
    pub private: bool,

    /// Be a cache for many users (the default).
    #[arg(long)]
    pub shared: bool,

    /// Where responses are kept: `memory:` and a size in bytes, KiB, MiB or GiB.
    #[arg(long, value_name = "STORE", default_value = "memory:64MiB")]
    pub store: Store,

    /// Say in Cache-Status (RFC 9211), under this name, how each answer came about.
    #[arg(long, value_name = "NAME", value_parser = cache_name)]
    pub cache_name: Option<String>,

    /// Heuristic freshness, in percent of the time since Last-Modified, for a day at most; 0
    /// turns it off.
    #[arg(long, value_name = "PERCENT", default_value_t = 10, allow_negative_numbers = true, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub heuristic: u8,

    /// For how many seconds past its lifetime a response answers while the origin cannot be
    /// reached, where nothing forbids that; 0 turns it off.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 3600,
        allow_negative_numbers = true
    )]
    pub stale_when_down: u32,

    /// For how many seconds a client or the origin may keep the other side waiting.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=86400))]
    pub timeout: u32,

    /// Ask the origin every time and store nothing.
    #[arg(long, conflicts_with_all = ["private", "shared", "store", "cache_name", "heuristic", "stale_when_down"])]
    pub no_cache: bool,
}

impl Arguments {
    /// Reads the command line. What is wrong with it is said in one line.
    pub fn read() -> Result<Self, Refused> {
        let arguments = Self::try_parse().map_err(|error| match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Refused::Asked(error),
            _ => Refused::Wrong(one_line(&error.to_string())),
        })?;
        if arguments.origin.is_at(arguments.listen) {
            return Err(Refused::Wrong("the origin is the proxy itself".into()));
        }
        Ok(arguments)
    }
}

/// Why there is nothing to do.
pub enum Refused {
    /// Help or the version was asked for.
    Asked(clap::Error),
    /// The arguments are wrong.
    Wrong(String),
}

/// The first paragraph, without what comes before and after it.
fn one_line(message: &str) -> String {
    let paragraph = message.split("\n\n").next().unwrap_or(message);
    let words: Vec<_> = paragraph.split_whitespace().collect();
    let line = words.join(" ");
    line.strip_prefix("error: ").unwrap_or(&line).to_owned()
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "it is an IP address and a port, as in 127.0.0.1:8080 or [::1]:8080")
}

fn cache_name(text: &str) -> Result<String, &'static str> {
    let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if text.is_empty() || !printable {
        return Err("a name is printable ASCII");
    }
    Ok(text.to_owned())
}

/// Scheme, host and port of the origin.
#[derive(Clone, Debug)]
pub struct Origin(Uri);

impl Origin {
    /// The URI of a path there; `None` when the two do not make one.
    pub fn at(&self, path: &str) -> Option<Uri> {
        let mut parts = self.0.clone().into_parts();
        parts.path_and_query = Some(path.parse().ok()?);
        Uri::from_parts(parts).ok()
    }

    /// Whether it is certainly what listens there: each request would come back for ever.
    fn is_at(&self, listen: SocketAddr) -> bool {
        let host = self.0.host().unwrap_or_default();
        let standard = if self.0.scheme_str() == Some("https") {
            443
        } else {
            80
        };
        let ip = match host.trim_matches(['[', ']']) {
            name if name.eq_ignore_ascii_case("localhost") => Some(Ipv4Addr::LOCALHOST.into()),
            ip => ip.parse::<IpAddr>().ok(),
        };
        let reached = |ip: IpAddr| ip == listen.ip() || (listen.ip().is_unspecified() && ip.is_loopback());
        self.0.port_u16().unwrap_or(standard) == listen.port() && ip.is_some_and(reached)
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let uri: Uri = text.parse().map_err(|error| format!("{error}"))?;
        let scheme = uri.scheme_str();
        if !matches!(scheme, Some("http" | "https")) {
            return Err("it begins with http:// or https://".into());
        }
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if authority.contains('@') {
            return Err("credentials do not belong there".into());
        }
        // A colon that is no part of an IPv6 address.
        let port = authority.rsplit_once(':').filter(|(_, port)| !port.contains(']'));
        if port.is_some_and(|(_, port)| !port.parse::<u16>().is_ok_and(|port| port > 0)) {
            return Err("its port is no number from 1 to 65535".into());
        }
        let path = uri.path_and_query().is_some_and(|path| path.as_str() != "/");
        if path || text.contains('#') {
            return Err("a path does not belong there".into());
        }
        Ok(Self(uri))
    }
}

/// A store in memory, of so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Store {
    pub bytes: usize,
}

impl FromStr for Store {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let size = text.strip_prefix("memory:").ok_or("it begins with `memory:`")?;
        let digits = size.find(|c: char| !c.is_ascii_digit()).unwrap_or(size.len());
        let (number, unit) = size.split_at(digits);
        let shift = match unit {
            "" => 0,
            "KiB" => 10,
            "MiB" => 20,
            "GiB" => 30,
            _ => return Err(format!("`{unit}` is none of KiB, MiB and GiB")),
        };
        let number: usize = number.parse().map_err(|_| format!("`{size}` is no size"))?;
        let bytes = number.checked_mul(1 << shift).filter(|bytes| *bytes > 0);
        bytes
            .map(|bytes| Self { bytes })
            .ok_or(format!("`{size}` is no size"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_have_a_size() {
        assert_eq!("memory:64MiB".parse(), Ok(Store { bytes: 64 << 20 }));
        assert_eq!("memory:1".parse(), Ok(Store { bytes: 1 }));
        for wrong in [
            "64MiB",
            "memory:",
            "memory:0",
            "memory:1MB",
            "memory:-1",
            "memory:99999999999GiB",
        ] {
            assert!(wrong.parse::<Store>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_origin_that_is_the_proxy_is_known() {
        let at = |origin: &str, listen: &str| {
            let origin: Origin = origin.parse().unwrap();
            origin.is_at(listen.parse().unwrap())
        };
        assert!(at("http://127.0.0.1:8080", "127.0.0.1:8080"));
        assert!(at("http://localhost", "0.0.0.0:80"));
        assert!(at("https://[::1]", "[::]:443"));
        assert!(!at("http://127.0.0.1:8081", "127.0.0.1:8080"));
        assert!(!at("http://127.0.0.2:8080", "127.0.0.1:8080"));
        assert!(!at("http://192.0.2.1:8080", "0.0.0.0:8080"));
        assert!(!at("http://example.com:8080", "127.0.0.1:8080"));
    }

    #[test]
    fn origins_are_scheme_host_and_port() {
        let origin: Origin = "http://127.0.0.1:8000".parse().unwrap();
        assert_eq!(origin.at("/a?b").unwrap(), "http://127.0.0.1:8000/a?b");
        for right in [
            "http://host",
            "https://host/",
            "http://[::1]",
            "http://[::1]:80",
            "HTTP://HOST:65535",
        ] {
            assert!(right.parse::<Origin>().is_ok(), "{right}");
        }
        for wrong in [
            "127.0.0.1:8000",
            "ftp://host",
            "http://host/path",
            "http://me@host",
            "http://",
            "http://host:0",
            "http://host:99999",
            "http://host:http",
            "http://host:",
            "http://host/#part",
            "http://[::1]:99999",
        ] {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
    }
}
