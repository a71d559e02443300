//! Work at n and at 2n lines, counted as bytes of heads that are read, never timed: twice the lines are
//! twice the work. The exceptions are listed with what they cost. What happens within one value is not counted
//! here: that is what the fuzzer's limit of seconds for one input is for.

use larder::Config;
use larder::structured::{Dictionary, List};
use larder_oracles::spelling::{Fields, store};
use larder_oracles::work::Counted;

const N: usize = 40;

/// n lines of one field, and what every head has.
fn lines(name: &str, value: impl Fn(usize) -> String, n: usize) -> Fields {
    let line = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    let mut fields = vec![line("Cache-Control", "max-age=60"), line("ETag", "\"a\"")];
    fields.extend((0..n).map(|number| line(name, &value(number))));
    fields
}

/// Bytes of the request and of the response that are read to store it and to look it up.
fn work(asked: &Fields, answered: &Fields) -> (u64, u64) {
    let config = Config::private();
    let (request, response) = (Counted::new(asked), Counted::new(answered));
    if let Ok(stored) = store(&config, &request, 200, &response) {
        let _ = stored.verdict(&config, &request, 5);
        let _ = stored.verdict(&config, &request, 500);
    }
    (request.read(), response.read())
}

type Heads = fn(usize) -> (Fields, Fields);

fn grows(name: &str, heads: Heads, most: f64) {
    let at = |n| {
        let (asked, answered) = heads(n);
        let (request, response) = work(&asked, &answered);
        request + response
    };
    let (once, twice) = (at(N), at(2 * N));
    #[allow(clippy::cast_precision_loss)] // small numbers
    let ratio = twice as f64 / once as f64;
    println!("{name}: {once} bytes read at {N} lines, {twice} at twice as many, {ratio:.2}");
    assert!(
        ratio < most,
        "{name}: {once} bytes read at {N} lines, {twice} at twice as many"
    );
}

#[test]
fn twice_the_lines_are_twice_the_work() {
    const LINEAR: [(&str, Heads); 6] = [
        ("unrelated", |n| {
            (Fields::new(), lines("X-A", |i| i.to_string(), n))
        }),
        ("Cache-Control", |n| {
            (
                Fields::new(),
                lines("Cache-Control", |i| format!("x{i}=\"a\""), n),
            )
        }),
        ("Connection: close", |n| {
            (Fields::new(), lines("Connection", |_| "close".into(), n))
        }),
        ("ETag", |n| (Fields::new(), lines("ETag", |_| "\"a\"".into(), n))),
        ("Age", |n| (Fields::new(), lines("Age", |i| i.to_string(), n))),
        ("request Cache-Control", |n| {
            (
                lines("Cache-Control", |i| format!("x{i}"), n),
                lines("X", |_| "1".into(), n),
            )
        }),
    ];
    for (name, heads) in LINEAR {
        grows(name, heads, 2.3);
    }
}

/// A line is looked for in the other lines: the square of the lines, of which clients take a hundred or so.
/// Never more than the square.
#[test]
fn what_grows_with_the_square() {
    const SQUARE: [(&str, Heads); 4] = [
        ("Connection: names", |n| {
            let mut fields = lines("Connection", |i| format!("x-{i}"), n);
            fields.extend(lines("Y", |_| "1".into(), n));
            (Fields::new(), fields)
        }),
        ("Vary", |n| {
            (Fields::new(), lines("Vary", |i| format!("x-{i}"), n))
        }),
        ("If-None-Match", |n| {
            (
                lines("If-None-Match", |i| format!("\"{i}\""), n),
                lines("X", |_| "1".into(), n),
            )
        }),
        ("nominated field", |n| {
            (
                lines("Accept", |i| format!("a/{i}"), n),
                lines("Vary", |_| "accept".into(), 1),
            )
        }),
    ];
    for (name, heads) in SQUARE {
        grows(name, heads, 4.5);
    }
}

/// A structured field is read once to check it, and once for each time that it is walked.
#[test]
fn structured_fields_are_read_as_often_as_they_are_walked() {
    let head = lines("Field", |i| format!("a{i};x=1, b=(1 2)"), N);
    let plain = Counted::new(&head);
    assert_eq!(larder::Headers::get_all(&plain, "field").count(), N);
    let once = plain.read();
    let counted = Counted::new(&head);
    let dictionary = Dictionary::of(&counted, "field").expect("it is one");
    assert_eq!(counted.read(), once);
    assert_eq!(dictionary.iter().count(), 2 * N);
    assert!(dictionary.get("a1").is_some() && dictionary.get("c").is_none());
    assert_eq!(counted.read(), 4 * once);
    let members = lines("Field", |i| i.to_string(), N);
    let counted = Counted::new(&members);
    let list = List::of(&counted, "field").expect("it is one");
    assert_eq!(list.iter().count(), N);
    let one_walk = counted.read() / 2;
    assert_eq!(list.iter().count(), N);
    assert_eq!(counted.read(), 3 * one_walk);
}
