//! Packed heads (`larder::store::Entry`): damaged bytes are refused, trusted bytes never panic, and what
//! was packed is what comes out.
//!
//! The bytes are an entry as such; and text input whose fields are packed, with a byte of the result
//! changed. First line: which byte, by what. Then fields.

use crate::input::Input;
use crate::spelling::{Fields, store};
use larder::store::{Entry, PackError, Sink, pack};
use larder::{Config, Headers, Partition, RequestHead, Target, parse_http_date};

/// The target.
pub fn check(data: &[u8]) {
    raw(data);
    let input = Input::new(data);
    let fields: Fields = input
        .lines
        .iter()
        .filter_map(|line| {
            let at = line.iter().position(|byte| *byte == b':')?;
            let name = !line[..at].is_empty() && at < 255;
            name.then(|| (line[..at].to_vec(), line[at + 1..].to_vec()))
        })
        .collect();
    let mut stored = fields.clone();
    stored.push((b"ETag".to_vec(), b"\"a\"".to_vec()));
    packed(&fields, &stored, input.numbers);
}

fn packed(asked: &Fields, stored: &Fields, [place, change, ..]: [u16; 4]) {
    let target = Target::parse("http://e.test/a").expect("a URI");
    let request = RequestHead {
        method: "GET",
        target,
        partition: Partition::COMMON,
        headers: asked.as_slice(),
    };
    let mut full = Full(usize::from(place));
    let packed = pack(&mut full, &request, 200, stored.as_slice());
    if let Err(error) = &packed {
        assert!(!error.to_string().is_empty());
    }
    match packed {
        Ok(()) => assert!(full.0 > 0, "a sink that is full was not heard"),
        Err(PackError::TooLong(error)) => assert!(error.length > error.limit),
        Err(PackError::Sink(_)) => assert_eq!(full.0, 0),
    }
    let config = Config::private();
    let Ok(found) = store(&config, asked.as_slice(), 200, stored.as_slice()) else {
        return;
    };
    let entry = found.entry();
    // Nothing is added but a Date, and what is there keeps its bytes and its order.
    let mut lines = stored.iter();
    for line in entry.fields() {
        let same = |(name, value): &&(Vec<u8>, Vec<u8>)| {
            name.eq_ignore_ascii_case(line.name.as_bytes()) && clean(value) == line.value
        };
        let date = line.name == "date" && parse_http_date(line.value, None) == Some(1_783_987_200);
        assert!(
            date || lines.any(|line| same(&line)),
            "{:?} came from nowhere",
            line.value
        );
    }
    let lines: Vec<_> = entry.nominated_fields().collect();
    let private =
        |line: &larder::Header<'_>| line.name == "authorization" || line.name == "proxy-authorization";
    assert!(!lines.iter().any(private), "credentials are the client's to send");
    let mut damaged = found.head.clone();
    let at = usize::from(place) % damaged.len();
    damaged[at] ^= change.to_le_bytes()[0];
    let entry = Entry::parse(&damaged);
    let text = match &entry {
        Ok(entry) => format!("{entry:?}"),
        Err(error) => error.to_string(),
    };
    assert!(!text.is_empty());
    assert_eq!(entry.is_ok(), damaged == found.head, "byte {at} changed");
    raw(&damaged);
    let cut = Entry::parse(&found.head[..at]);
    assert!(cut.is_err(), "{at} of {} bytes", found.head.len());
}

/// A sink that takes so many bytes more.
struct Full(usize);

impl Sink for Full {
    type Error = std::fmt::Error;

    fn put(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        self.0 = self.0.saturating_sub(bytes.len());
        if self.0 > 0 { Ok(()) } else { Err(std::fmt::Error) }
    }
}

/// A value as it is stored: no white space around it, none of the bytes that split a message (RFC 9110
/// section 5.5).
pub fn clean(value: &[u8]) -> Vec<u8> {
    let space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0);
    let start = value.iter().position(|byte| !space(byte)).unwrap_or(value.len());
    let end = value
        .iter()
        .rposition(|byte| !space(byte))
        .map_or(start, |at| at + 1);
    let safe = |byte: &u8| {
        if matches!(byte, b'\r' | b'\n' | 0) {
            b' '
        } else {
            *byte
        }
    };
    value[start..end].iter().map(safe).collect()
}

/// Everything that reads an entry, on bytes that nothing vouches for.
fn raw(data: &[u8]) {
    let Ok(entry) = Entry::trusted(data) else { return };
    let _ = (
        entry.status(),
        entry.is_for(&entry.target()),
        entry.target().to_string(),
    );
    let mut read = 0;
    for line in entry.fields() {
        read += line.name.as_bytes().len() + line.value.len();
        let text = format!("{line:?}");
        assert!(
            text.ends_with(&format!(": <{} bytes>", line.value.len())),
            "{text}"
        );
    }
    for (name, value) in entry.nominated() {
        read += name.len() + value.map_or(0, <[u8]>::len);
    }
    // A name that is known costs a byte: it has at most 32.
    assert!(read <= data.len() * 32, "{read} bytes out of {}", data.len());
    assert_eq!(entry.fields().count(), entry.fields().count());
}
