//! Responses that nobody reads to their end: they take no place, and what they have shown stays shown.

mod client;
mod flaky;
mod origin;

use client::{cache, text};
use flaky::FlakyStore;
use larder_ureq::{Cache, CacheInfo, CacheMode, Outcome};
use origin::{Origin, Reply};
use ureq::Agent;

const FRESH: &[(&str, &str)] = &[("Cache-Control", "max-age=60"), ("ETag", "\"1\"")];

/// An origin that says "old" once, and this reply ever after.
fn old_and_then(reply: Reply) -> Origin {
    Origin::script(vec![Reply::new(200, FRESH, "old"), reply])
}

fn reload(agent: &Agent, url: &str) {
    drop(agent.get(url).extension(CacheMode::Reload).call());
}

#[test]
fn what_is_dropped_half_way_has_outdated_what_is_stored() {
    // req: 9111-4.3.3-03
    let lines = [FRESH[0], ("ETag", "\"2\"")];
    let large = vec![b'x'; 100_000];
    for (reply, error) in [
        (Reply::new(200, &lines, "new"), false),
        (Reply::chunked(200, &lines, &[b"n", b"ew"]), false),
        // of which the caller gets no body, and the store not all of it
        (Reply::new(404, &lines, &large), true),
    ] {
        let origin = old_and_then(reply);
        let (cache, agent) = cache();
        let url = origin.url("/");
        assert_eq!(text(&agent, &url), "old");
        reload(&agent, &url);
        cache.wait(std::time::Duration::from_secs(60));
        let response = agent.get(&url).call();
        assert_eq!(origin.asked()[2].field("if-none-match"), Some("\"1\""));
        match response {
            Ok(mut response) => assert_eq!(response.body_mut().read_to_string().unwrap(), "new"),
            Err(_) => assert!(error),
        }
    }
}

#[test]
fn it_may_be_confirmed_all_the_same() {
    // req: 9111-4.3.3-01
    let origin = Origin::new(|asked, number| match (number, asked.field("if-none-match")) {
        (0 | 1, _) | (_, None) => Reply::new(200, FRESH, "old"),
        _ => Reply::new(304, FRESH, ""),
    });
    let (_, agent) = cache();
    let url = origin.url("/");
    assert_eq!(text(&agent, &url), "old");
    reload(&agent, &url);
    let response = agent.get(&url).call().unwrap();
    assert_eq!(CacheInfo::of(&response).unwrap().outcome(), Outcome::Validated);
    assert_eq!(text(&agent, &url), "old");
    assert_eq!(origin.count(), 3);
}

#[test]
fn what_breaks_off_or_is_an_error_of_the_server_has_not() {
    // req: 9111-4.3.3-04
    let cut = Reply::new(200, FRESH, "hello, world");
    let cut = cut.clone().cut(cut.len() - 3);
    let broken = Reply::new(500, &[("Cache-Control", "max-age=60")], vec![b'x'; 100_000]);
    for reply in [cut, broken] {
        let origin = old_and_then(reply);
        let (_, agent) = cache();
        let url = origin.url("/");
        assert_eq!(text(&agent, &url), "old");
        if let Ok(mut response) = agent.get(&url).extension(CacheMode::Reload).call() {
            response.body_mut().read_to_vec().unwrap_err();
        }
        assert_eq!((text(&agent, &url).as_str(), origin.count()), ("old", 2));
    }
}

#[test]
fn a_later_one_is_left_alone() {
    // req: 9111-4-12
    let origin = old_and_then(Reply::new(200, FRESH, "new"));
    let (_, agent) = cache();
    let url = origin.url("/");
    let slow = agent.get(&url).call().unwrap();
    // the clock goes in milliseconds
    std::thread::sleep(std::time::Duration::from_millis(5));
    let request = agent.get(&url).extension(CacheMode::Reload);
    assert_eq!(
        request.call().unwrap().body_mut().read_to_string().unwrap(),
        "new"
    );
    drop(slow);
    assert_eq!((text(&agent, &url).as_str(), origin.count()), ("new", 2));
}

#[test]
fn a_store_that_cannot_be_told_is_not_believed() {
    // req: 9111-4.3.3-03
    let origin = old_and_then(Reply::new(200, FRESH, "new"));
    let store = FlakyStore::default();
    let agent = Cache::new(store.clone()).agent(|builder| builder.proxy(None));
    let url = origin.url("/");
    assert_eq!(text(&agent, &url), "old");
    let response = agent.get(&url).extension(CacheMode::Reload).call().unwrap();
    // what is stored is looked at (2), and one marked
    store.fail_at(store.operations() + 1, 1);
    drop(response);
    assert_eq!(text(&agent, &url), "new");
}
