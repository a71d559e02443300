//! The deepest stack of a decision, by painting what lies below it.

use core::ptr::addr_of;

use larder::store::{Entry, SliceSink, pack};
use larder::{Action, Config, EntryId, Exchange, Failure, ResponseHead, StoredFacts};

use crate::decision;
use crate::heads::Heads;
use crate::say;

const PAINT: u32 = 0x5aa5_c33c;
const ID: EntryId = EntryId(1);

pub static CONFIG: Config = Config::private();

unsafe extern "C" {
    static _stack_end: u32;
}

/// Paints the stack below the caller's frame.
#[inline(never)]
fn paint() {
    let here = cortex_m::register::msp::read() as *mut u32;
    let mut place = addr_of!(_stack_end) as *mut u32;
    while place < here {
        // SAFETY: below the stack pointer there is nothing, and no interrupt is on.
        unsafe { place.write_volatile(PAINT) };
        place = place.wrapping_add(1);
    }
}

/// How far below this address something was written since.
#[inline(never)]
fn depth(below: usize) -> usize {
    let mut place = addr_of!(_stack_end) as *mut u32;
    // SAFETY: the RAM of the stack.
    while (place as usize) < below && unsafe { place.read_volatile() } == PAINT {
        place = place.wrapping_add(1);
    }
    below - place as usize
}

/// A decision, and how far below the frame of who asks for it that has gone.
macro_rules! deep {
    ($deepest:expr, $decision:ident($($argument:expr),*)) => {{
        paint();
        let here = cortex_m::register::msp::read() as usize;
        let result = decision::$decision($($argument),*);
        *$deepest = (*$deepest).max(depth(here));
        result
    }};
}

/// A response that is stored: its facts, and its head at the front of the buffer.
pub fn store<'b>(
    heads: &Heads<'_>,
    response: &ResponseHead<'_, crate::inputs::Lines<'_>>,
    buffer: &'b mut [u8],
    deepest: &mut usize,
) -> (StoredFacts, &'b [u8]) {
    let mut exchange = Exchange::new(&CONFIG, 7);
    let action = deep!(deepest, start(&mut exchange, &heads.request));
    assert!(matches!(action, Action::ReadHeads(_)));
    let action = deep!(deepest, heads_done(&mut exchange, heads.fresh()));
    assert!(matches!(action, Action::Forward { conditional_on: None }));
    let at = heads.stored_at();
    let action = deep!(
        deepest,
        response(&mut exchange, &heads.request, response, at, &mut [])
    );
    assert!(matches!(action, Action::Store));
    let facts = *exchange.stored_facts().expect("facts");
    let head = exchange.storable(response.headers).expect("a head");
    let mut sink = SliceSink::new(buffer);
    pack(&mut sink, &heads.request, 200, &head).expect("it fits the format");
    (facts, sink.finish().expect("it fits"))
}

/// Every decision in turn: a miss, a hit, a validation, a failure.
pub fn measure(name: &str, heads: &Heads<'_>) {
    let (mut deepest, mut buffer) = (0, [0; 1024]);
    let (facts, head) = store(heads, &heads.response, &mut buffer, &mut deepest);
    let entry = Entry::trusted(head).expect("a head");
    let request = &heads.request;
    let stored = ResponseHead {
        status: 200,
        headers: &entry,
    };

    let mut exchange = Exchange::new(&CONFIG, 7);
    let _ = deep!(&mut deepest, start(&mut exchange, request));
    let _ = deep!(&mut deepest, offer(&mut exchange, request, ID, &facts, &entry));
    let action = deep!(&mut deepest, heads_done(&mut exchange, heads.fresh()));
    assert!(matches!(action, Action::Serve(ID)));

    let at = heads.stale();
    for failed in [false, true] {
        let mut exchange = Exchange::new(&CONFIG, 7);
        let _ = deep!(&mut deepest, start_background(&mut exchange, request));
        let _ = deep!(&mut deepest, offer(&mut exchange, request, ID, &facts, &entry));
        let action = deep!(&mut deepest, heads_done(&mut exchange, at.request));
        assert!(matches!(
            action,
            Action::Forward {
                conditional_on: Some(ID)
            }
        ));
        if failed {
            let failure = Failure::Transport;
            let _ = deep!(&mut deepest, error(&mut exchange, failure, at.response));
            continue;
        }
        let fresh = &heads.not_modified;
        let action = deep!(&mut deepest, response(&mut exchange, request, fresh, at, &mut []));
        assert!(matches!(action, Action::ReadHeads(_)));
        let action = deep!(&mut deepest, offer(&mut exchange, request, ID, &facts, &entry));
        assert!(matches!(action, Action::Update(ID)));
        let update = deep!(
            &mut deepest,
            update(&mut exchange, request, &facts, &stored, fresh, at)
        );
        assert!(update.is_ok());
    }
    say(name, deepest);
}
