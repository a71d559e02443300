use std::io::{BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use larder_ureq::larder::format_http_date;

use super::Head;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub head: Head,
    pub body: Vec<u8>,
}

/// What goes out, and whether the connection stays.
#[derive(Clone)]
pub struct Reply {
    pub bytes: Vec<u8>,
    pub keep: bool,
}

impl Reply {
    /// A response with Date and Content-Length; `fields` are lines.
    pub fn new(status: u16, fields: &[&str], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let length = format!("Content-Length: {}", body.len());
        let mut reply = Self::head(status, &[fields, &[length.as_str()]].concat());
        reply.bytes.extend_from_slice(body);
        reply
    }

    /// Only a head, with Date.
    pub fn head(status: u16, fields: &[&str]) -> Self {
        let mut head = format!("HTTP/1.1 {status} Status\r\n");
        if !fields.iter().any(|field| field.starts_with("Date:")) {
            head += &format!("Date: {}\r\n", date(0));
        }
        for field in fields {
            head += field;
            head += "\r\n";
        }
        Self {
            bytes: (head + "\r\n").into_bytes(),
            keep: true,
        }
    }

    /// More bytes, and then the end of the connection.
    pub fn then_close(mut self, more: &[u8]) -> Self {
        self.bytes.extend_from_slice(more);
        self.keep = false;
        self
    }
}

/// The time now and some seconds, as Date and Expires have it.
pub fn date(offset_seconds: i64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let seconds = i64::try_from(now.as_secs()).unwrap() + offset_seconds;
    String::from_utf8(format_http_date(seconds).to_vec()).unwrap()
}

type Script = dyn Fn(&Asked, usize) -> Reply + Send + Sync;

/// Answers until it is closed.
pub struct Origin {
    pub address: SocketAddr,
    count: Arc<AtomicUsize>,
    asked: Arc<Mutex<Vec<Asked>>>,
    closed: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Origin {
    /// Answers with what `script` says to a request and its number, counted from 0.
    pub fn new(script: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = Self {
            address: listener.local_addr().unwrap(),
            count: Arc::default(),
            asked: Arc::default(),
            closed: Arc::default(),
            open: Arc::default(),
        };
        let (count, asked) = (Arc::clone(&origin.count), Arc::clone(&origin.asked));
        let (closed, open) = (Arc::clone(&origin.closed), Arc::clone(&origin.open));
        let script: Arc<Script> = Arc::new(script);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if closed.load(Ordering::SeqCst) {
                    return;
                }
                open.lock().unwrap().push(stream.try_clone().unwrap());
                let (count, asked, script) = (Arc::clone(&count), Arc::clone(&asked), Arc::clone(&script));
                let open = Arc::clone(&open);
                thread::spawn(move || {
                    serve(stream, &count, &asked, &*script);
                    // Those that have ended are not kept: a system has only so many.
                    open.lock().unwrap().retain(|stream| stream.peer_addr().is_ok());
                });
            }
        });
        origin
    }

    /// Answers each connection's request with what `answer` writes, piece by piece.
    pub fn streaming(answer: impl Fn(&mut dyn FnMut(&[u8])) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = Self {
            address: listener.local_addr().unwrap(),
            count: Arc::default(),
            asked: Arc::default(),
            closed: Arc::default(),
            open: Arc::default(),
        };
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                if let Ok(Some(_)) = Head::read(&mut reader) {
                    answer(&mut |bytes| stream.write_all(bytes).unwrap());
                }
            }
        });
        origin
    }

    /// Answers the first request with the first reply and so on, the last one for ever.
    pub fn script(replies: Vec<Reply>) -> Self {
        Self::new(move |_, number| replies[number.min(replies.len() - 1)].clone())
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests have arrived.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// The first requests.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Waits until so many requests have arrived.
    pub fn wait_for(&self, count: usize) {
        for _ in 0..2000 {
            if self.count() >= count {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("{} requests instead of {count}", self.count());
    }

    /// Closes every connection and the port.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        // Wakes the listener, so that it is dropped.
        let _ = TcpStream::connect(self.address);
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        for _ in 0..2000 {
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
        self.closed.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

/// How many requests are remembered.
const REMEMBERED: usize = 1000;

fn serve(mut stream: TcpStream, count: &AtomicUsize, remembered: &Mutex<Vec<Asked>>, script: &Script) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Ok(Some(head)) = Head::read(&mut reader) {
        let mut words = head.first.split(' ');
        let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        if head.value("expect").is_some() && stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_err() {
            break;
        }
        let Ok((body, true)) = head.body(&mut reader, false) else {
            break;
        };
        let asked = Asked {
            method: method.to_owned(),
            path: path.to_owned(),
            head,
            body,
        };
        let number = count.fetch_add(1, Ordering::SeqCst);
        if number < REMEMBERED {
            remembered.lock().unwrap().push(asked.clone());
        }
        let reply = script(&asked, number);
        if stream.write_all(&reply.bytes).is_err() || !reply.keep {
            break;
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}
