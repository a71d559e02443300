//! The `asset` case of the corpus.

use larder::{Exchanged, Now, Partition, RequestHead, ResponseHead, Target, format_http_date};

use crate::inputs::Lines;

/// Tue, 07 Jul 2026 12:00:00 GMT, in seconds.
const DATE: i64 = 1_783_425_600;
const DAY: i64 = 86_400;
const URI: &str = "https://www.example.test/static/js/app.3f2a1c9b.js";

/// A request and its responses.
pub struct Heads<'a> {
    pub request: RequestHead<'a, Lines<'a>>,
    pub response: ResponseHead<'a, Lines<'a>>,
    /// The response without its Vary.
    pub plain: ResponseHead<'a, Lines<'a>>,
    pub not_modified: ResponseHead<'a, Lines<'a>>,
}

impl Heads<'_> {
    /// When the response came.
    pub fn stored_at(&self) -> Exchanged {
        Exchanged::new(at(0), at(0))
    }

    /// When it is fresh.
    pub fn fresh(&self) -> Now {
        at(20)
    }

    /// When it is stale, and is validated.
    pub fn stale(&self) -> Exchanged {
        Exchanged::new(at(2 * DAY), at(2 * DAY))
    }
}

fn at(after: i64) -> Now {
    let ms = (DATE + after) * 1000;
    Now::mono(1, ms as u64).with_utc(ms)
}

/// Takes the heads apart.
pub fn with_asset(use_them: impl FnOnce(&Heads<'_>)) {
    let dates = [DATE, DATE + 2 * DAY, DATE - 36 * DAY, DATE + DAY, DATE + 3 * DAY].map(format_http_date);
    let mut room = [[(&b""[..], &b""[..]); 16]; 4];
    let [request, response, plain, not_modified] = &mut room;
    let request = lines(include_str!("../../../corpus/asset.req"), &dates, request, "");
    let text = include_str!("../../../corpus/asset.res");
    let response = lines(text, &dates, response, "");
    let plain = lines(text, &dates, plain, "Vary");
    let not_modified = lines(
        include_str!("../../../corpus/asset.304"),
        &dates,
        not_modified,
        "",
    );
    use_them(&Heads {
        request: RequestHead {
            method: "GET",
            target: Target::parse(URI).expect("a URI"),
            partition: Partition::COMMON,
            headers: request,
        },
        response: ResponseHead {
            status: 200,
            headers: response,
        },
        plain: ResponseHead {
            status: 200,
            headers: plain,
        },
        not_modified: ResponseHead {
            status: 304,
            headers: not_modified,
        },
    });
}

/// The field lines of a head, with its dates filled in, but one; empty ones behind them.
fn lines<'a>(text: &'a str, dates: &'a [[u8; 29]; 5], room: &'a mut Lines<'a>, but: &str) -> &'a Lines<'a> {
    let mut count = 0;
    for line in text.lines().skip(1) {
        let Some((name, value)) = line.split_once(": ").filter(|(name, _)| *name != but) else {
            continue;
        };
        let dated = ["@DATE@", "@DATE2@", "@LASTMOD@", "@EXPIRES@", "@EXPIRES2@"]
            .iter()
            .position(|place| *place == value);
        let value = dated.map_or(value.as_bytes(), |which| &dates[which][..]);
        room[count] = (name.as_bytes(), value);
        count += 1;
    }
    room
}
