//! Stores that many threads use at once.

use std::format;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;
use std::thread;
use std::vec;
use std::vec::Vec;

use super::tester::{Tester, done};
use super::{AsStore, Sample, at};
use crate::Headers;
use crate::store::shared::SharedStore;
use crate::store::{Entry, Store};

/// A body that was opened can be read and sought in to its end, whatever becomes of its entry.
///
/// # Panics
/// The store breaks a rule.
pub fn bodies_outlive_entries<S: SharedStore>(store: S) {
    let mut tester = Tester(AsStore::new(store));
    let sample = Sample::new("/").with_body_len(2000);
    for end in 0..3 {
        let id = tester.store(&sample);
        let (mut body, length) = done(tester.0.0.open(id), "open").expect("the entry must be there");
        assert_eq!(length, 2000, "open must say the length of the body");
        let mut start = [0; 500];
        done(body.read_exact(&mut start), "reading");
        match end {
            0 => tester.remove(id),
            1 => assert_ne!(tester.store(&sample), id, "a new entry must have a new id"),
            _ => done(tester.0.clear(), "clear"),
        }
        tester.expect_gone(id, &sample);
        assert!(
            done(tester.0.0.open(id), "open").is_none(),
            "open must not find a gone entry"
        );
        for index in 0..20 {
            tester.store(&Sample::new(&format!("/{index}")).with_body_len(2000));
        }
        let mut rest = Vec::new();
        done(body.read_to_end(&mut rest), "reading");
        assert!(
            [&start[..], &rest].concat() == sample.body(),
            "an open body must not change"
        );
        assert_eq!(
            done(body.read(&mut start), "reading"),
            0,
            "a body must end with 0 bytes"
        );
        assert_eq!(
            done(body.seek(SeekFrom::End(-10)), "seeking"),
            1990,
            "a body must be seekable"
        );
        done(body.read_exact(&mut start[..10]), "reading");
        assert_eq!(start[..10], sample.body()[1990..], "a body must be seekable");
    }
}

/// `usage` counts the visible entries, and bytes that come back when they go.
///
/// # Panics
/// The store breaks a rule.
pub fn usage_is_counted<S: SharedStore>(store: S) {
    let mut tester = Tester(AsStore::new(store));
    let usage = |tester: &Tester<AsStore<S>>| done(tester.0.0.usage(), "usage");
    assert_eq!(usage(&tester).entries, 0, "an empty store must have no entries");
    let samples = ["/1", "/2", "/3"].map(|path| Sample::new(path).with_body_len(2000));
    let one = tester.store(&samples[0]);
    let with_one = usage(&tester);
    assert!(with_one.bytes >= 2000, "usage must count bodies");
    let ids = samples.each_ref().map(|sample| tester.store(sample));
    assert_eq!(usage(&tester).entries, 3, "usage must count the visible entries");
    assert!(usage(&tester).bytes >= 6000, "usage must count bodies");
    tester.expect_gone(one, &samples[0]);
    for id in &ids[1..] {
        tester.remove(*id);
    }
    assert_eq!(usage(&tester).entries, 1, "usage must not count what was removed");
    let freed = usage(&tester).bytes < with_one.bytes + 2000;
    assert!(freed, "usage must not count what was removed");
}

/// Many threads that store, update, read, invalidate and remove the same entries see each of
/// them whole: a head with its body, and never parts of two.
///
/// # Panics
/// The store breaks a rule.
pub fn threads<S: SharedStore>(store: S) {
    const THREADS: u32 = 4;
    const ROUNDS: u32 = 300;
    let store = Arc::new(store);
    let workers = (0..THREADS).map(|worker| {
        let store = store.clone();
        thread::spawn(move || (0..ROUNDS).for_each(|round| act(&store, worker, round)))
    });
    let workers: Vec<_> = workers.collect();
    for worker in workers {
        assert!(
            worker.join().is_ok(),
            "a thread has found a broken rule, see above"
        );
    }
}

/// The versions of a sample whose body tells which it is.
fn versioned(path: u32, version: u32) -> Sample {
    let body = version.to_le_bytes().repeat(1 + version as usize % 300);
    Sample::new(&format!("/{path}"))
        .of_version(version)
        .with_body(&body)
}

fn act<S: SharedStore>(store: &Arc<S>, worker: u32, round: u32) {
    let path = (round + worker) % 3;
    let version = worker * 1000 + round;
    let sample = versioned(path, version);
    let key = sample.key(store.seed());
    match (round * 7 + worker) % 5 {
        0 | 1 => {
            let mut token = done(store.begin(key, &sample.facts(), at(0)), "begin");
            done(store.append_head(&mut token, &sample.head()), "append_head");
            // half of it by another thread: a token is not tied to one
            let (body, half) = (sample.body().to_vec(), sample.body().len() / 2);
            done(store.append(&mut token, &body[..half]), "append");
            let other = store.clone();
            let writer = thread::spawn(move || {
                done(other.append(&mut token, &body[half..]), "append");
                done(other.commit(token), "commit")
            });
            assert!(writer.join().is_ok(), "a token must work on any thread");
        }
        2 => {
            if let Some(head) = done(store.next_head(key, None), "next_head") {
                // the same version again, so that head and body still belong together
                let version = version_of(head.bytes.as_ref());
                let sample = versioned(path, version).with_padding(round as usize % 50);
                if let Some(mut token) = done(store.begin_head(head.id, &sample.facts(), at(0)), "begin_head")
                {
                    done(store.append_head(&mut token, &sample.head()), "append_head");
                    let _ = store.commit(token); // it may have gone
                }
            }
        }
        3 => done(store.invalidate(key, at(u64::from(round))), "invalidate"),
        _ => {
            if let (9, Some(head)) = (round % 10, done(store.next_head(key, None), "next_head")) {
                done(store.remove(head.id), "remove");
            }
        }
    }
    let mut place = None;
    while let Some(head) = done(store.next_head(key, place), "next_head") {
        place = Some(head.id);
        let version = version_of(head.bytes.as_ref());
        if let Some((mut body, length)) = done(store.open(head.id), "open") {
            let mut bytes = vec![];
            done(body.read_to_end(&mut bytes), "reading");
            assert_eq!(
                bytes.len() as u64,
                length,
                "a body must have the length that open says"
            );
            assert!(
                bytes == versioned(path, version).body(),
                "a head must be with its own body"
            );
        }
    }
}

/// The version that a head tells.
fn version_of(head: &[u8]) -> u32 {
    let entry = Entry::parse(head).expect("a head must be whole");
    let tag = entry.get_one("etag").expect("a sample has an ETag");
    let tag = std::str::from_utf8(tag).expect("a sample's ETag is a number");
    tag.trim_matches('"')
        .parse()
        .expect("a sample's ETag is a number")
}
