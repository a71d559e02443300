//! What histories are made of: weights and values, the plain ones first. "" is no line; a
//! newline makes two lines.

use super::history::Clock;
use super::origin::{Echo, Form, Value};
use super::reuse::Failure;

const DAY: i128 = 86_400_000;

pub const WAITS: &[(usize, i128)] = &[
    (8, 0), (4, 1), (3, 400), (6, 1000), (5, 3000), (4, 4999), (5, 5000), (5, 5001), (6, 10_000), (4, 30_000),
    (4, 59_999), (4, 60_000), (3, 60_001), (4, 61_000), (4, 100_000), (3, 600_000), (3, 3_600_000), (3, DAY),
    (1, 30 * DAY), (1, 365 * DAY), (1, 3650 * DAY),
];

pub const DELAYS: &[(usize, i128)] = &[(12, 0), (3, 1000), (3, 400), (2, 5000), (1, 20_000)];

pub const CLOCKS: &[(usize, Clock)] = &[
    (180, Clock::Runs), (2, Clock::Reboot { utc: true }), (1, Clock::Reboot { utc: false }), (1, Clock::Lost),
    (3, Clock::Found), (1, Clock::Learned(0)), (1, Clock::Learned(-90_000)), (1, Clock::Jump(3_600_000)),
    (1, Clock::Jump(-3_600_000)), (1, Clock::Back(10_000)),
];

pub const CLOCKS_WITHOUT_UTC: &[(usize, Clock)] = &[
    (60, Clock::Runs), (2, Clock::Reboot { utc: false }), (4, Clock::Learned(0)), (4, Clock::Found),
    (2, Clock::Learned(90_000)), (2, Clock::Lost),
];

pub const METHODS: &[(usize, &str)] = &[
    (150, "GET"), (24, "HEAD"), (10, "POST"), (3, "PUT"), (3, "DELETE"), (2, "PATCH"), (3, "OPTIONS"), (2, "FOO"),
    (1, "get"), (1, "TRACE"), (1, "CONNECT"),
];

pub const URIS: &[(usize, &str)] = &[
    (40, "http://a.test/d/x"), (16, "HTTP://A.test:80/d/x"), (5, "http://a.test/d/y"), (6, "https://a.test/d/x"),
    (2, "http://b.test/d/x"), (2, "http://a.test:8080/d/x"), (2, "http://a.test/d/x?q"), (1, "http://a.test"),
    (1, "http://a.test/D/x#part"),
];

pub const REQUEST_DIRECTIVES: &[(usize, &str)] = &[
    (140, ""), (5, "no-cache"), (3, "no-store"), (3, "max-age=0"), (3, "max-age=5"), (4, "max-age=60"),
    (1, "max-age=abc"), (1, "max-age"), (1, "max-age=60, max-age=5"), (1, "max-age=\"60\""), (6, "max-stale"),
    (6, "max-stale=10"), (3, "max-stale=1000"), (1, "max-stale=abc"), (1, "max-stale=10, max-stale"),
    (1, "max-stale=10\nmax-stale=1000"), (3, "max-age=20, max-stale=10"), (3, "min-fresh=5"), (1, "min-fresh=55"),
    (1, "min-fresh=99999999999999"), (1, "min-fresh=abc"), (1, "min-fresh=0, max-stale"), (5, "only-if-cached"),
    (2, "only-if-cached, max-stale=60"), (1, "Only-If-Cached"), (1, "only-if-cached=1"), (3, "stale-if-error=60"),
    (1, "stale-if-error=x"), (1, "stale-if-error=60, no-cache"), (1, "NO-CACHE"), (1, "no-cache=\"x\""),
    (1, "no-transform"), (1, "immutable"), (1, "x=\"no-cache, no-store\""), (1, "x=\"open"), (1, "s-maxage=0"),
    (1, "max-age =0"), (1, ", ,"), (1, "public, must-revalidate"),
];

pub const ACCEPT: &[(usize, &str)] = &[
    (60, ""), (6, "text/html"), (2, "TEXT/html"), (3, "a/b, c/d"), (2, "a/b,c/d"), (2, "a/b\nc/d"), (1, " text/html "),
];

pub const LANGUAGE: &[(usize, &str)] = &[(70, ""), (8, "en"), (5, "de"), (2, "en, de"), (1, "de, en"), (1, "EN ,de")];

pub const NONE_MATCH: &[(usize, &str)] = &[
    (150, ""), (8, "\"a\""), (3, "\"b\""), (2, "W/\"a\""), (3, "\"x\""), (3, "\"x\", \"a\""), (1, "\"x\"\n\"y,z\""),
    (2, "*"), (1, "abc"), (1, "\"x"), (1, ", \"a\" ,, \"a\""), (1, "\"a\" \"x\""), (1, "w/\"a\""), (1, "\"a\", x"),
];

pub const SINCE: &[(usize, Value)] = &[
    (4, Value::Fixed(Form::Fixdate, -1000)), (3, Value::Fixed(Form::Fixdate, -864_000)),
    (2, Value::Fixed(Form::Fixdate, -1001)), (2, Value::Fixed(Form::Fixdate, 0)),
    (1, Value::Fixed(Form::Rfc850, -1000)), (1, Value::Fixed(Form::Asctime, -999)),
    (2, Value::Fixed(Form::Fixdate, 200_000_000)), (1, Value::Text(String::new())),
];

pub const OTHER_REQUEST_FIELDS: &[(usize, (&str, &str))] = &[
    (150, ("", "")), (3, ("Range", "bytes=0-1")), (2, ("If-Match", "\"a\"")),
    (1, ("If-Unmodified-Since", "Tue, 14 Jul 2026 00:00:00 GMT")), (1, ("If-Range", "\"a\"")),
    (1, ("Content-Length", "5")), (1, ("Content-Length", "0")), (1, ("Transfer-Encoding", "chunked")),
    (2, ("Cookie", "a=b")), (2, ("X-Foo", "1")), (1, ("X-Foo", "")),
];

pub const STATUS: &[(usize, u16)] = &[
    (150, 200), (3, 203), (3, 204), (5, 301), (3, 302), (2, 303), (3, 308), (8, 404), (3, 410), (2, 403), (2, 451),
    (8, 500), (6, 503), (2, 502), (2, 504), (2, 501), (1, 505), (3, 206), (2, 299), (2, 471), (1, 599), (1, 600),
    (1, 999), (1, 425), (1, 429), (1, 511), (1, 201), (1, 304), (1, 412), (1, 416),
];

pub const DIRECTIVES: &[(usize, &str)] = &[
    (14, "max-age=60"), (16, ""), (10, "max-age=5"), (3, "max-age=0"), (3, "max-age=3600"), (2, "no-cache"),
    (2, "max-age=60, no-cache"), (2, "no-store"), (2, "no-store, max-age=60"), (3, "public"), (3, "public, max-age=5"),
    (2, "private"), (2, "private, max-age=60"), (3, "s-maxage=10, max-age=60"), (2, "s-maxage=10"),
    (1, "s-maxage=x, max-age=60"), (4, "max-age=5, must-revalidate"), (3, "max-age=5, proxy-revalidate"),
    (5, "max-age=5, stale-while-revalidate=60"), (5, "max-age=5, stale-if-error=60"),
    (2, "max-age=5, must-revalidate, stale-while-revalidate=60, stale-if-error=60"),
    (3, "s-maxage=5, stale-while-revalidate=60, stale-if-error=600"),
    (2, "max-age=5, proxy-revalidate, stale-while-revalidate=60, stale-if-error=600"),
    (1, "stale-while-revalidate=60, stale-if-error=60"), (1, "max-age=5, stale-while-revalidate=x, stale-if-error"),
    (1, "max-age=5, stale-while-revalidate=60, stale-while-revalidate=5"),
    (1, "max-age=5, stale-if-error=5, stale-if-error=600"), (1, "max-age=5, no-cache, stale-if-error=60"),
    (1, "must-understand, no-store, max-age=60"), (1, "must-understand, max-age=60"),
    (1, "must-understand=1, no-store, max-age=60"), (1, "max-age=60.5"), (1, "max-age=abc"), (1, "max-age"),
    (1, "max-age=-1"), (1, "max-age =60"), (1, "max-age= 60"), (1, "max-age=\"60\""), (1, "max-age='60'"),
    (1, "max-age=99999999999999999999999"), (1, "max-age=2147483647"), (1, "max-age=0060"), (1, "MAX-AGE=60, Public"),
    (1, "NO-STORE"), (1, "No-Cache=\"x\", max-age=60"), (1, "private=\"X-User\", max-age=60"), (1, "private=x"),
    (1, "public=foo"), (1, "public=foo, max-age=60"), (1, "no-store=foo, max-age=60"), (1, "no-store =x, max-age=60"),
    (1, "must-revalidate=1, max-age=5, stale-if-error=60"), (1, "max-age=60, max-age=5"), (1, "max-age=5\nmax-age=60"),
    (1, "max-age=60, max-age=60"), (1, "max-age=abc, max-age=60"), (1, "max-age=60, max-age=x"),
    (1, "foo=\"a, no-store\", max-age=60"), (1, "foo=\"a\\\", no-store\", max-age=60"), (1, "max-age=60, foo=\"open"),
    (1, "foo=\"open\nno-store, max-age=60"), (1, ", ,max-age=60,,"), (1, "immutable"), (3, "max-age=60, immutable"),
    (1, "max-age=60\t, foo"), (1, "max-age=60;x"), (1, "\u{b}max-age=60"), (1, "=60, max-age=5"), (1, "no-transform"),
    (1, "max-age=5, max-stale=600, min-fresh=3, only-if-cached"), (1, "proxy-revalidate"), (1, "must-revalidate"),
];

pub const MORE_DIRECTIVES: &[(usize, &str)] = &[
    (150, ""), (3, "max-age=60"), (2, "no-store"), (2, "public"), (3, "stale-if-error=600"), (2, "no-cache"),
    (2, "must-revalidate"), (3, "stale-while-revalidate=600"), (1, "private"), (1, "s-maxage=60"),
];

pub const BAD_DATES: &[&str] = &[
    "0", "-1", "now", "Thu, 18 Aug 50 02:01:18 GMT", "Thu 18 Aug 2050 02:01:18 GMT", "Thu, 18-Aug-2050 02:01:18 GMT",
    "Thu, 18 Aug 2050 2:01:18 GMT", "Thu, 18 Aug 2050 02:01:18 AEST", "Thu, 31 Feb 2050 02:01:18 GMT",
    "Thu, 18 Aug 2050 24:00:00 GMT", "Thu, 18 Aug 2050 23:59:61 GMT", "Thu,  18 Aug 2050 02:01:18 GMT",
];

pub const AGES: &[(usize, &str)] = &[
    (100, ""), (5, "0"), (5, "3"), (3, "30"), (2, "7200"), (1, "7200, 0"), (1, "0\n7200"), (1, "abc"), (1, "-7200"),
    (1, "7200.0"), (1, "7200;foo=bar"), (1, "4294967295"), (1, "99999999999999999999999"), (1, "\"3\""),
];

pub const TAGS: &[(usize, &str)] = &[
    (20, "\"a\""), (20, ""), (7, "\"b\""), (7, "W/\"a\""), (2, "W/\"b\""), (1, "abc"), (1, "w/\"a\""), (1, "\"a\"\n\"b\""),
    (1, "\"a\"\n\"a\""), (1, "\"a,b\""), (1, "\"\""), (1, "\"a b\""), (1, "\"\u{fc}\""),
];

pub const VARY: &[(usize, &str)] = &[
    (120, ""), (10, "Accept"), (5, "accept-language"), (4, "Accept, Accept-Language"), (3, "Accept\nAccept-Language"),
    (2, "Accept-Language, ACCEPT"), (2, "*"), (1, "Accept, *"), (1, ",Accept,"), (1, "a b"), (1, "Accept, accept"),
    (2, "X-Foo"), (1, "Authorization"),
];

pub const VARY_UPDATES: &[(usize, &str)] =
    &[(120, ""), (4, "Accept"), (4, "Accept-Language"), (3, "Accept, Accept-Language"), (2, "*"), (1, "a b")];

/// One of these, twice.
pub const OTHER_FIELDS: &[(usize, (&str, &str))] = &[
    (60, ("", "")), (4, ("X-A", "1")), (4, ("Set-Cookie", "s=1")), (2, ("Set-Cookie", "t=2")), (2, ("Connection", "X-A")),
    (2, ("Connection", "close")), (1, ("Connection", "cache-control")), (1, ("connection", "x, Expires, \u{7f}")),
    (1, ("Connection", "Content-Type")), (2, ("Keep-Alive", "timeout=5")), (1, ("Proxy-Authenticate", "Basic")),
    (1, ("Proxy-Authentication-Info", "x")), (1, ("Upgrade", "h2c")), (1, ("TE", "x")), (1, ("Pragma", "no-cache")),
    (1, ("Warning", "110 - x")), (3, ("Content-Type", "text/html")), (1, ("Content-Encoding", "gzip")),
    (1, ("Link", "<a>")), (1, ("Link", "<b>")), (1, ("Content-Range", "bytes 0-4/10")), (1, ("Transfer-Encoding", "x")),
];

pub const UPDATED_FIELDS: &[(usize, (&str, &str))] = &[
    (40, ("", "")), (6, ("X-A", "2")), (3, ("X-New", "1")), (2, ("Content-Length", "0")), (2, ("Content-Foo", "B")),
    (2, ("Content-Type", "text/plain")), (1, ("Content-Range", "bytes 0-4/10")), (2, ("Set-Cookie", "u=3")),
    (2, ("Link", "<c>")), (2, ("Connection", "X-A")), (1, ("Connection", "cache-control")), (1, ("Age", "20")),
    (1, ("Age", "abc")), (1, ("Proxy-Authenticate", "Basic")), (1, ("Keep-Alive", "x")), (1, ("Expires", "0")),
    (1, ("Content-Encoding", "gzip")), (1, ("Warning", "110 - x")), (1, ("Pragma", "x")),
];

pub const PLACES: &[(usize, &str)] = &[
    (60, ""), (6, "/d/x"), (4, "x"), (3, "y"), (2, "http://a.test/d/y"), (1, "../d/./y"), (1, "https://a.test/d/x"),
    (1, "//b.test/d/x"), (1, "http://A.TEST:80/d/x"), (1, "http://u@a.test/d/x"), (1, "?q"), (1, "#part"),
    (1, "http://a.test:8080/d/x"), (1, "//a.test:080/d/y"),
];

pub const ECHO: &[(usize, Echo)] = &[
    (60, Echo::Last), (16, Echo::None), (6, Echo::First), (4, Echo::Turned), (3, Echo::Text("\"a\"")),
    (4, Echo::Text("\"zz\"")), (2, Echo::Text("W/\"zz\"")), (2, Echo::Text("abc")), (2, Echo::Text("\"x\"")),
];

pub const FAILURES: &[(usize, Option<Failure>)] =
    &[(90, None), (6, Some(Failure::Transport)), (5, Some(Failure::Disconnected))];
