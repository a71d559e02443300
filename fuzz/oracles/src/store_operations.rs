//! The stores, by sequences of operations, against the model that core's tests have of them.

use arbitrary::{Arbitrary, Unstructured};

use crate::store_model::{Step, arena, heap, slots};

#[derive(Arbitrary, Debug)]
enum Operation {
    Begin { sample: u8, sent: u8 },
    BeginHead { entry: u8, received: u8, sent: u8 },
    Head { write: u8, length: u8 },
    Body { write: u8, length: u8 },
    Commit { write: u8 },
    Drop { write: u8 },
    Remove { entry: u8 },
    Mark { entry: u8 },
    Invalidate { sample: u8, at: u8 },
    Read { entry: u8 },
    Clear,
}

impl Operation {
    fn step(self) -> Step {
        match self {
            Self::Begin { sample, sent } => Step::Begin { sample, sent },
            Self::BeginHead {
                entry,
                received,
                sent,
            } => Step::BeginHead {
                entry,
                received,
                sent,
            },
            Self::Head { write, length } => Step::Head {
                write,
                length: length % 40,
            },
            Self::Body { write, length } => Step::Body {
                write,
                length: length % 80,
            },
            Self::Commit { write } => Step::Commit { write },
            Self::Drop { write } => Step::Drop { write },
            Self::Remove { entry } => Step::Remove { entry },
            Self::Mark { entry } => Step::Mark { entry },
            Self::Invalidate { sample, at } => Step::Invalidate { sample, at },
            Self::Read { entry } => Step::Read { entry },
            Self::Clear => Step::Clear,
        }
    }
}

/// The target.
pub fn check(data: &[u8]) {
    let Ok(operations) = Vec::<Operation>::arbitrary_take_rest(Unstructured::new(data)) else {
        return;
    };
    let steps: Vec<Step> = operations.into_iter().take(200).map(Operation::step).collect();
    slots(&steps);
    heap(&steps);
    arena(&steps, 2000, 200);
    arena(&steps, 4 + steps.len() % 16, 5);
}
