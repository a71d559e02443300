//! Many who ask for the same at once.

mod origin;

use std::io::Read;
use std::sync::Barrier;
use std::time::Duration;

use larder_ureq::{Cache, MemoryStore};
use origin::{Origin, Reply};
use ureq::Agent;

const FRESH: &[(&str, &str)] = &[("Cache-Control", "max-age=60"), ("ETag", "\"1\"")];

fn cache() -> (Cache<MemoryStore>, Agent) {
    let cache = Cache::new(MemoryStore::new(16 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    (cache, agent)
}

fn slowly(reply: &Reply) -> Reply {
    reply
        .clone()
        .late(reply.len(), || std::thread::sleep(Duration::from_millis(200)))
}

/// The bodies that so many threads get which ask at once.
fn at_once(count: usize, get: impl Fn(usize) -> String + Sync) -> Vec<String> {
    let barrier = Barrier::new(count);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|number| {
                let (barrier, get) = (&barrier, &get);
                scope.spawn(move || {
                    barrier.wait();
                    get(number)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Threads that get no processor for 100 ms count as standing still: on a busy machine, try again.
fn soon(attempt: impl Fn() -> bool) -> bool {
    (0..10).any(|_| attempt())
}

fn text(agent: &Agent, url: &str) -> String {
    agent
        .get(url)
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap()
}

#[test]
fn thirty_two_ask_and_one_request_goes_out() {
    // req: 9111-4-10
    let body = "x".repeat(100_000);
    for reply in [
        Reply::new(200, FRESH, &body),
        Reply::chunked(200, FRESH, &[body.as_bytes()]),
    ] {
        assert!(soon(|| {
            let origin = Origin::script(vec![slowly(&reply)]);
            let (cache, agent) = cache();
            let texts = at_once(32, |_| text(&agent, &origin.url("/")));
            assert!(texts.iter().all(|text| *text == body));
            (origin.count(), cache.stats().hits) == (1, 31)
        }));
    }
}

#[test]
fn one_validation_for_all() {
    let stale = [("Cache-Control", "max-age=0"), ("ETag", "\"1\"")];
    let origin = Origin::script(vec![
        Reply::new(200, &stale, "hello"),
        slowly(&Reply::new(304, FRESH, "")),
    ]);
    let (_, agent) = cache();
    text(&agent, &origin.url("/"));
    let texts = at_once(8, |_| text(&agent, &origin.url("/")));
    assert!(texts.iter().all(|text| text == "hello"));
    assert_eq!(origin.count(), 2);
}

#[test]
fn what_cannot_answer_the_others_is_asked_for_again() {
    // req: 9111-4-11
    let reply = Reply::new(200, &[("Cache-Control", "no-store")], "mine");
    let origin = Origin::script(vec![slowly(&reply), reply]);
    let (_, agent) = cache();
    assert_eq!(at_once(4, |_| text(&agent, &origin.url("/"))), ["mine"; 4]);
    assert_eq!(origin.count(), 4);
}

#[test]
fn other_credentials_and_other_fields_are_another_request() {
    // req: 9111-4-11
    let origin = Origin::new(|asked, _| {
        let who = asked.field("authorization").unwrap_or("nobody").to_string();
        slowly(&Reply::new(200, FRESH, who))
    });
    let (_, agent) = cache();
    let get = |who: usize| {
        let request = agent
            .get(origin.url("/"))
            .header("authorization", who.to_string());
        request.call().unwrap().body_mut().read_to_string().unwrap()
    };
    assert_eq!(at_once(4, get), ["0", "1", "2", "3"]);
    assert_eq!(origin.count(), 4);
}

#[test]
fn a_leader_that_fails_leaves_the_others_to_themselves() {
    let whole = Reply::new(200, FRESH, "hello");
    let cut = whole.clone().cut(whole.len() - 3);
    let origin = Origin::script(vec![slowly(&cut), whole]);
    let (_, agent) = cache();
    let texts = at_once(4, |_| {
        let mut response = agent.get(origin.url("/")).call().unwrap();
        response.body_mut().read_to_string().unwrap_or_default()
    });
    assert_eq!(texts.iter().filter(|text| *text == "hello").count(), 3);
    assert_eq!(texts.iter().filter(|text| text.is_empty()).count(), 1);
}

#[test]
fn nobody_waits_for_a_body_that_nobody_reads() {
    let origin = Origin::script(vec![Reply::new(200, FRESH, "hello")]);
    let (_, agent) = cache();
    // On the same thread at once, on another one soon.
    let mut unread = agent
        .get(origin.url("/"))
        .call()
        .unwrap()
        .into_body()
        .into_reader();
    unread.read_exact(&mut [0; 1]).unwrap();
    let url = origin.url("/");
    let mut second = agent.get(&url).call().unwrap();
    assert_eq!(origin.count(), 2);
    std::thread::scope(|scope| {
        scope.spawn(|| assert_eq!(text(&agent, &url), "hello"));
    });
    assert_eq!(origin.count(), 3);
    assert_eq!(second.body_mut().read_to_string().unwrap(), "hello");
}

#[test]
fn off_where_it_is_not_wanted() {
    let origin = Origin::script(vec![slowly(&Reply::new(200, FRESH, "hello"))]);
    let cache = Cache::builder(MemoryStore::new(1 << 20)).collapse(false).build();
    let agent = cache.agent(|builder| builder.proxy(None));
    assert!(soon(|| {
        cache.clear().unwrap();
        let before = origin.count();
        at_once(4, |_| text(&agent, &origin.url("/")));
        origin.count() == before + 4
    }));
}
