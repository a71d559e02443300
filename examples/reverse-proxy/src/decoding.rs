//! The self-test: a proxy must hand bodies on as they are, and whether ureq decodes them was
//! decided when this program was built.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use ureq::Agent;

/// `larder`, compressed by gzip.
const GZIP: [u8; 26] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x49, 0x2c, 0x4a, 0x49, 0x2d, 0x02,
    0x00, 0x66, 0xb4, 0xcf, 0x42, 0x06, 0x00, 0x00, 0x00,
];

/// Whether a compressed body arrives decoded. It is tried on loopback.
pub fn decodes(agent: &Agent) -> Result<bool, Box<dyn std::error::Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let uri = format!("http://{}/", listener.local_addr()?);
    let origin = thread::spawn(move || answer(&listener));
    let received = agent
        .get(&uri)
        .call()?
        .into_body()
        .into_with_config()
        .read_to_vec();
    origin.join().map_err(|_| "the self-test's origin failed")??;
    // Whatever it is: it is not what was sent.
    Ok(received.ok().as_deref() != Some(&GZIP))
}

fn answer(listener: &TcpListener) -> io::Result<()> {
    let (mut stream, _) = listener.accept()?;
    let lines = BufReader::new(stream.try_clone()?).lines();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        GZIP.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&GZIP)
}
