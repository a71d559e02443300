//! Heads as the rules read them: one shape for all head types, so that the rules are compiled
//! once. Only the loops below are compiled for each type.

use super::head::{FieldName, Header, Headers};
use super::name::{Known, Letters, Visit};
pub(crate) use loops::Lines;

/// A head of any type that lives for `'s` and is only gone through: what is packed is no more
/// than that.
pub(crate) trait Each<'s> {
    /// Hands every line to `each`, in order.
    fn each(&self, each: &mut dyn Take<'s>);
}

/// What is done with a line: a closure, without the `call_once` that `dyn FnMut` has of each.
pub(crate) trait Take<'s> {
    fn take(&mut self, line: Header<'s>);
}

impl<'s, F: FnMut(Header<'s>)> Take<'s> for F {
    fn take(&mut self, line: Header<'s>) {
        self(line);
    }
}

impl<'s, H: Headers + ?Sized> Each<'s> for &'s H {
    fn each(&self, each: &mut dyn Take<'s>) {
        H::fields(self).for_each(|line| each.take(line));
    }
}

#[cfg(target_pointer_width = "64")]
mod loops {
    //! Each head type has loops of its own, which stop early and look at names in place.

    use super::{Each, FieldName, Header, Headers, Letters, Visit};

    /// A head of any type that lives for `'s`: `&head.headers` is one.
    pub(crate) trait Lines<'s>: Each<'s> {
        /// The value of one of the lines with this name, by its number from 0. If `more` asks
        /// for it, it learns whether there are more after that one.
        fn value(&self, name: &[u8], number: usize, more: &mut bool) -> Option<&'s [u8]>;

        /// Hands every line with a known name that the letters admit to the visitor.
        fn scan(&self, wanted: &Letters, visitor: &mut dyn Visit);
    }

    impl<'s, H: Headers + ?Sized> Lines<'s> for &'s H {
        fn value(&self, name: &[u8], number: usize, more: &mut bool) -> Option<&'s [u8]> {
            let mut lines = H::fields(self);
            for _ in 0..number {
                next(&mut lines, name);
            }
            let found = next(&mut lines, name);
            *more = *more && next(&mut lines, name).is_some();
            found
        }

        fn scan(&self, wanted: &Letters, visitor: &mut dyn Visit) {
            H::fields(self).for_each(|line| {
                // Most fields never leave this loop.
                if wanted.admit(line.name.as_bytes()) {
                    visitor.line(line.name.as_bytes(), line.name.hint(), line.value);
                }
            });
        }
    }

    /// The value of the next line with this name.
    fn next<'s>(lines: &mut impl Iterator<Item = Header<'s>>, name: &[u8]) -> Option<&'s [u8]> {
        let wanted = FieldName::new(name);
        lines.find(|line| line.name == wanted).map(|line| line.value)
    }
}

#[cfg(not(target_pointer_width = "64"))]
mod loops {
    //! Where code is dear, one loop for all head types goes through every line.

    use super::{Each, FieldName, Header, Headers, Letters, Visit};

    /// A head of any type that lives for `'s`: `&head.headers` is one.
    pub(crate) trait Lines<'s>: Each<'s> {}

    impl<'s, H: Headers + ?Sized> Lines<'s> for &'s H {}

    impl<'s> dyn Lines<'s> + '_ {
        /// The value of one of the lines with this name, by its number from 0. If `more` asks
        /// for it, it learns whether there are more after that one.
        #[inline(never)]
        pub(crate) fn value(&self, name: &[u8], number: usize, more: &mut bool) -> Option<&'s [u8]> {
            let wanted = FieldName::new(name);
            let (mut found, mut count) = (None, 0usize);
            self.each(&mut |line: Header<'s>| {
                if line.name == wanted {
                    if count == number {
                        found = Some(line.value);
                    }
                    count = count.wrapping_add(1);
                }
            });
            *more = *more && count > number.wrapping_add(1);
            found
        }

        /// Hands every line with a known name that the letters admit to the visitor.
        #[inline(never)]
        pub(crate) fn scan(&self, wanted: &Letters, visitor: &mut dyn Visit) {
            self.each(&mut |line: Header<'s>| {
                if wanted.admit(line.name.as_bytes()) {
                    visitor.line(line.name.as_bytes(), line.name.hint(), line.value);
                }
            });
        }
    }
}

/// The values of all lines of one field, in order.
#[derive(Clone)]
pub(crate) struct Values<'a, 's> {
    head: &'a dyn Lines<'s>,
    name: &'a [u8],
    number: usize,
    more: bool,
}

impl<'s> Iterator for Values<'_, 's> {
    type Item = &'s [u8];

    fn next(&mut self) -> Option<&'s [u8]> {
        if !self.more {
            return None;
        }
        let value = self.head.value(self.name, self.number, &mut self.more);
        self.number = self.number.wrapping_add(1);
        value
    }
}

/// The values of all lines with this name.
pub(crate) fn values_named<'a, 's>(head: &'a dyn Lines<'s>, name: &'a [u8]) -> Values<'a, 's> {
    Values {
        head,
        name,
        number: 0,
        more: true,
    }
}

/// The values of all lines of a known field.
pub(crate) fn values_of<'a, 's>(head: &'a dyn Lines<'s>, field: Known) -> Values<'a, 's> {
    values_named(head, field.name().as_bytes())
}

/// The value of the first line of a known field.
pub(crate) fn first_of<'s>(head: &dyn Lines<'s>, field: Known) -> Option<&'s [u8]> {
    head.value(field.name().as_bytes(), 0, &mut false)
}

/// The value of a known field that must not repeat; `None` when it is absent or repeated.
pub(crate) fn value_of<'s>(head: &dyn Lines<'s>, field: Known) -> Option<&'s [u8]> {
    let mut more = true;
    let value = head.value(field.name().as_bytes(), 0, &mut more);
    value.filter(|_| !more)
}
