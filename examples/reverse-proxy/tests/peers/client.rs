use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::Head;

/// One connection.
pub struct Client {
    stream: BufReader<TcpStream>,
}

/// A response as it came.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub head: Head,
    pub body: Vec<u8>,
    /// The body ended where it had to.
    pub whole: bool,
}

impl Answer {
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    /// What tests look at first.
    pub fn seen(&self) -> (u16, &str) {
        assert!(self.whole, "{self:?}");
        (self.status, self.text())
    }

    pub fn age(&self) -> Option<u64> {
        self.head.value("age").map(|age| age.parse().unwrap())
    }
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    /// The next response that is no interim one; `None` at the end of the connection.
    pub fn receive(&mut self, method: &str) -> Option<Answer> {
        let mut head = Head::read(&mut self.stream).ok()??;
        while status(&head) < 200 {
            head = Head::read(&mut self.stream).ok()??;
        }
        let status = status(&head);
        let bodiless = method == "HEAD" || status == 204 || status == 304;
        let (body, whole) = match bodiless {
            true => (Vec::new(), true),
            false => head.body(&mut self.stream, true).unwrap_or_default(),
        };
        Some(Answer {
            status,
            head,
            body,
            whole,
        })
    }

    /// Whether the other side closes the connection, and says nothing more before that.
    pub fn is_closed(&mut self) -> bool {
        match self.stream.read(&mut [0]) {
            Ok(count) => count == 0,
            Err(error) => error.kind() == ErrorKind::ConnectionReset,
        }
    }

    /// A response with Content-Length; calls back when so many bytes of its body are there.
    pub fn receive_after(&mut self, count: usize, then: impl FnOnce()) -> Answer {
        let head = Head::read(&mut self.stream).unwrap().unwrap();
        let mut body = vec![0; count];
        self.stream.read_exact(&mut body).unwrap();
        then();
        let length: usize = head.value("content-length").unwrap().parse().unwrap();
        let mut rest = vec![0; length - count];
        self.stream.read_exact(&mut rest).unwrap();
        body.append(&mut rest);
        Answer {
            status: status(&head),
            head,
            body,
            whole: true,
        }
    }

    /// A request without a body; `fields` are lines.
    pub fn ask(&mut self, method: &str, path: &str, fields: &[&str]) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: test\r\n");
        for field in fields {
            request += field;
            request += "\r\n";
        }
        self.send(request + "\r\n");
        self.receive(method).expect("a response")
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }
}

fn status(head: &Head) -> u16 {
    let status = head.first.split(' ').nth(1);
    status.and_then(|status| status.parse().ok()).expect("a status")
}
