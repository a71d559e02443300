//! How a list is spelled must not matter (RFC 9110 sections 5.1, 5.2, 5.3, 5.5, 5.6.1): lines joined or
//! apart, letters of names, white space, empty members, the order of unrelated fields.
//!
//! First line: option bits, seconds, how to spell. Then fields of the response, Cache-Control where
//! none is named; after an empty line those of the second request.

use crate::input::Input;
use crate::model::driver::config;
use crate::spelling::{Fields, store};
use larder::{FieldName, Header, Headers};

/// The target.
pub fn check(data: &[u8]) {
    let input = Input::new(data);
    let [bits, wait, how, _] = input.numbers;
    // Two different lines of a field that holds one value are another matter than one line.
    let config = config(&crate::input::options(bits & !(1 << 4)));
    let (answer, again) = input.halves();
    lines(&bytes(&answer.fields("Cache-Control")));
    let (answered, asked) = (answer.fields("Cache-Control"), again.fields("Cache-Control"));
    let names = |line: &(String, String)| line.1.to_ascii_lowercase().contains("x-unrelated");
    let how = if answered.iter().any(names) {
        how & !(1 << 4) // then it is not
    } else {
        how
    };
    let (plain, spelled) = (bytes(&answered), respelled(&bytes(&answered), how));
    let none: Fields = Vec::new();
    let first = store(&config, none.as_slice(), 200, plain.as_slice());
    let second = store(&config, none.as_slice(), 200, spelled.as_slice());
    match (first, second) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first.facts.lifetime(), second.facts.lifetime());
            let (asked, other) = (bytes(&asked), respelled(&bytes(&asked), how));
            for seconds in [u64::from(wait), 0, 1 << 20] {
                assert_eq!(
                    first.verdict(&config, asked.as_slice(), seconds),
                    second.verdict(&config, other.as_slice(), seconds)
                );
            }
        }
        (first, second) => assert_eq!(first.err(), second.err()),
    }
}

/// What the trait says of any head, whatever holds its lines; values are not printed.
fn lines(fields: &Fields) {
    let headers: Vec<Header<'_>> = fields
        .iter()
        .map(|(name, value)| Header {
            name: FieldName::new(name),
            value,
        })
        .collect();
    for (name, value) in fields {
        let name = std::str::from_utf8(name).expect("fields of text");
        let all: Vec<&[u8]> = fields.as_slice().get_all(name).collect();
        assert_eq!(
            headers.get_all(&name.to_ascii_uppercase()).collect::<Vec<_>>(),
            all
        );
        let one = if all.len() == 1 { Some(all[0]) } else { None };
        assert_eq!(
            (headers.as_slice().get_one(name), Headers::get_one(&headers, name)),
            (one, one)
        );
        assert!(headers.has(name) && all.contains(&value.as_slice()));
    }
    for line in headers.as_slice().fields() {
        let name = line.name.as_str().expect("fields of text");
        assert_eq!(
            format!("{line:?}"),
            format!("{name}: <{} bytes>", line.value.len())
        );
    }
    let first = headers.first().copied();
    let array = first.map(|line| [line]);
    assert_eq!(array.map(|array| array.fields().count()), first.map(|_| 1));
}

fn bytes(lines: &[(String, String)]) -> Fields {
    let pair = |(name, value): &(String, String)| (name.clone().into_bytes(), value.clone().into_bytes());
    lines.iter().map(pair).collect()
}

/// Fields whose value is a list in which white space around members means nothing.
fn is_list(name: &[u8]) -> bool {
    let lists: [&[u8]; 4] = [b"cache-control", b"vary", b"pragma", b"connection"];
    lists.iter().any(|list| name.eq_ignore_ascii_case(list))
}

/// A quoted string that is still open at the end of a line would swallow the next one.
fn is_open(value: &[u8]) -> bool {
    value.iter().filter(|byte| **byte == b'"').count() % 2 == 1 || value.contains(&b'\\')
}

fn respelled(lines: &Fields, how: u16) -> Fields {
    let is = |bit: u16| how & (1 << bit) != 0;
    let mut fields: Fields = Vec::new();
    for (name, value) in lines {
        let name = if is(0) {
            name.to_ascii_uppercase()
        } else {
            name.clone()
        };
        let list = is_list(&name) && !is_open(value);
        let value = match list {
            true if is(1) => [b" ,\t", &value[..], b" , ,"].concat(),
            _ if is(2) => [b" \t", &value[..], b"\t "].concat(),
            _ => value.clone(),
        };
        let same = |line: &&mut (Vec<u8>, Vec<u8>)| line.0.eq_ignore_ascii_case(&name) && !is_open(&line.1);
        let before = fields.iter_mut().rfind(same);
        match before {
            Some((_, joined)) if list && is(3) => joined.extend([b", ", &value[..]].concat()),
            _ => fields.push((name, value)),
        }
    }
    if is(4) {
        fields.insert(0, (b"X-Unrelated".to_vec(), b"no-store, \"".to_vec()));
    }
    if is(5) {
        // Those of one name stay in their order.
        fields.sort_by_key(|line| line.0.to_ascii_lowercase());
    }
    fields
}
