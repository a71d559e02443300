//! The clock of the proxy's machine is put forward and back under the running program.
//!
//! `faketime` (a package of that name in Debian) does that for one process; without it these
//! tests only say that they were skipped.
#![cfg(target_os = "linux")]

mod peers;

use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use peers::origin::date;
use peers::{Client, Origin, Proxy, Reply};

const HOUR: i64 = 3600;

/// A proxy whose UTC is off by some seconds.
struct Clock {
    proxy: Proxy,
    offset: PathBuf,
}

impl Clock {
    /// `None` where `faketime` is missing.
    fn before(origin: &Origin, name: &str, offset: i64, arguments: &[&str]) -> Option<Self> {
        let mut faketime = Command::new("faketime");
        let preload = match faketime.args(["-f", "+0", "printenv", "LD_PRELOAD"]).output() {
            Ok(output) => String::from_utf8(output.stdout).unwrap(),
            Err(error) => {
                eprintln!("SKIPPED: there is no faketime ({error}), so no clock was put forward or back");
                return None;
            }
        };
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("clock-{name}"));
        write(&path, offset);
        let proxy = Proxy::before_with(origin, arguments, |command| {
            command
                .env("LD_PRELOAD", preload.trim())
                .env("FAKETIME_TIMESTAMP_FILE", &path)
                .env("FAKETIME_NO_CACHE", "1")
                // As when somebody sets the clock: what has passed since the start stays as it is.
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        });
        Some(Self { proxy, offset: path })
    }

    fn put(&self, offset: i64) {
        write(&self.offset, offset);
    }
}

/// In one step: the proxy must not read half a number.
fn write(path: &PathBuf, offset: i64) {
    let new = path.with_extension("new");
    std::fs::write(&new, format!("{offset:+}\n")).unwrap();
    std::fs::rename(new, path).unwrap();
}

fn lives(seconds: u64) -> Reply {
    let control = format!("Cache-Control: max-age={seconds}");
    Reply::new(200, &[&control, "ETag: \"a\""], "x")
}

/// Whether the store answered, and with which Age.
fn hit(client: &mut Client, origin: &Origin) -> Option<u64> {
    let before = origin.count();
    let answer = client.get("/");
    assert_eq!(answer.seen(), (200, "x"));
    let age = answer.age();
    // An Age is there exactly when nobody was asked.
    assert_eq!(age.is_none(), origin.count() > before);
    age
}

#[test]
fn the_clock_of_the_process_is_really_another_one() {
    // Without this, the tests below could not fail.
    let origin = Origin::script(vec![lives(1_000_000)]);
    let Some(clock) = Clock::before(&origin, "sanity", 10 * HOUR, &[]) else {
        return;
    };
    let mut client = clock.proxy.client();
    client.get("/");
    // By that clock the response had been on the way for ten hours.
    assert!(hit(&mut client, &origin) >= Some(36_000));
}

#[test]
fn a_clock_put_back_makes_nothing_younger() {
    // req: 9111-4.2.3-09
    let origin = Origin::new(|asked, _| match asked.path.as_str() {
        "/long" => lives(100_000),
        _ => lives(1),
    });
    let Some(clock) = Clock::before(&origin, "back", 0, &["--stale-when-down", "0"]) else {
        return;
    };
    let mut client = clock.proxy.client();
    client.get("/long");
    client.get("/");
    clock.put(-48 * HOUR);
    let age = client.get("/long").age();
    assert!(age.is_some_and(|age| age < 36_000), "{age:?}");
    thread::sleep(Duration::from_millis(1100));
    // Its second is over, whatever the clock says.
    assert_eq!(hit(&mut client, &origin), None);
    // What comes after that lives no longer either.
    thread::sleep(Duration::from_millis(1100));
    assert_eq!(hit(&mut client, &origin), None);
}

#[test]
fn a_clock_put_forward_counts_as_time_that_has_passed() {
    // req: 9111-4.2.3-09
    let origin = Origin::script(vec![lives(3000)]);
    let Some(clock) = Clock::before(&origin, "forward", 0, &[]) else {
        return;
    };
    let mut client = clock.proxy.client();
    client.get("/");
    assert!(hit(&mut client, &origin).is_some());
    // It may have slept: nothing tells that from a clock that was set.
    clock.put(HOUR);
    assert_eq!(hit(&mut client, &origin), None);
    // By this clock the origin's answer is an hour old, and its lifetime over.
    assert_eq!(hit(&mut client, &origin), None);
    // Right again: what comes now is new, and nothing older became younger by that.
    clock.put(0);
    assert_eq!(hit(&mut client, &origin), None);
    assert!(hit(&mut client, &origin).is_some_and(|age| age < 3000));
}

#[test]
fn a_clock_put_back_hides_no_sleep() {
    // req: 9111-4.2.3-09
    let origin = Origin::script(vec![lives(3000)]);
    let Some(clock) = Clock::before(&origin, "sleep", 0, &[]) else {
        return;
    };
    let mut client = clock.proxy.client();
    client.get("/");
    clock.put(-10 * HOUR);
    assert!(hit(&mut client, &origin).is_some());
    // An hour asleep: only UTC goes on.
    clock.put(-9 * HOUR);
    assert_eq!(hit(&mut client, &origin), None);
}

#[test]
fn expires_is_read_by_the_clock_of_the_origin() {
    // req: 9111-4.2.1-03
    let origin = Origin::new(|_, _| {
        let expires = format!("Expires: {}", date(1));
        Reply::new(200, &[&expires], "x")
    });
    // By the proxy's clock that is two days ahead.
    let Some(clock) = Clock::before(&origin, "expires", -48 * HOUR, &["--stale-when-down", "0"]) else {
        return;
    };
    let mut client = clock.proxy.client();
    client.get("/");
    thread::sleep(Duration::from_millis(1100));
    assert_eq!(hit(&mut client, &origin), None);
}
