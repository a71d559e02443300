//! The packed entry and the persisted facts.

mod scenario;

use larder::store::{Entry, EntryError, PackError, SliceSink, TooLong, pack};
use larder::{Config, FactsError, Headers, Now, StoredFacts};
use proptest::prelude::*;
use scenario::{Ask, Fields, Lines, Scenario, at, copied, get, lines};

fn packed(ask: &Ask, status: u16, head: &Fields) -> Result<Vec<u8>, PackError<core::convert::Infallible>> {
    let mut room = vec![0; 1 << 18];
    let mut sink = SliceSink::new(&mut room);
    pack(&mut sink, &ask.head(), status, head)?;
    Ok(sink.finish().expect("it fits the buffer").to_vec())
}

fn sample() -> Vec<u8> {
    let ask = get("/a?b").with_all(&["Foo: 1", "foo: 2"]);
    packed(
        &ask,
        404,
        &lines(&["ETag: \"a\"", "X-Y: z", "Vary: Foo, Bar", "Empty: "]),
    )
    .unwrap()
}

#[test]
fn everything_comes_out_as_it_went_in() {
    // req: 9111-3.1-01, 9110-5.3-01
    let bytes = sample();
    let entry = Entry::parse(&bytes).unwrap();
    assert_eq!(
        (entry.status(), entry.target().to_string().as_str()),
        (404, "https://e.com/a?b")
    );
    assert!(entry.is_for(&get("https://E.com:443/a?b#c").target()) && !entry.is_for(&get("/a").target()));
    let names: Vec<_> = copied(&entry)
        .into_iter()
        .map(|(name, _)| name.to_lowercase())
        .collect();
    assert_eq!(names, ["etag", "x-y", "vary", "empty"]);
    assert_eq!(
        (entry.get_one("etag"), entry.get_one("empty")),
        (Some(&b"\"a\""[..]), Some(&b""[..]))
    );
    let nominated: Vec<_> = entry.nominated().collect();
    assert_eq!(
        nominated,
        [(&b"Foo"[..], Some(&b"1, 2"[..])), (&b"Bar"[..], None)]
    );
}

#[test]
fn damage_is_a_miss() {
    let bytes = sample();
    // Interpreted, every seventh byte and every third bit have to do.
    let step = |most: usize| if cfg!(miri) { most } else { 1 };
    for at in (0..bytes.len()).step_by(step(7)) {
        for bit in (0..8).step_by(step(3)) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            let expected = if at == 0 {
                EntryError::UnknownVersion(damaged[0])
            } else {
                EntryError::Damaged
            };
            assert_eq!(
                Entry::parse(&damaged).err(),
                Some(expected),
                "byte {at} bit {bit}"
            );
        }
    }
    for length in 0..bytes.len() {
        assert!(Entry::parse(&bytes[..length]).is_err(), "{length} bytes");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(Entry::parse(&longer).err(), Some(EntryError::Damaged));
}

#[test]
fn what_does_not_fit_is_refused_whole() {
    // req: 9111-3.1-01, 9110-5.4-01
    let long = |name: usize, value: usize| vec![("n".repeat(name), vec![b'v'; value])];
    let ask = get("/a");
    // Quantity, and minutes of it where it is interpreted.
    if !cfg!(miri) {
        assert!(packed(&ask, 200, &long(255, 65_534)).is_ok());
    }
    let refused = |head: &Fields, ask: &Ask| match packed(ask, 200, head) {
        Err(PackError::TooLong(TooLong { length, limit })) => (length, limit),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&long(256, 1), &ask), (256, 255));
    assert_eq!(refused(&long(1, 65_535), &ask), (65_535, 65_534));
    let mut nominated = get("/a");
    nominated.lines.push(("Foo".into(), vec![b'v'; 40_000]));
    nominated.lines.push(("Foo".into(), vec![b'v'; 40_000]));
    assert_eq!(refused(&lines(&["Vary: Foo"]), &nominated).0, 80_002);
    let path = get(&format!("/{}", "x".repeat(70_000)));
    assert_eq!(refused(&lines(&["X: y"]), &path).1, 65_534);
    // A buffer that is too small tells the size it needs.
    let bytes = sample();
    for room in (0..bytes.len()).step_by(if cfg!(miri) { 13 } else { 1 }) {
        let mut buffer = vec![0; room];
        let mut sink = SliceSink::new(&mut buffer);
        let ask = get("/a?b").with_all(&["Foo: 1", "foo: 2"]);
        let head = lines(&["ETag: \"a\"", "X-Y: z", "Vary: Foo, Bar", "Empty: "]);
        pack(&mut sink, &ask.head(), 404, &head[..]).unwrap();
        assert_eq!(sink.finish().unwrap_err(), bytes.len());
    }
}

#[test]
fn facts_persist() {
    // req: 9111-4.2.3-09
    let head = [
        "Cache-Control: max-age=60, stale-if-error=x, stale-while-revalidate=9",
        "ETag: W/\"a\"",
        "Vary: A",
    ];
    let clocks = [
        at(3),
        Now::mono(7, u64::MAX),
        Now::mono(0, 1).with_learned_utc(-5),
    ];
    for clock in clocks {
        for config in [Config::private(), Config::shared()] {
            let stored = Scenario::of(config)
                .ask(get("/a").partition(u128::MAX - 7))
                .when(clock, clock)
                .stored(200, &head);
            for facts in [
                stored.facts,
                stored.facts.invalidated(),
                stored.facts.with_transformed(),
            ] {
                let bytes = facts.to_bytes();
                assert_eq!(StoredFacts::from_bytes(&bytes), Ok(facts));
                let mut other = bytes;
                other[0] ^= 1;
                assert_eq!(
                    StoredFacts::from_bytes(&other),
                    Err(FactsError::UnknownVersion(other[0]))
                );
                other[0] = bytes[0];
                other[1] = 3;
                assert_eq!(StoredFacts::from_bytes(&other), Err(FactsError::Damaged));
                assert!(FactsError::Damaged.to_string().contains("damaged"));
                assert!(FactsError::UnknownVersion(7).to_string().contains("version 7"));
            }
        }
    }
}

#[test]
fn which_entries_take_the_place_of_others() {
    // req: 9111-4.1-11, 9111-7.2-01
    let of = |ask: Ask, fields: &[&str]| {
        let fields = [fields, &["Cache-Control: max-age=60"]].concat();
        Scenario::private().ask(ask).stored(200, &fields).facts
    };
    let plain = of(get("/a"), &[]);
    assert!(of(get("/a").with("Foo: 1"), &[]).replaces(&plain));
    let one = of(get("/a").with("Foo: 1"), &["Vary: Foo"]);
    let again = of(get("/a").with_all(&["Bar: 2", "foo:  1"]), &["Vary: FOO"]);
    assert!(again.replaces(&one) && one.replaces(&again));
    for other in [
        of(get("/a").with("Foo: 2"), &["Vary: Foo"]),
        of(get("/a"), &["Vary: Foo"]),
        of(get("/a").with("Foo: "), &["Vary: Foo"]),
        of(get("/a").with("Foo: 1"), &["Vary: Foo, Bar"]),
        of(get("/a").with("Foo: 1").partition(1), &["Vary: Foo"]),
        plain,
    ] {
        assert!(!other.replaces(&one) && !one.replaces(&other));
        assert!(!other.outdates(&one) && !one.outdates(&other));
    }
}

#[test]
fn which_entries_are_out_of_date_though_nothing_takes_their_place() {
    // req: 9111-4.3.3-04
    let of = |status| {
        Scenario::private()
            .stored(status, &["Cache-Control: max-age=60"])
            .facts
    };
    for (status, outdates) in [(200, true), (404, true), (499, true), (500, false), (503, false)] {
        assert_eq!(of(status).outdates(&of(200)), outdates, "{status}");
        assert!(of(200).outdates(&of(status)));
    }
}

fn field_lines() -> impl Strategy<Value = Lines> {
    let name = prop_oneof![
        "[!-9;-~]{1,20}",
        prop::sample::select(vec!["ETag", "vary", "Cache-Control", "DATE", "Set-Cookie"])
            .prop_map(String::from),
    ];
    let value = prop::collection::vec(
        any::<u8>().prop_filter("no message splitting", |b| !b"\r\n\0".contains(b)),
        0..40,
    );
    prop::collection::vec((name, value), 0..12)
}

proptest! {
    #![proptest_config(scenario::cases(256))]

    #[test]
    fn any_head_comes_out_as_it_went_in(head in field_lines(), status in 100u16..1000, asked in field_lines()) {
        // req: 9111-3.1-01, 9110-5.5-01, 9110-5.5-02
        let mut ask = get("/a");
        ask.lines = asked;
        let bytes = packed(&ask, status, &head).unwrap();
        let entry = Entry::parse(&bytes).unwrap();
        let expected: Vec<_> = head.iter().map(|(name, value)| {
            (name.to_lowercase(), trimmed(value))
        }).collect();
        let found: Vec<_> = copied(&entry).into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(entry.status(), status);
        // Its own request matches, whatever it nominates.
        for (name, value) in entry.nominated() {
            let name = std::str::from_utf8(name).unwrap_or("");
            prop_assert_eq!(value.is_some(), ask.lines[..].has(name), "{}", name);
        }
    }

    #[test]
    fn any_bytes_are_an_entry_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200), trust_version: bool) {
        // req: 9110-2.3-01
        let mut bytes = bytes;
        if let (true, Some(first)) = (trust_version, bytes.first_mut()) {
            *first = sample()[0];
        }
        prop_assert!(Entry::parse(&bytes).is_err());
        if let Ok(entry) = Entry::trusted(&bytes) {
            let _ = (copied_any(&entry), entry.nominated().count(), entry.target(), format!("{entry:?}"));
        }
    }

    #[test]
    fn damage_never_panics(place in 0usize..80, byte: u8, cut in 0usize..80) {
        let mut bytes = sample();
        let place = place % bytes.len();
        bytes[place] = byte;
        bytes.truncate(bytes.len() - cut.min(bytes.len()));
        if let Ok(entry) = Entry::trusted(&bytes) {
            let _ = (copied_any(&entry), entry.nominated_fields().count(), entry.is_for(&get("/a").target()));
        }
    }

    #[test]
    fn any_bytes_are_facts_or_none(bytes in prop::collection::vec(any::<u8>(), StoredFacts::BYTES)) {
        let mut bytes: [u8; StoredFacts::BYTES] = bytes.try_into().unwrap();
        let _ = StoredFacts::from_bytes(&bytes);
        let stored = Scenario::private().stored(200, &["Cache-Control: max-age=60", "ETag: \"a\""]);
        bytes[..2].copy_from_slice(&stored.facts.to_bytes()[..2]);
        let mut damaged = stored;
        damaged.facts = StoredFacts::from_bytes(&bytes).unwrap();
        let _ = damaged.verdict(at(5), &get("/a"));
        prop_assert_eq!(StoredFacts::from_bytes(&damaged.facts.to_bytes()), Ok(damaged.facts));
    }
}

fn copied_any(entry: &Entry<'_>) -> usize {
    entry
        .fields()
        .map(|line| line.name.as_bytes().len() + line.value.len())
        .sum()
}

/// Outer SP and HTAB gone.
fn trimmed(value: &[u8]) -> Vec<u8> {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !blank(byte)).unwrap_or(value.len());
    let end = value
        .iter()
        .rposition(|byte| !blank(byte))
        .map_or(start, |at| at + 1);
    value[start..end].to_vec()
}
