//! Comma-separated lists (RFC 9110 section 5.6.1), tokens and quoted strings.

use super::ascii::find_below;

/// SP and HTAB; CR, LF and NUL count as SP wherever they stand (RFC 9110 section 5.5).
const fn is_space(byte: u8) -> bool {
    // One comparison settles nearly every byte.
    byte <= b' ' && (matches!(byte, b' ' | b'\t') || must_go(byte))
}

/// Bytes that no field value may hold: they could split a message (req: 9110-5.5-03).
pub(crate) const fn must_go(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0)
}

/// Drops surrounding white space (RFC 9110 section 5.5).
#[inline]
pub(crate) fn trim(value: &[u8]) -> &[u8] {
    match (value.first(), value.last()) {
        // Nearly every value has none.
        (Some(first), Some(last)) if *first > b' ' && *last > b' ' => value,
        _ => trim_ends(value),
    }
}

#[inline(never)]
fn trim_ends(value: &[u8]) -> &[u8] {
    let mut rest = value;
    while let [byte, tail @ ..] = rest
        && is_space(*byte)
    {
        rest = tail;
    }
    while let [head @ .., byte] = rest
        && is_space(*byte)
    {
        rest = head;
    }
    rest
}

/// The non-empty members of a list of tokens, such as Vary or Connection.
pub(crate) fn members(value: &[u8]) -> Members<'_> {
    Members { rest: value }
}

/// See [`members`].
pub(crate) struct Members<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Members<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let end = comma(self.rest);
            let member = self.rest.get(..end.unwrap_or(self.rest.len()))?;
            self.rest = end
                .and_then(|end| self.rest.get(end.wrapping_add(1)..))
                .unwrap_or(b"");
            let member = trim(member);
            if !member.is_empty() {
                return Some(member);
            }
        }
        None
    }
}

/// Where the first comma stands.
fn comma(text: &[u8]) -> Option<usize> {
    let mut at = 0usize;
    loop {
        at = at.wrapping_add(find_below(text.get(at..)?, b',' + 1, 0x7f));
        match text.get(at)? {
            b',' => return Some(at),
            _ => at = at.wrapping_add(1),
        }
    }
}

/// The argument of a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Argument<'a> {
    /// `name`
    Absent,
    /// `name=token`
    Token(&'a [u8]),
    /// `name="..."`: what stands between the quotes, escapes kept.
    Quoted(&'a [u8]),
    /// Outside the grammar: white space next to `=`, no argument after it, an open quote.
    Malformed,
}

/// One member of a directive list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Directive<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) argument: Argument<'a>,
}

/// Directives of one field line in order, quotes respected (RFC 9111 section 5.2).
pub(crate) struct Directives<'a> {
    rest: &'a [u8],
    open: bool,
}

/// Splits the directives of one field line.
pub(crate) fn directives(line: &[u8]) -> Directives<'_> {
    Directives {
        rest: line,
        open: false,
    }
}

impl<'a> Directives<'a> {
    /// Takes bytes while the test holds.
    fn take(&mut self, test: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self
            .rest
            .iter()
            .position(|byte| !test(*byte))
            .unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    /// Takes a name or token.
    fn word(&mut self) -> &'a [u8] {
        let mut end = 0usize;
        // What lies below the comma and is a word all the same is rare: one more step each.
        while let Some(tail) = self.rest.get(end..) {
            end = end.wrapping_add(find_below(tail, b',' + 1, b'='));
            match self.rest.get(end) {
                Some(byte) if is_word(*byte) => end = end.wrapping_add(1),
                _ => break,
            }
        }
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    /// Skips to the comma that ends a malformed member; commas inside quotes do not.
    fn skip_member(&mut self) {
        let mut quoted = false;
        let mut escaped = false;
        while let [byte, rest @ ..] = self.rest {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b',' if !quoted => return,
                _ => {}
            }
            self.rest = rest;
        }
        self.open |= quoted;
    }

    /// Whether the line ended inside quotes. They may have swallowed any directive, also of
    /// the lines after it (RFC 9110 section 5.2).
    pub(crate) const fn is_open(&self) -> bool {
        self.open
    }

    /// The inside of a quoted string; the opening quote is already taken.
    fn quoted(&mut self) -> Argument<'a> {
        let start = self.rest;
        let mut length = 0usize;
        let mut escaped = false;
        while let [byte, rest @ ..] = self.rest {
            self.rest = rest;
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    return start.get(..length).map_or(Argument::Malformed, Argument::Quoted);
                }
                _ => {}
            }
            length = length.wrapping_add(1);
        }
        self.open = true;
        Argument::Malformed
    }

    fn argument(&mut self) -> Argument<'a> {
        match self.rest {
            [b'"', rest @ ..] => {
                self.rest = rest;
                self.quoted()
            }
            _ => match self.word() {
                [] => Argument::Malformed,
                token => Argument::Token(token),
            },
        }
    }
}

/// Bytes that can stand in a name or token here; everything else ends it.
fn is_word(byte: u8) -> bool {
    !matches!(byte, 0..=b' ' | b',' | b'=' | b'"' | 0x7f)
}

impl<'a> Iterator for Directives<'a> {
    type Item = Directive<'a>;

    fn next(&mut self) -> Option<Directive<'a>> {
        loop {
            // req: 9110-5.6.1.2-01: empty members are skipped.
            self.take(|byte| is_space(byte) || byte == b',');
            if self.rest.is_empty() {
                return None;
            }
            let name = self.word();
            if name.is_empty() {
                self.skip_member();
                // A member that starts with `=` or a quote has no name: skip it whole.
                if let [b',', rest @ ..] = self.rest {
                    self.rest = rest;
                }
                continue;
            }
            let mut argument = match self.rest {
                [b'=', rest @ ..] => {
                    self.rest = rest;
                    self.argument()
                }
                _ => Argument::Absent,
            };
            self.take(is_space);
            if !matches!(self.rest, [] | [b',', ..]) {
                argument = Argument::Malformed;
                self.skip_member();
            }
            return Some(Directive { name, argument });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(line: &str) -> Vec<(String, Argument<'_>)> {
        directives(line.as_bytes())
            .map(|d| (String::from_utf8_lossy(d.name).into_owned(), d.argument))
            .collect()
    }

    fn one(line: &str) -> Argument<'_> {
        let mut found = all(line);
        assert_eq!(found.len(), 1, "{line}");
        found.remove(0).1
    }

    #[test]
    fn arguments() {
        // req: 9111-5.2-03, 9111-5.2-04, 9111-5.2-07
        assert_eq!(one("a"), Argument::Absent);
        assert_eq!(one(" a "), Argument::Absent);
        assert_eq!(one("a=1"), Argument::Token(b"1"));
        assert_eq!(one("a=\"1\""), Argument::Quoted(b"1"));
        assert_eq!(one("a=\"1\\\"2\""), Argument::Quoted(b"1\\\"2"));
        for bad in [
            "a =1", "a= 1", "a=", "a=\"1", "a=\"1\"2", "a b", "a=1 2", "a==1", "a=1=2", "a=\"1\\",
        ] {
            assert_eq!(one(bad), Argument::Malformed, "{bad}");
        }
    }

    #[test]
    fn commas_in_quotes_do_not_split() {
        // req: 9111-5.2.3-02, 9110-5.6.4-01
        let found = all(r#"x="a, no-store, \", max-age=5", b"#);
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].0, "b");
        assert_eq!(all(r#"a ="no-store, b", c"#).len(), 2);
        assert_eq!(all(r#""no-store, x", c"#).len(), 1);
        assert_eq!(all(",, ,\t,a,,b, ").len(), 2);
        assert_eq!(all("").len(), 0);
        assert_eq!(all("=5, a").len(), 1);
    }

    #[test]
    fn list_members() {
        // req: 9110-5.6.3-01
        let found: Vec<_> = members(b" a ,,\tb\t,c d, ").collect();
        assert_eq!(found, [&b"a"[..], b"b", b"c d"]);
        assert_eq!(trim(b" \t x \t"), b"x");
        assert_eq!(trim(b" \t "), b"");
    }
}
