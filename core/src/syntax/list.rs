//! Comma-separated lists (RFC 9110 section 5.6.1), tokens and quoted strings.

use super::class::{self, SPACE, WORD};

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
        && class::is(*byte, SPACE)
    {
        rest = tail;
    }
    while let [head @ .., byte] = rest
        && class::is(*byte, SPACE)
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
            let end = self.rest.iter().position(|byte| *byte == b',');
            let (member, rest) = end
                .and_then(|end| self.rest.split_at_checked(end))
                .unwrap_or((self.rest, &[]));
            self.rest = rest.get(1..).unwrap_or_default();
            let member = trim(member);
            if !member.is_empty() {
                return Some(member);
            }
        }
        None
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

    /// The inside of a quoted string, whose opening quote is already taken, and what follows.
    fn quoted(&mut self, text: &'a [u8]) -> (Argument<'a>, &'a [u8]) {
        let mut escaped = false;
        for (at, byte) in text.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    let (inside, rest) = text.split_at_checked(at).unwrap_or_default();
                    return (Argument::Quoted(inside), rest.get(1..).unwrap_or_default());
                }
                _ => {}
            }
        }
        self.open = true;
        (Argument::Malformed, &[])
    }

    fn argument(&mut self, text: &'a [u8]) -> (Argument<'a>, &'a [u8]) {
        if let [b'"', rest @ ..] = text {
            return self.quoted(rest);
        }
        match class::split(text, WORD) {
            ([], rest) => (Argument::Malformed, rest),
            (token, rest) => (Argument::Token(token), rest),
        }
    }
}

impl<'a> Iterator for Directives<'a> {
    type Item = Directive<'a>;

    fn next(&mut self) -> Option<Directive<'a>> {
        loop {
            // req: 9110-5.6.1.2-01: empty members are skipped.
            let is_gap = |byte: &u8| *byte == b',' || class::is(*byte, SPACE);
            let start = self.rest.iter().position(|byte| !is_gap(byte))?;
            let (name, mut rest) = class::split(self.rest.get(start..)?, WORD);
            let mut argument = Argument::Absent;
            match rest {
                // What starts with `=` or a quote has no name: skip it whole.
                _ if name.is_empty() => {
                    self.rest = rest;
                    self.skip_member();
                    continue;
                }
                [b'=', tail @ ..] => (argument, rest) = self.argument(tail),
                _ => {}
            }
            (_, self.rest) = class::split(rest, SPACE);
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
