//! What a byte can stand in, looked up at once.

/// In a token (RFC 9110 section 5.6.2).
pub(crate) const TOKEN: u8 = 1;
/// In the name or argument of a directive, more than a token allows: everything else ends it.
pub(crate) const WORD: u8 = 1 << 1;
/// White space: SP and HTAB; CR, LF and NUL count as SP wherever they stand (RFC 9110
/// section 5.5).
pub(crate) const SPACE: u8 = 1 << 2;
/// Between the members of a list: white space or a comma.
pub(crate) const GAP: u8 = 1 << 3;
/// `@` in an authority.
pub(crate) const USERINFO: u8 = 1 << 4;
/// `:` in an authority.
pub(crate) const COLON: u8 = 1 << 5;
/// What ends an authority: `/`, `?`, `#`.
pub(crate) const END: u8 = 1 << 6;
/// What no authority can contain.
pub(crate) const UNUSABLE: u8 = 1 << 7;

static CLASSES: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut byte = 0u8;
    loop {
        // Evaluated at compile time: an index out of range would not compile.
        #[allow(clippy::indexing_slicing)]
        {
            table[byte as usize] = of(byte);
        }
        byte = byte.wrapping_add(1);
        if byte == 0 {
            break table;
        }
    }
};

const fn of(byte: u8) -> u8 {
    let authority = match byte {
        b'@' => USERINFO,
        b':' => COLON,
        b'/' | b'?' | b'#' => END,
        0..=b' ' | b'\\' | 0x7f.. => UNUSABLE,
        _ => 0,
    };
    let text = match byte {
        b' ' | b'\t' | b'\r' | b'\n' | 0 => SPACE | GAP,
        b',' => GAP,
        0..=b' ' | b'=' | b'"' | 0x7f => 0,
        b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~' => TOKEN | WORD,
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => TOKEN | WORD,
        _ => WORD,
    };
    authority | text
}

/// The classes of a byte.
#[inline(always)]
pub(crate) fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(0)
}

/// Whether the byte is in one of these classes.
#[inline(always)]
pub(crate) fn is(byte: u8, classes: u8) -> bool {
    class(byte) & classes != 0
}

/// The bytes in these classes that a text starts with, and what follows them.
#[inline]
pub(crate) fn split(text: &[u8], classes: u8) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !is(*byte, classes));
    end.and_then(|end| text.split_at_checked(end))
        .unwrap_or((text, &[]))
}

/// What follows the bytes in these classes that a text starts with, mostly none.
#[inline]
pub(crate) fn skip(text: &[u8], classes: u8) -> &[u8] {
    let mut rest = text;
    while let [byte, tail @ ..] = rest
        && is(*byte, classes)
    {
        rest = tail;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        for byte in 0..=255u8 {
            let tchar = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            assert_eq!(is(byte, TOKEN), tchar, "{byte}");
            assert_eq!(
                is(byte, WORD),
                !matches!(byte, 0..=b' ' | b',' | b'=' | b'"' | 0x7f)
            );
            assert_eq!(is(byte, SPACE), b" \t\r\n\0".contains(&byte));
            assert_eq!(is(byte, GAP), b", \t\r\n\0".contains(&byte));
            assert_eq!(is(byte, USERINFO), byte == b'@');
            assert_eq!(is(byte, COLON), byte == b':');
            assert_eq!(is(byte, END), b"/?#".contains(&byte));
            assert_eq!(is(byte, UNUSABLE), matches!(byte, 0..=b' ' | b'\\' | 0x7f..));
        }
        assert_eq!(split(b"ab=c", WORD), (&b"ab"[..], &b"=c"[..]));
        assert_eq!(split(b"ab", WORD), (&b"ab"[..], &b""[..]));
        assert_eq!(split(b"=", WORD), (&b""[..], &b"="[..]));
    }
}
