//! The typed states against the driver over them: one stored response, one request, one answer. What goes
//! out, what is served, stored, updated and marked must be the same by both.
//!
//! First line: option bits, seconds between the visits, the status of the answer, and what else is turned
//! (see `Case::new`). Then fields of the stored response; after an empty line those of the request, after
//! another those of the answer.

mod by_exchange;
mod by_states;

use crate::input::{Input, options};
use crate::model::driver::config;
use crate::packed_head::clean;
use crate::spelling::{Fields, Stored, at};
use larder::store::{Entry, SliceSink, pack};
use larder::{
    CacheMissNext, ConditionalFields, Config, EntryId, Exchanged, Failure, Header, Headers, IdleClient,
    IdleClientNext, Key, Now, Outcome, Override, Partition, Qualified, Reason, RequestHead, ResponseFacts,
    ResponseHead, StoredFacts, Target,
};

const URI: &str = crate::visits::URI;
const SEED: u64 = 7;
const ID: EntryId = EntryId(1);
const METHODS: [&str; 8] = [
    "GET", "HEAD", "POST", "PUT", "OPTIONS", "CONNECT", "GET", "DELETE",
];

/// The target.
pub fn check(data: &[u8]) {
    let case = Case::new(&Input::new(data));
    let stored = case.stored();
    let (mut driver, missed) = by_exchange::run(&case, &stored);
    driver.gone &= !missed; // what is gone already goes no more
    // Who knows at once that the entry is gone does what the driver does when it learns that.
    let stored = stored.filter(|_| !missed);
    let states = by_states::run(&case, &stored);
    // Only the driver looks for what an answer to HEAD says of an entry that the request did not select.
    if case.method != "HEAD" && !case.lost {
        let mut states = states;
        if case.only_date_tells()
            && matches!(
                (&states.end, &driver.end),
                (End::Served(..), End::NotModified(..)) | (End::NotModified(..), End::Served(..))
            )
        {
            (states.end, driver.end) = Default::default();
        }
        assert_eq!(states, driver, "the states and the driver part on {case:?}");
    }
}

/// What happens.
#[derive(Debug)]
struct Case {
    config: Config,
    over: Override,
    first: Fields,
    method: &'static str,
    asked: Fields,
    wait: u64,
    status: u16,
    fields: Fields,
    failure: Option<Failure>,
    /// Neither visit knows the time of day; the second is after a reset of the clock.
    timeless: bool,
    reset: bool,
    /// The entry has been marked before; it goes before it is read for the second time.
    marked: bool,
    vanishes: bool,
    transformed: bool,
    /// The status of the stored response.
    first_status: u16,
    /// What is no entity tag counts as one.
    lenient: bool,
    /// The entry goes after it was confirmed, before it is updated.
    lost: bool,
}

/// What both must do alike.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// The fields of each request that goes out.
    sent: Vec<Text>,
    /// Facts and fields of what is stored, by the visit or by an update.
    stored: Option<(StoredFacts, Text)>,
    updated: Option<(StoredFacts, Text)>,
    /// Keys that are marked; whether the entry is, or is removed: either will do.
    marked: Vec<Key>,
    gone: bool,
    end: End,
}

/// How it ends.
#[derive(Debug, Default, PartialEq)]
enum End {
    /// The fields of the answer, its age, its remaining lifetime, and whether it is to be validated.
    Served(Text, Option<u64>, u64, bool),
    NotModified(Text, Option<u64>),
    Passed,
    #[default]
    Timeout,
}

impl Case {
    /// Whether a client's date is compared with Date, for want of a readable Last-Modified (RFC 9111 section 4.3.2), and a 304
    /// has another one: the driver compares with the one before the update, the states with the one after.
    /// What the client has is the same in either case.
    fn only_date_tells(&self) -> bool {
        let modified = |fields: &Fields| {
            let (status, headers) = (200, fields.as_slice());
            let head = ResponseHead { status, headers };
            let facts = ResponseFacts::derive(&head, &self.config, self.at().response);
            facts.last_modified().is_some()
        };
        let replaced = self.fields.as_slice().has("last-modified");
        let told = modified(&self.fields) || (modified(&self.first) && !replaced);
        let asked = self.asked.as_slice();
        let dated = asked.has("if-modified-since") && !asked.has("if-none-match");
        self.status == 304 && dated && !told
    }

    /// The bits of the last number: three for the method, then: strip fields, lenient tags, store whatever
    /// it says, a lifetime from the caller, two for the failure, no time of day, a reset, what is stored was
    /// transformed, is marked, is gone when it is needed, is a 404.
    fn new(input: &Input<'_>) -> Self {
        let [bits, wait, status, turned] = input.numbers;
        let (first, rest) = input.halves();
        let (asked, answer) = rest.halves();
        let is = |bit: u16| turned & (1 << bit) != 0;
        let mut config = config(&options(bits)).with_lenient_etag(is(4));
        if is(3) {
            config = config.with_qualified(Qualified::StripFields);
        }
        let failure = match turned >> 7 & 0b11 {
            0 => None,
            1 => Some(Failure::Transport),
            2 => Some(Failure::Disconnected),
            _ => Some(Failure::Status(status)),
        };
        Self {
            timeless: is(9),
            reset: is(10),
            marked: is(12),
            vanishes: is(13),
            transformed: is(11),
            lenient: is(4),
            lost: is(15),
            first_status: if is(14) { 404 } else { 200 },
            config,
            over: Override {
                lifetime: is(6).then_some(20),
                force_store: is(5),
            },
            first: bytes(&first, b"Cache-Control"),
            method: METHODS[usize::from(turned & 0b111)],
            asked: bytes(&asked, b"Cache-Control"),
            wait: wait.into(),
            status: if (200..=599).contains(&status) {
                status
            } else {
                200
            },
            fields: bytes(&answer, b"Cache-Control"),
            failure,
        }
    }

    fn request<'a>(&self, fields: &'a Fields) -> RequestHead<'a, [(Vec<u8>, Vec<u8>)]>
    where
        Self: 'a,
    {
        RequestHead {
            method: self.method,
            target: Target::parse(URI).expect("a URI"),
            partition: Partition::COMMON,
            headers: fields.as_slice(),
        }
    }

    fn response(&self) -> ResponseHead<'_, [(Vec<u8>, Vec<u8>)]> {
        ResponseHead {
            status: self.status,
            headers: self.fields.as_slice(),
        }
    }

    /// A 304 that confirms nothing is asked for again, and then comes whole.
    fn again(&self) -> ResponseHead<'_, [(Vec<u8>, Vec<u8>)]> {
        ResponseHead {
            status: if self.status == 304 { 200 } else { self.status },
            headers: self.fields.as_slice(),
        }
    }

    /// So many seconds after the second visit began.
    fn now(&self, seconds: u64) -> Now {
        let seconds = self.wait + seconds;
        let domain = if self.reset { 2 } else { 1 };
        match (self.timeless, self.reset) {
            (false, false) => at(seconds),
            (true, _) => Now::mono(domain, seconds * 1000),
            (false, true) => {
                let utc = 1_783_987_200_000 + i64::try_from(seconds * 1000).expect("at most a day");
                Now::mono(domain, seconds * 1000).with_utc(utc)
            }
        }
    }

    fn at(&self) -> Exchanged {
        Exchanged::new(self.now(0), self.now(1))
    }

    /// The first response to a GET, as it is stored.
    fn stored(&self) -> Option<Stored> {
        let none = Fields::new();
        let request = RequestHead {
            method: "GET",
            ..self.request(&none)
        };
        let now = if self.timeless { Now::mono(1, 0) } else { at(0) };
        let idle = IdleClient::new(&self.config, &request, now).with_override(self.over);
        let IdleClientNext::CacheMiss(miss) = idle.next() else {
            unreachable!("nothing is stored")
        };
        let response = ResponseHead {
            status: self.first_status,
            headers: self.first.as_slice(),
        };
        match miss.next(&request, &response, Exchanged::new(now, now), &mut []) {
            CacheMissNext::StoreAndUse(state) => {
                let mut buffer = vec![0; 1 << 16];
                let mut sink = SliceSink::new(&mut buffer);
                pack(
                    &mut sink,
                    &request,
                    self.first_status,
                    &state.head(self.first.as_slice()),
                )
                .ok()?;
                let facts = match (self.transformed, self.marked) {
                    (true, _) => state.facts().with_transformed(),
                    (_, true) => state.facts().invalidated(),
                    _ => *state.facts(),
                };
                Some(Stored {
                    facts,
                    head: sink.finish().ok()?.to_vec(),
                })
            }
            _ => None,
        }
    }
}

/// Field lines of any bytes; a line without a colon is the value of the field named.
fn bytes(input: &Input<'_>, name: &[u8]) -> Fields {
    let field = |line: &&[u8]| match line.iter().position(|byte| *byte == b':') {
        Some(at) if (1..255).contains(&at) => (line[..at].to_vec(), line[at + 1..].to_vec()),
        _ => (name.to_vec(), line.to_vec()),
    };
    input.lines.iter().take(40).map(field).collect()
}

/// A reason explains what came of it, and says where that is written.
fn explains(reason: Reason, outcome: Outcome) {
    assert_eq!(reason.outcome(), outcome, "{reason}");
    assert_eq!(reason.name(), format!("{reason:?}"));
    let text = reason.to_string();
    assert!(text.starts_with(reason.text()) && text.contains("RFC"), "{text}");
    assert!(text.contains(reason.section()), "{text}");
}

/// The signed lifetime of an answer is the other one, where there is any left.
fn left(signed: Option<i64>, remaining: u64) {
    let signed = signed.map_or(0, |seconds| seconds.max(0));
    assert_eq!(u64::try_from(signed), Ok(remaining));
}

/// Field lines as they are compared and printed; a store trims values.
type Text = Vec<String>;

fn text<H: Headers + ?Sized>(head: &H) -> Text {
    let line = |line: larder::Header<'_>| {
        let name = line.name.as_bytes().to_ascii_lowercase();
        format!("{}: {}", name.escape_ascii(), clean(line.value).escape_ascii())
    };
    head.fields().map(line).collect()
}

/// The lines of a conditional request, which are the same when an adapter makes them by hand.
fn applied(case: &Case, fields: &ConditionalFields<'_>) -> Text {
    let lines = text(&fields.apply(case.asked.as_slice()));
    let replaced = |line: &Header<'_>| fields.remove().any(|name| line.name == name);
    let mut by_hand: Vec<_> = Headers::fields(case.asked.as_slice()).collect();
    by_hand.retain(|line| !replaced(line));
    by_hand.extend(fields.set());
    assert_eq!(lines, text(by_hand.as_slice()), "applied, and by hand");
    lines
}

/// The packed entry with another head.
fn repacked<H: Headers + ?Sized>(case: &Case, entry: &Entry<'_>, head: &H) -> Option<Vec<u8>> {
    let mut buffer = vec![0; 1 << 17];
    let mut sink = SliceSink::new(&mut buffer);
    pack(&mut sink, &case.request(&case.asked), entry.status(), head).ok()?;
    Some(sink.finish().ok()?.to_vec())
}
