//! Polls at random, with whatever fails: what is unchanged is what the origin has.

mod support;

use std::cell::Cell;

use larder::{Config, format_http_date};
use larder_embedded::validators::{Check, Digest, Poller, Validators};
use larder_embedded::wire::{HttpTransport, PlainCodec};
use larder_embedded::{Request, Transport};
use support::draw::Draw;
use support::{Net, Reply, TestClock, cut, field};

const PATHS: [&str; 2] = ["http://a.test/0", "http://a.test/1"];

/// How the origin answers; often well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Well,
    Bare304,
    No304,
    NoStore,
    CutOff,
    UntilClose,
    Error,
    /// POST is obeyed, and its answer is cut off.
    Silent,
}

use Mood::{Bare304, CutOff, Error, No304, NoStore, Silent, UntilClose, Well};

const MOODS: [Mood; 12] = [
    Well, Well, Well, Well, Well, Bare304, No304, NoStore, CutOff, UntilClose, Error, Silent,
];

/// The validators of a resource.
const FORMS: [(&str, bool); 4] = [("", false), ("W/", false), ("", true), ("none", true)];

/// Resources with a variant for each value of the field `a`; POST counts their versions up.
fn origin<'v>(versions: &'v [Cell<u32>; 2], mood: &'v Cell<Mood>, (tag, dated): (&'v str, bool)) -> Net<'v> {
    Net::new(move |request| {
        let path = request.split(' ').nth(1).unwrap();
        let version = &versions[path[1..].parse::<usize>().unwrap()];
        let mood = mood.get();
        if request.starts_with("POST") {
            version.set(version.get() + 1);
            return match mood {
                Silent => Reply::close("HTTP/1.1 200 OK\r\nConte"),
                _ => Reply::of(303, "Location: /0\r\n", ""),
            };
        }
        let version = version.get();
        let body = format!("{version}{}", field(request, "a").unwrap_or_default());
        let date = String::from_utf8(format_http_date(1_000_000_000 + i64::from(version)).to_vec()).unwrap();
        let (tag, tagged) = (format!("{tag}\"{body}\""), tag != "none");
        let age = if mood == NoStore { "no-store" } else { "max-age=60" };
        let mut fields = format!("Cache-Control: {age}\r\nVary: a\r\n");
        if tagged {
            fields += &format!("ETag: {tag}\r\n");
        }
        if dated {
            fields += &format!("Last-Modified: {date}\r\n");
        }
        let same = match tagged {
            true => field(request, "if-none-match") == Some(&tag),
            false => field(request, "if-modified-since") == Some(&date),
        };
        match mood {
            Error => Reply::of([500, 404, 429, 301][version as usize % 4], "", "error"),
            Bare304 if same => Reply::of(304, "", ""),
            Well | NoStore if same => Reply::of(304, &fields, ""),
            CutOff => Reply::close(format!(
                "HTTP/1.1 200 OK\r\n{fields}Content-Length: 9\r\n\r\n{body}"
            )),
            UntilClose => Reply::close(format!("HTTP/1.1 200 OK\r\n{fields}\r\n{body}")),
            _ => Reply::of(200, &fields, &body),
        }
    })
    .slowly(9)
}

fn digest_of(body: &[u8]) -> Digest {
    let mut digest = [b' '; 32];
    digest.iter_mut().zip(body).for_each(|(to, from)| *to = *from);
    digest
}

/// The status of a change and the body, or what was kept of what is unchanged.
async fn poll<T: Transport>(
    poller: &mut Poller<'_, [u8; 3 * 184], T, impl larder_embedded::Clock>,
    request: &Request<'_>,
    keep: bool,
) -> Option<(Option<u16>, Digest)> {
    let mut changed = match poller.check(request).await.ok()? {
        Check::Unchanged(unchanged) => return Some((None, unchanged.digest)),
        Check::Changed(changed) => changed,
    };
    let (mut body, mut chunk) = (Vec::new(), [0; 7]);
    loop {
        match changed.read(&mut chunk).await.ok()? {
            0 => break,
            count => body.extend_from_slice(&chunk[..count]),
        }
    }
    let (status, digest) = (changed.status(), digest_of(&body));
    if keep && status == 200 {
        changed.keep(digest);
    }
    Some((Some(status), digest))
}

#[test]
fn unchanged_is_what_the_origin_has() {
    // req: 9111-4-03, 9111-4.3.3-02, 9111-4.4-01
    let mut seen = [0; 2];
    for seed in 1..2000u64 {
        let mut draw = Draw::seeded(seed);
        let (versions, mood) = ([(); 2].map(|()| Cell::new(1)), Cell::new(Well));
        let net = origin(&versions, &mood, draw.of(&FORMS));
        let (mut kept, clock) = (Validators::new([0; 3 * 184], [9; 16]), TestClock::default());
        let (mut head, mut ahead) = ([0; 512], [0; 64]);
        let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
        let mut poller = Poller::new(Config::private(), &mut kept, transport, clock.utc());
        let (mut time, mut log) = (0, Vec::new());
        for _ in 0..16 {
            time += draw.of(&[0, 1, 30, 70]);
            clock.at(time);
            mood.set(draw.of(&MOODS));
            net.down.set(draw.below(15) == 0);
            poller.set_offline(draw.below(15) == 0);
            let method = draw.of(&["GET", "GET", "GET", "HEAD", "POST", "POST"]);
            let (path, variant) = (draw.below(2) as usize, draw.of(&["", "x", "y"]));
            let directive = draw.of(&["max-age=600", "max-age=600", "no-cache", "no-store"]);
            let fields = [("a", variant), ("Cache-Control", directive)];
            let request = Request::new(method, PATHS[path]).unwrap().with_fields(&fields);
            let few = draw.below(60) as usize;
            let polls = draw.of(&[100_000, 100_000, few]);
            let expected = format!("{}{variant}", versions[path].get());
            let found = cut(poll(&mut poller, &request, draw.below(6) > 0), polls);
            let text = found.flatten().map(|(status, digest)| {
                let text = String::from_utf8_lossy(&digest).trim_end().to_string();
                (status, text)
            });
            log.push(format!(
                "{time}s {method} {path} {fields:?} {:?}: {text:?}, is {expected}",
                mood.get()
            ));
            match text {
                Some((None, text)) => {
                    assert_ne!(method, "POST");
                    assert_eq!(text, expected, "{seed}: {log:#?}");
                    seen[0] += 1;
                }
                Some((Some(200), text)) if method == "GET" => {
                    assert_eq!(text, expected, "{seed}: {log:#?}");
                    seen[1] += 1;
                }
                _ => {}
            }
        }
    }
    assert!(seen[0] > 1000 && seen[1] > 1000, "{seen:?}");
}
