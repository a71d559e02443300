//! Facts as bytes: any bytes are refused or read as facts that write the same bytes, and no facts bring
//! the machine to a panic or a served response that they do not permit.

use crate::spelling::{Stored, Verdict, store};
use larder::{Config, LearnedUtc, Now, StoredFacts};

/// The target.
pub fn check(data: &[u8]) {
    learned(data);
    // Under other rules than those that it is stored under, the second one may not even be kept.
    for control in ["", "private=\"x-a\", no-cache=\"x-b\""] {
        facts(data, control);
    }
}

fn facts(data: &[u8], control: &str) {
    let config = Config::private();
    let fields = [("ETag", "\"a\""), ("Vary", "Accept"), ("Cache-Control", control)];
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

/// A learned clock: what it writes reads back, other bytes are refused or are what is written for them, and it says
/// nothing in another domain.
fn learned(data: &[u8]) {
    let mut numbers = [[0; 8]; 3];
    for (to, from) in numbers.as_flattened_mut().iter_mut().zip(data) {
        *to = *from;
    }
    let [date, domain, ms] = numbers.map(u64::from_le_bytes);
    let domain = domain as u32;
    let mut clock = LearnedUtc::new();
    clock.observe(date as i64, Now::mono(domain, ms));
    let mut bytes = clock.to_bytes();
    assert_eq!(LearnedUtc::from_bytes(&bytes), Ok(clock));
    assert!(clock.stamp(Now::mono(domain, ms)).utc_ms().is_some());
    assert_eq!(clock.stamp(Now::mono(domain ^ 1, ms)).utc_ms(), None);
    for (to, from) in bytes.iter_mut().zip(data) {
        *to ^= from;
    }
    if let Ok(read) = LearnedUtc::from_bytes(&bytes) {
        assert_eq!(read.to_bytes(), bytes);
    }
}
