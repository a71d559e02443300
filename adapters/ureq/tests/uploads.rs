//! Requests with content go through as they are.

mod origin;

use std::io::Read;

use larder_ureq::{Cache, CacheInfo, MemoryStore, Outcome, Stored};
use origin::{Origin, Reply};
use ureq::{Agent, SendBody};

const FRESH: &[(&str, &str)] = &[("Cache-Control", "max-age=60")];

fn cache() -> (Cache<MemoryStore>, Agent) {
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    (cache, agent)
}

#[test]
fn expect_100_continue() {
    // An origin that says so, and one that never does.
    let interim = b"HTTP/1.1 100 Continue\r\n\r\n";
    let answer = Reply::new(200, FRESH, "done");
    for reply in [Reply::raw([interim, answer.bytes()].concat()), answer.clone()] {
        let origin = Origin::script(vec![reply]);
        let (_, agent) = cache();
        let request = agent.put(origin.url("/")).header("expect", "100-continue");
        let mut response = request.send("content").unwrap();
        assert_eq!(response.body_mut().read_to_string().unwrap(), "done");
        let asked = &origin.asked()[0];
        assert_eq!(
            (asked.method.as_str(), asked.body.as_slice()),
            ("PUT", &b"content"[..])
        );
        assert_eq!(asked.field("expect"), Some("100-continue"));
    }
}

#[test]
fn content_of_any_kind_arrives_and_invalidates() {
    // req: 9111-4.4-01
    let origin = Origin::script(vec![Reply::new(200, FRESH, "hello")]);
    let (_, agent) = cache();
    let url = origin.url("/");
    let get = || {
        let mut response = agent.get(&url).call().unwrap();
        response.body_mut().read_to_string().unwrap();
        CacheInfo::of(&response).unwrap().outcome()
    };
    let long = "x".repeat(200_000);
    let sends: [&dyn Fn(); 4] = [
        &|| drop(agent.post(&url).send("text").unwrap()),
        &|| drop(agent.put(&url).send(long.as_bytes()).unwrap()),
        &|| {
            let mut reader = long.as_bytes().take(70_000);
            drop(
                agent
                    .patch(&url)
                    .send(SendBody::from_reader(&mut reader))
                    .unwrap(),
            );
        },
        &|| drop(agent.delete(&url).call().unwrap()),
    ];
    for (send, length) in sends.iter().zip([4, 200_000, 70_000, 0]) {
        assert_eq!(get(), Outcome::Miss);
        assert_eq!(get(), Outcome::Hit);
        send();
        // What is asked for in the same millisecond counts as asked for before.
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert_eq!(origin.asked().last().unwrap().body.len(), length);
    }
    assert_eq!(get(), Outcome::Miss);
}

#[test]
fn what_answers_them_is_not_stored() {
    // req: 9111-3-01
    let origin = Origin::script(vec![Reply::new(200, FRESH, "hello")]);
    let (cache, agent) = cache();
    let mut response = agent.post(origin.url("/")).send("x").unwrap();
    assert_eq!(CacheInfo::of(&response).unwrap().stored(), Stored::No);
    response.body_mut().read_to_string().unwrap();
    assert_eq!(cache.usage().unwrap().entries, 0);
}

#[test]
fn what_was_done_and_could_not_be_answered_invalidates() {
    // req: 9111-4.4-01
    let large = "x".repeat(3000);
    for answer in [
        Reply::new(200, &[("X-Large", large.as_str())], ""),
        // where nobody can go
        Reply::new(303, &[("Location", "ftp://localhost/")], ""),
    ] {
        let origin = Origin::new(move |asked, _| match asked.method.as_str() {
            "GET" => Reply::new(200, FRESH, "hello"),
            _ => answer.clone(),
        });
        let cache = Cache::new(MemoryStore::new(1 << 20));
        let agent = cache.agent(|builder| builder.proxy(None).max_response_header_size(1000));
        let url = origin.url("/");
        let get = || {
            let mut response = agent.get(&url).call().unwrap();
            response.body_mut().read_to_string().unwrap();
            CacheInfo::of(&response).unwrap().outcome()
        };
        assert_eq!((get(), get()), (Outcome::Miss, Outcome::Hit));
        agent.post(&url).send("change").unwrap_err();
        assert_eq!(get(), Outcome::Miss);
    }
}
