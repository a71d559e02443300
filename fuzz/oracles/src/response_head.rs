//! Whole response heads as a message parser hands them over. First line: option bits, seconds
//! between the visits. Then a response head, status line first.
//!
//! What the parser accepts and is text goes to the model; any bytes go to the states, where more
//! restrictions must never make more storable.

use crate::input::{Input, is_quoted_well, plain};
use crate::model::driver::config;
use crate::model::fields::Lines;
use crate::spelling::{Fields, Verdict, store};
use crate::visits::{Visit, agree};
use crate::work::Counted;

const MOST: usize = 64;

/// The target.
pub fn check(data: &[u8]) {
    let input = Input::new(data);
    let [bits, wait, ..] = input.numbers;
    let start = data
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(data.len(), |at| at + 1);
    let mut fields = [httparse::EMPTY_HEADER; MOST];
    let mut response = httparse::Response::new(&mut fields);
    if response.parse(&data[start..]).is_err() {
        return;
    }
    let Some(status) = response.code else { return };
    let lines: Fields = response
        .headers
        .iter()
        .filter(|field| !field.name.is_empty())
        .map(|field| (field.name.as_bytes().to_vec(), field.value.to_vec()))
        .collect();
    any_bytes(bits, wait, status, &lines);
    let text = |(name, value): &(Vec<u8>, Vec<u8>)| Some((plain(name)?, plain(value)?));
    if let Some(lines) = lines.iter().map(text).collect::<Option<Lines>>()
        && lines
            .iter()
            .all(|line| line.0.len() < 255 && is_quoted_well(&line.1))
    {
        let visit = || Visit {
            status,
            ..Visit::get(Vec::new(), lines.clone())
        };
        agree(bits, vec![visit(), visit().after(wait)]);
    }
}

/// A restriction makes nothing storable or fresher, time makes nothing younger.
fn any_bytes(bits: u16, wait: u16, status: u16, lines: &Fields) {
    let config = config(&crate::input::options(bits));
    let none: Fields = Vec::new();
    let counted = Counted::new(lines);
    let plain = store(&config, none.as_slice(), status, &counted);
    counted.expect_at_most(8 + closer_looks(lines));
    let mut restricted = lines.clone();
    restricted.push((b"Cache-Control".to_vec(), b"no-cache".to_vec()));
    let restricted = store(&config, none.as_slice(), status, restricted.as_slice());
    if let Ok(restricted) = &restricted {
        let verdict = restricted.verdict(&config, none.as_slice(), u64::from(wait));
        assert!(
            !matches!(verdict, Verdict::Hit(..)),
            "no-cache was served: {verdict:?}"
        );
    }
    let Ok(plain) = plain else { return };
    let mut before = (0, true);
    let wait = u64::from(wait);
    for seconds in [0, wait, wait + 1, 100_000, u64::from(u32::MAX), 1 << 52] {
        let Verdict::Hit(_, Some(age), left) = plain.verdict(&config, none.as_slice(), seconds) else {
            before.1 = false;
            continue;
        };
        assert!(before.1 || left == 0, "fresh again after {seconds} s");
        assert!(age >= before.0, "age fell to {age} after {seconds} s");
        before.0 = age;
    }
    forbidden(&config, status, lines);
}

/// A line is looked for among what Connection nominates, where that is more than `close`, whenever the head
/// is gone through; each line of Vary is looked for.
fn closer_looks(lines: &Fields) -> u64 {
    let of = |wanted: &[u8]| {
        let same = move |line: &&(Vec<u8>, Vec<u8>)| line.0.eq_ignore_ascii_case(wanted);
        lines.iter().filter(same).count() as u64
    };
    let nominates = lines
        .iter()
        .filter(|line| line.0.eq_ignore_ascii_case(b"connection"))
        .any(|line| !line.1.eq_ignore_ascii_case(b"close") && !line.1.eq_ignore_ascii_case(b"keep-alive"));
    let others = lines.len() as u64 - of(b"connection");
    let looks = if nominates { others * (2 + of(b"vary")) } else { 0 };
    // Each line of Vary is looked for from the first on, and whether there is one more.
    2 * of(b"vary") + looks
}

/// `no-store` alone in a line is obeyed whatever stands beside it.
fn forbidden(config: &larder::Config, status: u16, lines: &Fields) {
    let none: Fields = Vec::new();
    let lifted = lines.iter().any(|line| {
        let lower = line.1.to_ascii_lowercase();
        lower.windows(15).any(|part| part == b"must-understand") || line.1.contains(&b'"')
    });
    if lifted {
        return; // must-understand may lift it (RFC 9111 section 5.2.2.3), a quote may swallow it
    }
    let mut lines = lines.clone();
    lines.push((b"cache-control".to_vec(), b"no-store".to_vec()));
    assert!(
        store(config, none.as_slice(), status, lines.as_slice()).is_err(),
        "no-store was stored"
    );
}
