//! A value of every type that defmt can print.

use larder::store::arena::{ArenaError, ArenaStore};
use larder::store::heap::HeapLimits;
use larder::store::slots::SlotStore;
use larder::store::{BodyError, EntryError, PackError, Store, StoreError, TooLong};
use larder::structured::{BareItem, Item, List, Member};
use larder::*;
use larder_embedded::validators::{Kept, NotKept, Unchanged};
use larder_embedded::wire::{
    Framing, FramingError, ParsedHead, Persistence, TcpError, Unwritable, WireError,
};
use larder_embedded::{BodyLength, Ended, Error};

/// Prints each value behind the name of its type, which the frames themselves do not carry.
macro_rules! print {
    ($count:ident: $($name:literal $value:expr),* $(,)?) => {
        $( defmt::println!($name, $value); $count += 1; )*
    };
}

static CONFIG: Config = Config::private();

/// Prints all of them; how many.
pub fn print() -> usize {
    let mut count = 1; // the counters of a client, which are printed where there is a client
    let now = Now::mono(1, 1_000).with_utc(1_783_987_200_000);
    let target = Target::parse("http://a.test/a").expect("a URI");
    let key = Key::new(&target, 1);
    let mut learned = LearnedUtc::new();
    learned.observe(1_783_987_200, Now::mono(1, 0));
    print!(count:
        "Now {}" now,
        "UtcSource {}" now.utc_source(),
        "Exchanged {}" Exchanged::new(now, now),
        "LearnedUtc {}" learned,
        "Key {}" key,
        "EntryId {}" EntryId(7),
        "Partition {}" Partition::new(5),
        "Scheme {}" target.scheme(),
        "TargetError {}" Target::parse("x").map(|_| ()).expect_err("no URI"),
        "ReferenceError {}" ReferenceError::NotHttp,
        "Config {}" CONFIG,
        "InitialAge {}" InitialAge::Conservative,
        "Duplicates {}" Duplicates::Stale,
        "Qualified {}" Qualified::StripFields,
        "SetCookiePolicy {}" SetCookiePolicy::Store,
        "AuthRequires {}" AuthRequires::Rfc,
        "VaryNormalise {}" VaryNormalise::Lists,
        "Override {}" Override::default(),
        "MethodClass {}" MethodClass::of("GET"),
        "FactsError {}" FactsError::Damaged,
        "Failure {}" Failure::Status(503),
        "HeadMismatch {}" HeadMismatch,
        "EntryError {}" EntryError::UnknownVersion(9),
        "TooLong {}" TooLong { length: 2, limit: 1 },
        "PackError {}" PackError::<StoreError>::TooLong(TooLong { length: 2, limit: 1 }),
        "StoreError {}" StoreError::BufferTooSmall { needed: 512 },
        "BodyError {}" BodyError::<StoreError>::Gone,
        "ArenaError {}" ArenaError::NotFormatted,
        "HeapLimits {}" HeapLimits::new(1024),
        "Framing {}" Framing::Chunked,
        "FramingError {}" FramingError::CutOff,
        "Persistence {}" Persistence::Keep,
        "ParsedHead {}" ParsedHead { length: 19, status: 200, http11: true },
        "Unwritable {}" Unwritable,
        "WireError {}" WireError::<StoreError>::HeadTooLarge { limit: 512 },
        "TcpError {}" TcpError::<StoreError, StoreError>::Secure,
        "Error {}" Error::<StoreError>::GatewayTimeout(Reason::Disconnected),
        "BodyLength {}" BodyLength::Exact(5),
        "Ended {}" Ended::Complete,
        "Unchanged {}" Unchanged { digest: [7; 32], reason: Reason::Fresh, fresh_for: 60 },
        "Kept {}" Kept { same: true, kept: Ok(()) },
        "NotKept {}" NotKept::NoRoom,
    );
    count + decisions(&target, now) + tokens(key, now) + fields()
}

/// What the states and the driver hand out.
fn decisions(target: &Target<'_>, now: Now) -> usize {
    let mut count = 0;
    let head = |method, fields| RequestHead {
        method,
        target: *target,
        partition: Partition::COMMON,
        headers: fields,
    };
    let none: &[(&str, &str)] = &[];
    let (get, post) = (head("GET", none), head("POST", none));
    let response = ResponseHead {
        status: 200,
        headers: &[("Cache-Control", "no-store")],
    };
    let at = Exchanged::new(now, now);
    let IdleClientNext::CacheMiss(miss) = IdleClient::new(&CONFIG, &get, now).next() else {
        panic!("nothing is stored");
    };
    let CacheMissNext::CouldNotBeStored(refused) = miss.next(&get, &response, at, &mut [0; 64]) else {
        panic!("it says no-store");
    };
    let only: &[(&str, &str)] = &[("Cache-Control", "only-if-cached")];
    let only = head("GET", only);
    let IdleClientNext::GatewayTimeout(timeout) = IdleClient::new(&CONFIG, &only, now).next() else {
        panic!("nothing is stored");
    };
    let mut exchange = Exchange::new(&CONFIG, 1);
    let _ = exchange.start(&post);
    let action = exchange.response(&post, &response, at, &mut [0; 64]);
    let Action::Invalidate(keys) = action else {
        panic!("POST changes what is stored");
    };
    print!(count:
        "RequestFacts {}" RequestFacts::derive(&get, &CONFIG),
        "ResponseFacts {}" ResponseFacts::derive(&response, &CONFIG, now),
        "CouldNotBeStored {}" refused,
        "GatewayTimeout {}" timeout,
        "Reason {}" refused.reason(),
        "Outcome {}" refused.reason().outcome(),
        "Action {}" action,
        "Keys {}" keys,
        "Serving {}" exchange.serving(),
        "HeadSource {}" exchange.serving().head,
        "ForwardReason {}" ForwardReason::UriMiss,
    );
    count
}

/// What is read of fields that no rule reads yet.
fn fields() -> usize {
    let mut count = 0;
    let Ok(ranges) = RangeSet::parse(b"bytes=0-499", 8) else {
        panic!("it is a range");
    };
    let several: &[(&str, &str)] = &[("Example", "\"a\";p=1, :YQ==:, %\"a%20b\", (1 2)")];
    let Ok(list) = List::of(several, "example") else {
        panic!("it is a List");
    };
    for spec in ranges.specs() {
        print!(count: "RangeSpec {}" spec);
    }
    for positions in ranges.within(1000) {
        print!(count: "BytePositions {}" positions);
    }
    print!(count:
        "ContentRange {}" ContentRange::parse(b"bytes 0-499/1000").expect("it is one"),
        "RangeError {}" ContentRange::parse(b"0-499").expect_err("it has no unit"),
        "StructuredError {}" Item::parse(b"1 2").map(|_| ()).expect_err("more than an Item"),
    );
    for member in list.iter() {
        print!(count: "Member {}" member, "Parameters {}" member.parameters());
        match member {
            Member::InnerList(inner) => {
                print!(count: "InnerList {}" inner);
            }
            Member::Item(item) => {
                print!(count: "Item {}" item, "BareItem {}" item.value);
                match item.value {
                    BareItem::String(text) => {
                        print!(count: "SfString {}" text);
                    }
                    BareItem::DisplayString(text) => {
                        print!(count: "SfDisplayString {}" text);
                    }
                    BareItem::ByteSequence(bytes) => {
                        print!(count: "SfBinary {}" bytes);
                    }
                    _ => {}
                }
            }
        }
    }
    count
}

/// What the stores hand out.
fn tokens(key: Key, now: Now) -> usize {
    let mut count = 0;
    let facts = stored(now);
    let mut ram = [0; 1024];
    let mut arena = ArenaStore::format(&mut ram, 1, 2).expect("room for a store");
    let mut slots = SlotStore::<1, 64, 64>::new(1);
    print!(count:
        "StoredFacts {}" facts,
        "Candidate {}" Candidate { id: EntryId(7), facts },
        "ArenaToken {}" Store::begin(&mut arena, key, &facts, now).expect("room"),
        "SlotToken {}" Store::begin(&mut slots, key, &facts, now).expect("room"),
    );
    count
}

/// Facts of a response that may be stored.
fn stored(now: Now) -> StoredFacts {
    let request = RequestHead {
        method: "GET",
        target: Target::parse("http://a.test/a").expect("a URI"),
        partition: Partition::COMMON,
        headers: &NoFields,
    };
    let response = ResponseHead {
        status: 200,
        headers: &[("Cache-Control", "max-age=60")],
    };
    let mut exchange = Exchange::new(&CONFIG, 1);
    let _ = exchange.start(&request);
    let _ = exchange.heads_done(now);
    let _ = exchange.response(&request, &response, Exchanged::new(now, now), &mut [0; 64]);
    *exchange.stored_facts().expect("it may be stored")
}
