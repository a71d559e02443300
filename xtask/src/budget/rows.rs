//! The rows of the budget.
//!
//! A new operation is a function in `xtask/measure/src/operations.rs` and a row here that names it.

use super::image::{Level, M0, M4, Shape};

/// One line of the budget.
pub struct Row {
    /// What is measured, with its unit.
    pub what: &'static str,
    /// How it is measured.
    pub measure: Measure,
    /// More than this fails `--check`; without it the row is only shown.
    pub must: Option<u64>,
    /// What a good implementation should reach.
    pub stretch: Option<u64>,
    /// A row that misses its budget may be held at what it measures for the time being: `--check` then fails only
    /// when it gets worse, and the table keeps saying that it is over.
    pub held_at: Option<u64>,
}

/// Where a row's figure comes from.
#[derive(Clone, Copy)]
pub enum Measure {
    /// Instructions of one run of an operation on a case of the corpus, its share of the loop included.
    Instructions {
        /// The name in the harness's list of operations.
        operation: &'static str,
        /// The case of the corpus.
        case: &'static str,
    },
    /// The most heap allocations of any operation (anchors excepted) on any case.
    Allocations,
    /// Bytes of a public type on this host.
    SizeOf(&'static str),
    /// Bytes of code and constants of an image beyond the baseline image.
    Larder {
        /// What the image uses of the core.
        shape: Shape,
        /// The processor.
        target: &'static str,
        /// The optimisation.
        level: Level,
    },
    /// Bytes of stack that the deepest decision of the driver can need.
    Stack {
        /// The processor.
        target: &'static str,
        /// The optimisation.
        level: Level,
    },
    /// How many places of larder's in the async images can panic.
    AsyncPanics,
    /// What the image that runs in QEMU prints under this name.
    Device(&'static str),
    /// How many of the images of these shapes, on every processor and level, can reach a panic.
    PanicPaths {
        /// The shapes.
        shapes: &'static [Shape],
    },
}

/// Instructions of an operation on a case.
const fn instructions(operation: &'static str, case: &'static str) -> Measure {
    Measure::Instructions { operation, case }
}

/// Bytes of an image beyond the baseline.
const fn larder(shape: Shape, target: &'static str, level: Level) -> Measure {
    Measure::Larder { shape, target, level }
}

/// Bytes of stack of the deepest decision.
const fn stack(target: &'static str, level: Level) -> Measure {
    Measure::Stack { target, level }
}

/// A row with a budget.
const fn row(what: &'static str, measure: Measure, must: u64, stretch: u64) -> Row {
    Row {
        what,
        measure,
        must: Some(must),
        stretch: Some(stretch),
        held_at: None,
    }
}

impl Row {
    /// Holds a row that is over its budget, see [`Row::held_at`].
    const fn held(mut self, at: u64) -> Self {
        self.held_at = Some(at);
        self
    }
}

/// A row that is shown beside the others and has no budget.
const fn shown(what: &'static str, measure: Measure) -> Row {
    Row {
        what,
        measure,
        must: None,
        stretch: None,
        held_at: None,
    }
}

/// The budget of an operation on the `asset` case.
const fn asset(what: &'static str, operation: &'static str, must: u64, stretch: u64) -> Row {
    row(what, instructions(operation, "asset"), must, stretch)
}

/// The budget of a type's size.
const fn size(what: &'static str, name: &'static str, must: u64, stretch: u64) -> Row {
    row(what, Measure::SizeOf(name), must, stretch)
}

/// The size of the core.
const CORE_IMAGE: Row = row(
    "image bytes of the core, M4, z",
    larder(Shape::States, M4, Level::Size),
    18 * 1024,
    14 * 1024,
)
.held(27_700);

/// The size of the core and what runs it.
const WHOLE_IMAGE: Row = row(
    "image bytes with Exchange and RAM store, M4, z",
    larder(Shape::Whole, M4, Level::Size),
    23 * 1024,
    18 * 1024,
)
.held(38_000);

/// The size of all that there is.
const EVERY_FEATURE: Row = row(
    "  and with every feature, M4, z",
    larder(Shape::Everything, M4, Level::Size),
    35 * 1024,
    28 * 1024,
)
.held(50_300);

/// The panic check.
const PANICS: Row = row(
    "images that can panic",
    Measure::PanicPaths { shapes: LARDER },
    0,
    0,
);

/// The bound of the stack.
const STACK: Row = row(
    "deepest stack of a decision, M4, z",
    stack(M4, Level::Size),
    1_152,
    800,
);

/// Every row, in the order of the table. Instructions are on the `asset` case unless said.
pub const ROWS: &[Row] = &[
    row("heap allocations of any operation", Measure::Allocations, 0, 0),
    asset("fresh hit by the states, no Vary", "hit", 1_000, 700),
    shown("  api", instructions("hit", "api")),
    shown("  cdn", instructions("hit", "cdn")),
    asset("Target from a URI", "target", 350, 150),
    asset("hit through Exchange", "hit-exchange", 1_350, 950),
    asset("  and a Vary of two fields", "hit-exchange-vary", 1_900, 1_400),
    shown("  cdn, a Vary of three", instructions("hit-exchange-vary", "cdn")),
    asset("hit on the last of 4 variants", "hit-variants", 4_500, 2_800),
    asset("store decision from slices", "store", 5_000, 3_500),
    shown("  api", instructions("store", "api")),
    shown("  cdn", instructions("store", "cdn")),
    asset("conditional request, 304, merged head", "validate", 7_000, 4_500),
    asset("  and the merged facts", "validate-facts", 11_000, 7_500),
    shown("  cdn", instructions("validate-facts", "cdn")),
    asset("IMF-fixdate", "date", 250, 160),
    asset("key hash", "key", 250, 150),
    asset("packed entry: parse and check", "entry-parse", 2_500, 1_500),
    asset("packed entry: pack", "entry-pack", 6_500, 4_000),
    shown(
        "stored facts: to bytes and back",
        instructions("facts-bytes", "asset"),
    ),
    shown(
        "anchor: memchr of line ends, response",
        instructions("anchor-line-ends", "asset"),
    ),
    shown(
        "anchor: httparse, response",
        instructions("anchor-httparse", "asset"),
    ),
    shown(
        "anchor: httpdate, IMF-fixdate",
        instructions("anchor-httpdate", "asset"),
    ),
    size("bytes of StoredFacts", "StoredFacts", 96, 88),
    size("bytes of the largest state", "state", 256, 192),
    size("bytes of Exchange", "Exchange", 256, 208),
    size("bytes of Action", "Action", 32, 32),
    CORE_IMAGE,
    shown("  M0+, z", larder(Shape::States, M0, Level::Size)),
    shown("  M4, 3", larder(Shape::States, M4, Level::Speed)),
    WHOLE_IMAGE,
    shown("  M0+, z", larder(Shape::Whole, M0, Level::Size)),
    EVERY_FEATURE,
    shown(
        "  without the states, M4, z",
        larder(Shape::Slots, M4, Level::Size),
    ),
    shown(
        "  without states and RAM store, M4, z",
        larder(Shape::Exchange, M4, Level::Size),
    ),
    PANICS,
    STACK,
    shown("  M4, 3", stack(M4, Level::Speed)),
    shown("  M0+, z", stack(M0, Level::Size)),
];

/// The images that have something of the core.
const LARDER: &[Shape] = &[
    Shape::States,
    Shape::Exchange,
    Shape::Slots,
    Shape::Whole,
    Shape::Everything,
    Shape::Fields,
];

/// The images of async adapters.
pub const ASYNC: &[Shape] = &[Shape::Client, Shape::EdgeHttp, Shape::Poller];

/// A figure of the image that runs in QEMU.
const fn on_device(what: &'static str, name: &'static str, must: Option<u64>, stretch: Option<u64>) -> Row {
    Row {
        what,
        measure: Measure::Device(name),
        must,
        stretch,
        held_at: None,
    }
}

/// The rows of `--device`: a Cortex-M, opt z unless said.
pub const DEVICE: &[Row] = &[
    CORE_IMAGE,
    shown("  M0+", larder(Shape::States, M0, Level::Size)),
    WHOLE_IMAGE,
    shown("  M0+", larder(Shape::Whole, M0, Level::Size)),
    EVERY_FEATURE,
    shown(
        "image bytes of Exchange and RAM store, M4",
        larder(Shape::Slots, M4, Level::Size),
    ),
    shown("  M0+", larder(Shape::Slots, M0, Level::Size)),
    shown(
        "image bytes of the async client, all in all, M4",
        larder(Shape::Client, M4, Level::Size),
    ),
    shown("  M0+", larder(Shape::Client, M0, Level::Size)),
    shown(
        "  on edge-http's codec, M4",
        larder(Shape::EdgeHttp, M4, Level::Size),
    ),
    shown(
        "image bytes of the validator-only poller, M4",
        larder(Shape::Poller, M4, Level::Size),
    ),
    shown("  M0+", larder(Shape::Poller, M0, Level::Size)),
    PANICS,
    row(
        "panics of async images, beyond async_fn_resumed",
        Measure::AsyncPanics,
        0,
        0,
    ),
    STACK,
    shown("  M0+", stack(M0, Level::Size)),
    on_device(
        "  the deepest painted in QEMU, M4",
        "stack",
        Some(1_152),
        Some(800),
    ),
    on_device(
        "  painted, beside a client and a poller, M4",
        "stack-beside",
        None,
        None,
    ),
    on_device("instructions of a hit through Exchange, M4", "hit", None, None),
    on_device("  and a Vary of two fields", "hit-vary", None, None),
    on_device("instructions of a Target from a URI, M4", "target", None, None),
    on_device(
        "instructions of a poll that is fresh, of 4 URLs",
        "poll",
        None,
        None,
    ),
    on_device(
        "bytes of the future of `send`, own codec",
        "send-plain",
        Some(1_536),
        None,
    ),
    on_device("  on edge-http", "send-edge-http", Some(1_536), None),
    on_device("  on reqwless", "send-reqwless", Some(1_536), None),
    on_device(
        "bytes of the future of `check`, edge-http",
        "check-edge-http",
        Some(1_536),
        None,
    ),
    on_device(
        "bytes of a Client and its transport",
        "client-edge-http",
        None,
        None,
    ),
    on_device("RAM of an entry: SlotStore<_, 256, 1024>", "slots", None, None),
    on_device("  of the store beside its entries", "slots-alone", None, None),
    on_device("RAM of an entry of 256 + 1024: ArenaStore", "arena", None, None),
    on_device("RAM of a URL: Validators", "validators", Some(200), None),
    on_device("  of all URLs together", "validators-alone", None, None),
];
