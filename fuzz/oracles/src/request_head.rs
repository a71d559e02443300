//! Whole request heads as a message parser hands them over, on a stored response, against the model.
//! First line: option bits, seconds between the visits, which stored response. Then a request head,
//! request line first; its target is not used.

use crate::input::{Input, is_quoted_well, plain};
use crate::model::fields::Lines;
use crate::visits::{Visit, agree, line};

const MOST: usize = 64;
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];

/// The target.
pub fn check(data: &[u8]) {
    let input = Input::new(data);
    let [bits, wait, which, _] = input.numbers;
    let start = data
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(data.len(), |at| at + 1);
    let mut fields = [httparse::EMPTY_HEADER; MOST];
    let mut request = httparse::Request::new(&mut fields);
    if request.parse(&data[start..]).is_err() {
        return;
    }
    let method = METHODS.into_iter().find(|name| Some(*name) == request.method);
    let Some(method) = method else { return };
    let text = |field: &httparse::Header<'_>| Some((plain(field.name.as_bytes())?, plain(field.value)?));
    let kept = request.headers.iter().filter(|field| !field.name.is_empty());
    let Some(asked) = kept.map(text).collect::<Option<Lines>>() else {
        return;
    };
    if asked
        .iter()
        .any(|line| line.0.len() >= 255 || !is_quoted_well(&line.1))
    {
        return;
    }
    let stored = [
        "max-age=60",
        "max-age=10, stale-while-revalidate=100",
        "max-age=10, stale-if-error=100",
        "public, no-cache",
        "max-age=10, must-revalidate",
        "s-maxage=10, max-age=60",
    ];
    let control = stored[usize::from(which) % stored.len()];
    let mut answered = vec![line("Cache-Control", control), line("ETag", "\"a\"")];
    if which & 64 != 0 {
        answered.push(line("Vary", "Accept"));
    }
    let again = Visit {
        method,
        ..Visit::get(asked, answered.clone())
    };
    agree(
        bits,
        vec![
            Visit::get(Vec::new(), answered.clone()),
            again.after(wait).confirmed(Vec::new()),
            Visit::get(Vec::new(), answered).after(1),
        ],
    );
}
