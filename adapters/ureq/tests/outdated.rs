//! A store that fails while something new comes: it shows nothing older from then on.

mod client;
mod flaky;
mod origin;

use std::io::Read;
use std::time::Duration;

use flaky::FlakyStore;
use larder_ureq::{AskAgain, Cache, StatusAsError};
use origin::{Origin, Reply};
use ureq::{Agent, Error};

const OLD: &[(&str, &str)] = &[("Cache-Control", "max-age=60"), ("ETag", "\"1\"")];
const NEW: &[(&str, &str)] = &[("Cache-Control", "max-age=60"), ("ETag", "\"2\"")];

/// How the new one comes, and how it is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Whole,
    Chunked,
    Partly,
    TooLarge,
    NotToBeStored,
    UntilClose,
    Head,
    HeadNotToBeStored,
    AfterForeign304,
    NotFound,
}

use Way::{
    AfterForeign304, Chunked, Head, HeadNotToBeStored, NotFound, NotToBeStored, Partly, TooLarge, UntilClose,
    Whole,
};

impl Way {
    fn reply(self, lines: &[(&str, &str)]) -> Reply {
        let no_store = [("Cache-Control", "no-store"), ("ETag", "\"2\"")];
        match self {
            Chunked => Reply::chunked(200, lines, &[b"n", b"ew"]),
            TooLarge => Reply::new(200, lines, format!("new{}", " ".repeat(5000))),
            NotToBeStored | AfterForeign304 => Reply::new(200, &no_store, "new"),
            Head => Reply::head(200, lines),
            HeadNotToBeStored => Reply::head(200, &no_store),
            UntilClose => {
                Reply::raw("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nConnection: close\r\n\r\nnew")
                    .closing()
            }
            NotFound => Reply::new(404, lines, "new"),
            Whole | Partly => Reply::new(200, lines, "new"),
        }
    }

    fn ask(self, agent: &Agent, url: &str) {
        let request = match self {
            Head | HeadNotToBeStored => agent.head(url),
            _ => agent.get(url),
        };
        let request = request
            .header("Cache-Control", "no-cache")
            .extension(StatusAsError(false));
        let mut response = match request.call() {
            Ok(response) => response,
            // With a jar of cookies there is no second request.
            Err(Error::Other(other)) if other.is::<AskAgain>() => return,
            Err(error) => panic!("{self:?}: {error}"),
        };
        let most = if self == Partly { 1 } else { u64::MAX };
        let mut text = String::new();
        let mut body = response.body_mut().as_reader().take(most);
        body.read_to_string(&mut text).unwrap();
        assert!(matches!(text.trim_end(), "new" | "n" | ""));
    }
}

#[test]
fn whatever_fails_nothing_older_comes_back() {
    // req: 9111-4.3.3-02, 9111-4.3.5-05
    for way in [
        Whole,
        Chunked,
        Partly,
        TooLarge,
        NotToBeStored,
        UntilClose,
        Head,
        HeadNotToBeStored,
        AfterForeign304,
        NotFound,
    ] {
        for count in [1, 2, 5, u64::MAX] {
            for first in 0..30 {
                let origin = Origin::new(move |asked, number| match number {
                    0 => Reply::new(200, OLD, "old"),
                    1 if way == AfterForeign304 && asked.field("if-none-match").is_some() => {
                        Reply::new(304, &[("ETag", "\"other\"")], "")
                    }
                    _ if asked.method == "HEAD" || number == 1 => way.reply(NEW),
                    2 if way == AfterForeign304 => way.reply(NEW),
                    _ => Reply::new(200, NEW, "new"),
                });
                let store = FlakyStore::default();
                let cache = Cache::builder(store.clone()).max_entry_size(4000).build();
                let agent = cache.agent(|builder| builder.proxy(None));
                let url = origin.url("/");
                assert_eq!(client::text(&agent, &url), "old");
                store.fail_at(store.operations() + first, count);
                way.ask(&agent, &url);
                cache.wait(Duration::from_secs(60));
                store.fail_at(0, 0);
                let request = agent.get(&url).extension(StatusAsError(false));
                let text = request.call().unwrap().body_mut().read_to_string().unwrap();
                assert_eq!(text, "new", "{way:?}, {first}, {count}");
            }
        }
    }
}
