//! What a full store does.

use std::format;
use std::vec;

use super::tester::Tester;
use super::{Promises, Sample};
use crate::store::Store;

/// After thousands of entries of all sizes the store is within its limits, what is left is
/// intact, and the last entry is there.
///
/// # Panics
/// The store breaks a rule.
pub fn keeps_its_limits<S: Store>(store: S, promises: &Promises)
where
    S::Error: 'static,
{
    const COUNT: usize = 3000;
    let mut tester = Tester(store);
    let of = |index: usize| {
        Sample::new(&format!("/{index}"))
            .with_body_len(index * 7919 % 2048)
            .with_padding(index * 31 % 200)
    };
    let mut ids = vec![];
    for index in 0..COUNT {
        ids.push(tester.store(&of(index)));
        if index % 500 != 499 && index != COUNT - 1 {
            continue;
        }
        tester.expect(ids[index], &of(index));
        let (mut entries, mut bytes) = (0_u64, 0_u64);
        for (index, id) in ids.iter().enumerate() {
            let Some((_, head)) = tester.head(*id) else {
                continue;
            };
            tester.expect(*id, &of(index));
            entries += 1;
            bytes += (head.len() + of(index).body().len()) as u64;
        }
        let limits = [
            (entries, promises.max_entries, "entries"),
            (bytes, promises.max_bytes, "bytes"),
        ];
        for (count, limit, what) in limits {
            let kept = limit.is_none_or(|limit| count <= limit);
            assert!(kept, "{count} {what} are more than the store promises");
        }
    }
}

/// An entry that is read again and again outlives many that are stored and never read, where
/// the store promises that.
///
/// # Panics
/// The store breaks a rule.
pub fn keeps_hot_entries<S: Store>(store: S, promises: &Promises)
where
    S::Error: 'static,
{
    if !promises.keeps_hot_entries {
        return;
    }
    let mut tester = Tester(store);
    let hot = Sample::new("/hot").with_body_len(2000);
    let id = tester.store(&hot);
    for index in 0..promises.entries * 50 {
        // an entry is read before it would be the oldest
        if index % (promises.entries / 2) == 0 {
            assert!(
                tester.body(id).is_some(),
                "an entry that is read again and again must stay"
            );
        }
        tester.store(&Sample::new(&format!("/once/{index}")).with_body_len(2048));
    }
    tester.expect(id, &hot);
}
