//! The marks of JSON text, one by one: strict as RFC 8259, and never deeper than its own loop.

/// The least and the greatest of what may follow a high surrogate.
const LOW_SURROGATES: std::ops::RangeInclusive<u32> = 0xdc00..=0xdfff;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Null,
    Boolean,
    /// A number without point and exponent.
    Integer,
    /// A number with a point and no exponent.
    Fraction,
    /// A number with an exponent.
    Exponent,
    /// A string as it stands there.
    Text,
    /// A string with escapes.
    Escaped,
    Object,
    List,
}

/// A place in text, and what is read from there on.
#[derive(Clone, Copy)]
pub(super) struct Scan<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

/// Text is not JSON, at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotJson(pub(super) usize);

impl Scan<'_> {
    /// Passes over white space.
    pub(super) fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes over a byte if it is the one that comes next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, byte: u8) -> Result<(), NotJson> {
        if self.eat(byte) { Ok(()) } else { Err(NotJson(self.at)) }
    }

    /// Reads a string: where its content starts and ends, and whether it holds escapes.
    ///
    /// An escape of half a character (a lone surrogate) is no text, so it is refused.
    pub(super) fn string(&mut self) -> Result<(usize, usize, bool), NotJson> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok((start, self.at - 1, escaped));
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(0x20..) => self.at += 1,
                _ => return Err(NotJson(self.at)),
            }
        }
    }

    fn escape(&mut self) -> Result<(), NotJson> {
        let start = self.at;
        match self.bytes.get(start + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(())
            }
            Some(b'u') => match self.unit(start) {
                Some(0xd800..=0xdbff) => match self.unit(start + 6) {
                    Some(low) if LOW_SURROGATES.contains(&low) => {
                        self.at += 12;
                        Ok(())
                    }
                    _ => Err(NotJson(start)),
                },
                Some(unit) if !LOW_SURROGATES.contains(&unit) => {
                    self.at += 6;
                    Ok(())
                }
                _ => Err(NotJson(start)),
            },
            _ => Err(NotJson(start)),
        }
    }

    /// The number that an escape `\u1234` stands for.
    fn unit(&self, at: usize) -> Option<u32> {
        let [b'\\', b'u', digits @ ..] = self.bytes.get(at..at + 6)? else { return None };
        digits.iter().try_fold(0, |sum, digit| Some(sum * 16 + char::from(*digit).to_digit(16)?))
    }

    pub(super) fn number(&mut self) -> Result<Token, NotJson> {
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        let mut token = Token::Integer;
        if self.eat(b'.') {
            self.digits()?;
            token = Token::Fraction;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
            token = Token::Exponent;
        }
        Ok(token)
    }

    fn digits(&mut self) -> Result<(), NotJson> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(NotJson(start)) } else { Ok(()) }
    }

    pub(super) fn word(&mut self) -> Result<Token, NotJson> {
        for (word, token) in [("null", Token::Null), ("true", Token::Boolean), ("false", Token::Boolean)] {
            if self.bytes[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(token);
            }
        }
        Err(NotJson(self.at))
    }

    /// Passes over a value, looking at nothing but where it ends: its brackets go together, and its strings end.
    pub(super) fn skip(&mut self) -> Result<(), NotJson> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            let Some(byte) = self.peek() else { return Err(NotJson(self.at)) };
            match byte {
                b'"' => self.skip_string()?,
                b'{' | b'[' => {
                    // The bracket that closes it lies two behind it in ASCII.
                    open.push(byte + 2);
                    self.at += 1;
                    continue;
                }
                b'}' | b']' if open.last() == Some(&byte) => {
                    open.pop();
                    self.at += 1;
                }
                b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if !open.is_empty() => {
                    self.at += 1;
                    continue;
                }
                b',' | b':' | b'}' | b']' => return Err(NotJson(self.at)),
                _ => self.skip_scalar(),
            }
            if open.is_empty() {
                return Ok(());
            }
        }
    }

    fn skip_string(&mut self) -> Result<(), NotJson> {
        let start = self.at;
        self.at += 1;
        while let Some(offset) = memchr::memchr2(b'"', b'\\', self.bytes.get(self.at..).unwrap_or_default()) {
            self.at += offset + 1;
            if self.bytes[self.at - 1] == b'"' {
                return Ok(());
            }
            self.at += 1;
        }
        Err(NotJson(start))
    }

    fn skip_scalar(&mut self) {
        let ends =
            |byte: &u8| matches!(byte, b',' | b':' | b'"' | b'{' | b'}' | b'[' | b']') || byte.is_ascii_whitespace();
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(ends).unwrap_or(rest.len()).max(1);
    }
}

/// The text that the content of a string with escapes stands for.
pub(super) fn unescape(content: &str, into: &mut String) {
    into.clear();
    let mut rest = content;
    while let Some((before, after)) = rest.split_once('\\') {
        into.push_str(before);
        let mut characters = after.chars();
        match characters.next() {
            Some('b') => into.push('\u{8}'),
            Some('f') => into.push('\u{c}'),
            Some('n') => into.push('\n'),
            Some('r') => into.push('\r'),
            Some('t') => into.push('\t'),
            Some('u') => {
                let scan = Scan { bytes: rest.as_bytes(), at: 0 };
                let high = scan.unit(before.len()).unwrap_or(0xfffd);
                let mut length = 5;
                let code = match scan.unit(before.len() + 6) {
                    Some(low) if (0xd800..=0xdbff).contains(&high) => {
                        length = 11;
                        0x10000 + ((high - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff)
                    }
                    _ => high,
                };
                into.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                rest = after.get(length..).unwrap_or_default();
                continue;
            }
            Some(itself) => into.push(itself),
            None => {}
        }
        rest = characters.as_str();
    }
    into.push_str(rest);
}
