//! Where a response is stored, and what is there already.

use larder::{Key, StoredFacts};

use crate::cache::Shared;
use crate::store::Head;

/// Where a response is stored.
pub(crate) struct Place {
    pub(crate) key: Key,
    pub(crate) facts: StoredFacts,
    /// How much had been removed when it was asked for.
    pub(crate) removals: u64,
}

impl Place {
    /// Whether a later response is there: bodies end in another order than they begin. A later one
    /// without Vary takes no place of one with: what was asked for it, in the fields that this one
    /// nominates, nobody has kept, so it may be another variant; and of both RFC 9111 section 4.1 prefers
    /// the one with Vary.
    pub(crate) fn is_taken(&self, shared: &Shared) -> bool {
        let mut taken = false;
        self.each(shared, &mut |head| {
            taken |= self.facts.replaces(&head.facts) && self.is_before(head);
        });
        taken
    }

    /// What this response, which is not stored after all, shows to be out of date is removed, or where the
    /// origin may yet confirm it only `marked`.
    pub(crate) fn outdate(&self, shared: &Shared, marked: bool) {
        let mut outdated = Vec::new();
        let mut done = self.each(shared, &mut |head| {
            if self.facts.outdates(&head.facts) && !self.is_before(head) {
                outdated.push(head.id);
            }
        });
        for id in outdated {
            done &= match marked {
                true => shared.mark(id),
                false => shared.remove(id),
            };
        }
        if !done {
            shared.unmarked.add(self.key, self.facts.response_time());
        }
    }

    /// The entries of the key; whether that is all of them.
    fn each(&self, shared: &Shared, visit: &mut dyn FnMut(&Head)) -> bool {
        let mut after = None;
        loop {
            match shared.store.next_head(self.key, after) {
                Ok(Some(head)) => {
                    after = Some(head.id);
                    visit(&head);
                }
                Ok(None) => return true,
                // reported where it is needed
                Err(_) => return false,
            }
        }
    }

    /// Whether this response came before that one. Clocks of other processes do not tell: one
    /// that was ahead would keep everything out.
    fn is_before(&self, head: &Head) -> bool {
        let (own, other) = (self.facts.response_time(), head.facts.response_time());
        own.domain() == other.domain() && own.mono_ms() < other.mono_ms()
    }
}
