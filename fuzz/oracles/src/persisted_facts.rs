//! Facts as bytes: any bytes are refused or read as facts that write the same bytes, and no facts bring
//! the machine to a panic or a served response that they do not permit.

use crate::spelling::{Stored, Verdict, store};
use larder::{Config, StoredFacts};

/// The target.
pub fn check(data: &[u8]) {
    let config = Config::private();
    let fields = [("ETag", "\"a\""), ("Vary", "Accept")];
    let asked = [("Accept", "x")];
    let Ok(stored) = store(&config, &asked, 200, &fields) else {
        unreachable!("an ETag is enough")
    };
    let mut bytes = stored.facts.to_bytes();
    for (to, from) in bytes.iter_mut().zip(data) {
        *to ^= from;
    }
    let Ok(facts) = StoredFacts::from_bytes(&bytes) else {
        return;
    };
    assert_eq!(StoredFacts::from_bytes(&facts.to_bytes()), Ok(facts));
    let (head, no_cache) = (
        stored.head.clone(),
        [("Cache-Control", "no-cache"), ("Accept", "x")],
    );
    let stored = Stored { facts, head };
    for config in [Config::private(), Config::shared()] {
        for seconds in [0, 1, 1000, u64::from(u32::MAX), u64::MAX] {
            let _ = stored.verdict(&config, &asked, seconds);
            let verdict = stored.verdict(&config, &no_cache, seconds);
            assert!(!matches!(verdict, Verdict::Hit(..)), "{verdict:?}");
        }
    }
}
