//! What ureq keeps to itself of a response, and where it is.

mod origin;

use larder_ureq::{Cache, CacheInfo, MemoryStore, Outcome};
use origin::{Origin, Reply};

const JSON: &[(&str, &str)] = &[
    ("Cache-Control", "max-age=60"),
    ("Content-Type", "application/json; charset=utf-8"),
];

#[test]
fn the_uri_and_the_length() {
    let origin = Origin::script(vec![Reply::new(200, JSON, "[1,2,3]")]);
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    let with_userinfo = origin.url("/a?b").replace("//", "//alice:secret@");
    for outcome in [Outcome::Miss, Outcome::Hit] {
        let mut response = agent.get(&with_userinfo).call().unwrap();
        let info = CacheInfo::of(&response).unwrap().clone();
        assert_eq!(info.outcome(), outcome);
        assert_eq!(info.uri().to_string(), origin.url("/a?b"));
        assert_eq!(
            (info.content_length(), response.body().content_length()),
            (Some(7), None)
        );
        // What ureq makes of Content-Type is the same.
        assert_eq!(response.body().mime_type(), Some("application/json"));
        assert_eq!(response.body().charset(), Some("utf-8"));
        assert_eq!(response.body_mut().read_to_vec().unwrap(), b"[1,2,3]");
    }
}

// With that feature it has been decoded.
#[cfg(not(feature = "charset"))]
#[test]
fn who_decodes_a_charset_is_told_of_it() {
    let lines = [JSON[0], ("Content-Type", "text/plain; charset=iso-8859-1")];
    let origin = Origin::script(vec![Reply::new(200, &lines, b"\xe9")]);
    let agent = larder_ureq::agent(MemoryStore::new(1 << 20), |builder| builder.proxy(None));
    for _ in 0..2 {
        let mut response = agent.get(origin.url("/")).call().unwrap();
        assert_eq!(response.body().charset(), Some("iso-8859-1"));
        assert_eq!(response.body_mut().read_to_vec().unwrap(), b"\xe9");
    }
    assert_eq!(origin.count(), 1);
}

#[cfg(feature = "json")]
#[test]
fn json_is_read_from_the_store_as_from_the_network() {
    let origin = Origin::script(vec![Reply::new(200, JSON, "[1,2,3]")]);
    let agent = larder_ureq::agent(MemoryStore::new(1 << 20), |builder| builder.proxy(None));
    for _ in 0..2 {
        let mut response = agent.get(origin.url("/")).call().unwrap();
        assert_eq!(response.body_mut().read_json::<Vec<u8>>().unwrap(), [1, 2, 3]);
    }
    assert_eq!(origin.count(), 1);
}
