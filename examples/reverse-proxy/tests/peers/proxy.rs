use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::{Client, Origin};

/// The program, until it is dropped.
pub struct Proxy {
    child: Child,
    pub address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
}

/// How many lines of the log are kept.
const REMEMBERED: usize = 1000;

impl Proxy {
    pub fn command() -> Command {
        Command::new(env!("CARGO_BIN_EXE_reverse-proxy"))
    }

    /// In front of an origin, with more arguments.
    pub fn before(origin: &Origin, arguments: &[&str]) -> Self {
        Self::before_with(origin, arguments, |_| ())
    }

    /// The same, with what the environment needs.
    pub fn before_with(origin: &Origin, arguments: &[&str], prepare: impl FnOnce(&mut Command)) -> Self {
        let mut command = Self::command();
        prepare(&mut command);
        let mut child = command
            .args(["--listen", "127.0.0.1:0", "--origin", &origin.url()])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("{line:?}")).parse().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&log);
        thread::spawn(move || {
            for line in output.by_ref().lines().map_while(Result::ok).take(REMEMBERED) {
                lines.lock().unwrap().push(line);
            }
            io::copy(&mut output, &mut io::sink()).unwrap();
        });
        Self { child, address, log }
    }

    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// The process, for signals and for what the system knows of it.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The first lines of the access log, once there are so many.
    pub fn log(&self, count: usize) -> Vec<String> {
        for _ in 0..2000 {
            let lines = self.log.lock().unwrap();
            if lines.len() >= count {
                return lines.clone();
            }
            drop(lines);
            thread::sleep(Duration::from_millis(5));
        }
        panic!("no {count} lines: {:?}", self.log.lock().unwrap());
    }

    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// How it ends, and what it says on standard error.
    pub fn wait(mut self) -> (ExitStatus, String) {
        let mut said = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap(), said)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
