//! What the log tells of responses that are not stored. In one test: there is one log.
#![cfg(not(feature = "defmt"))] // which goes before `log`

mod support;

use std::sync::Mutex;

use larder_embedded::Request;
use support::device::{URL, body, device};
use support::{Net, Reply};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Lines;

impl log::Log for Lines {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}", record.level(), record.args());
        LINES.lock().unwrap().push(line);
    }

    fn flush(&self) {}
}

/// What is logged of an answer with these fields, of which so many bytes may be stored.
fn logged(reply: impl Fn() -> Reply, limit: u64, room: usize) -> Vec<String> {
    LINES.lock().unwrap().clear();
    let net = Net::new(|_| reply());
    device(&net, async |client, _, buffer| {
        let mut client = client.with_max_body(limit);
        let request = Request::get(URL).unwrap();
        let mut answer = client.send(&request, &mut buffer[..room]).await.unwrap();
        assert_eq!(body(&mut answer).await, "hello");
    });
    let lines = LINES.lock().unwrap();
    lines
        .iter()
        .filter(|line| line.contains("not stored"))
        .cloned()
        .collect()
}

#[test]
fn what_is_not_stored_is_told() {
    log::set_logger(&Lines).unwrap();
    log::set_max_level(log::LevelFilter::Debug);
    let counted = || Reply::of(200, "Cache-Control: max-age=9\r\n", "hello");
    assert_eq!(logged(counted, 5, 1024), Vec::<String>::new());
    assert_eq!(
        logged(counted, 4, 1024),
        ["DEBUG not stored: 5 bytes of body, 4 may be"]
    );
    let chunked = || {
        let head = "HTTP/1.1 200 X\r\nCache-Control: max-age=9\r\nTransfer-Encoding: chunked\r\n\r\n";
        Reply::keep(format!("{head}5\r\nhello\r\n0\r\n\r\n"))
    };
    assert_eq!(
        logged(chunked, 4, 1024),
        ["DEBUG not stored: 5 bytes of body, 4 may be"]
    );
    let closed = || Reply::close("HTTP/1.1 200 X\r\nCache-Control: max-age=9\r\n\r\nhello");
    assert_eq!(
        logged(closed, 5, 1024),
        ["DEBUG not stored: only the end of the connection ends it"]
    );
    let [line] = &logged(counted, 5, 20)[..] else {
        panic!("one line")
    };
    assert!(
        line.starts_with("DEBUG not stored: the head needs a buffer of "),
        "{line}"
    );
}
