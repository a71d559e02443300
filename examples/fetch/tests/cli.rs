//! The program as a person runs it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn fetch(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fetch"))
        .args(arguments)
        .env_remove("http_proxy")
        .env_remove("HTTP_PROXY")
        .output()
        .expect("fetch starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_demo_shows_every_outcome_with_its_reason() {
    let output = fetch(&["--demo"]);
    let text = stdout(&output);
    assert!(output.status.success(), "{text}");
    let expected = [
        "asked the origin: nothing is stored for this URI (RFC 9111 section 4)",
        "MISS: the response may be stored (RFC 9111 section 3)",
        "HIT: the stored response is fresh (RFC 9111 section 4.2)",
        "nothing stored matches the request fields that Vary nominates (RFC 9111 section 4.1)",
        "asked the origin: the stored response is stale (RFC 9111 section 4.2)",
        "VALIDATED: the origin confirmed the stored response (RFC 9111 section 4.3.3)",
        "MISS: the response says no-store (RFC 9111 section 5.2.2.5)",
        "invalidated: a request with an unsafe method succeeded (RFC 9111 section 4.4)",
        "asked the origin: marked invalid since it was stored (RFC 9111 section 4.4)",
        "REFUSED: only-if-cached, and nothing stored can serve (RFC 9111 section 5.2.1.7)",
        "2 hits, 1 validations, 7 misses; 4 stored",
    ];
    let mut rest = text.as_str();
    for line in expected {
        let at = rest
            .find(line)
            .unwrap_or_else(|| panic!("no `{line}` in order in\n{text}"));
        rest = &rest[at + line.len()..];
    }
}

#[test]
fn errors_are_one_line_and_exit_code_1() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let unreachable = format!("http://{}/", free.local_addr().expect("an address"));
    drop(free);
    for url in [
        "nonsense",
        "ftp://127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http:///",
        &unreachable,
    ] {
        let output = fetch(&[url]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{url}: {error}");
        assert_eq!(error.lines().count(), 1, "{url}: {error}");
        assert!(error.starts_with(&format!("fetch: {url}: ")), "{error}");
    }
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    for arguments in [
        &["--repeat", "0", "http://a/"][..],
        &["--header", "no colon", "http://a/"],
        &[],
    ] {
        let output = fetch(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

/// A server that somebody else wrote.
struct PythonServer(Child, String);

impl PythonServer {
    fn start(folder: &Path) -> Option<Self> {
        let program = "import functools, http.server as s\n\
            handler = functools.partial(s.SimpleHTTPRequestHandler, directory='.')\n\
            server = s.ThreadingHTTPServer(('127.0.0.1', 0), handler)\n\
            print(server.server_port, flush=True)\n\
            server.serve_forever()";
        let child = Command::new("python3")
            .args(["-c", program])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(error) => {
                assert!(std::env::var_os("CI").is_none(), "CI has no python3: {error}");
                eprintln!("skipped: there is no python3 ({error})");
                return None;
            }
        };
        let mut port = String::new();
        let output = child.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut port).expect("a port");
        Some(Self(child, format!("http://127.0.0.1:{}", port.trim())))
    }
}

impl Drop for PythonServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_miss_then_a_304_from_pythons_server() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("page.txt"), "a page\n").expect("a file");
    let Some(server) = PythonServer::start(folder.path()) else {
        return;
    };
    let url = format!("{}/page.txt", server.1);
    let saved = folder.path().join("saved");
    let saved_path = saved.to_str().expect("a plain name");
    let output = fetch(&[
        "--repeat",
        "2",
        "--no-cache",
        "--explain",
        "--output",
        saved_path,
        &url,
    ]);
    let text = stdout(&output);
    assert!(output.status.success(), "{text}");
    let miss = text.find("MISS: the response may be stored").expect(&text);
    let validated = text.find("VALIDATED: the origin confirmed").expect(&text);
    assert!(miss < validated, "{text}");
    assert!(text.contains("| last-modified: "), "{text}");
    assert_eq!(std::fs::read(&saved).expect("a file"), b"a page\n");
}

#[test]
fn only_if_cached_does_not_ask() {
    let output = fetch(&["--only-if-cached", "http://127.0.0.1:9/"]);
    assert!(output.status.success());
    assert!(
        stdout(&output).contains("REFUSED: only-if-cached"),
        "{}",
        stdout(&output)
    );
}
