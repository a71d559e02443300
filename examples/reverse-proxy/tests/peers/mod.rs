//! The proxy as a program, with an origin behind it and clients before it that see every byte.
#![allow(dead_code)] // every test file uses some of it

pub mod client;
pub mod origin;
pub mod proxy;

pub use client::Client;
pub use origin::{Origin, Reply};
pub use proxy::Proxy;

use std::io::{self, BufRead, Read};

/// A head as it came: the first line, then the fields, names in lower case.
#[derive(Clone, Debug, Default)]
pub struct Head {
    pub first: String,
    pub fields: Vec<(String, Vec<u8>)>,
}

impl Head {
    /// All values of a field, by lower-case name.
    pub fn values(&self, name: &str) -> Vec<&[u8]> {
        let lines = self.fields.iter().filter(|(have, _)| have == name);
        lines.map(|(_, value)| value.as_slice()).collect()
    }

    /// The only value of a field, as text.
    pub fn value(&self, name: &str) -> Option<&str> {
        match self.values(name)[..] {
            [] => None,
            [value] => Some(str::from_utf8(value).unwrap()),
            _ => panic!("several lines of {name}"),
        }
    }

    /// `None` at the end of the connection.
    fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut head = Self::default();
        loop {
            let mut line = Vec::new();
            if from.read_until(b'\n', &mut line)? == 0 {
                return Ok(None);
            }
            let line = line.trim_ascii();
            if head.first.is_empty() {
                head.first = String::from_utf8_lossy(line).into_owned();
            } else if line.is_empty() {
                return Ok(Some(head));
            } else {
                let colon = line.iter().position(|byte| *byte == b':').expect("a field");
                let name = String::from_utf8_lossy(&line[..colon]).to_lowercase();
                head.fields.push((name, line[colon + 1..].trim_ascii().to_vec()));
            }
        }
    }

    /// The body that follows, and whether it is whole.
    fn body(&self, from: &mut impl BufRead, until_the_end: bool) -> io::Result<(Vec<u8>, bool)> {
        let mut body = Vec::new();
        if self.value("transfer-encoding") == Some("chunked") {
            loop {
                let mut size = String::new();
                if from.read_line(&mut size)? == 0 {
                    return Ok((body, false));
                }
                let size = u64::from_str_radix(size.trim(), 16).expect("a chunk size");
                if from.take(size).read_to_end(&mut body)? < usize::try_from(size).unwrap() {
                    return Ok((body, false));
                }
                if from.read_line(&mut String::new())? == 0 {
                    return Ok((body, false));
                }
                if size == 0 {
                    return Ok((body, true));
                }
            }
        }
        if let Some(length) = self.value("content-length") {
            let length: u64 = length.parse().expect("a length");
            from.take(length).read_to_end(&mut body)?;
            let whole = body.len() as u64 == length;
            return Ok((body, whole));
        }
        if until_the_end {
            from.read_to_end(&mut body)?;
        }
        Ok((body, true))
    }
}
