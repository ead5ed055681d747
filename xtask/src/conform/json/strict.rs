//! A judge of JSON (RFC 8259) that is stricter than most readers: no key twice in one object, no `null`, nothing but
//! printable ASCII, no blanks, and keys of the kind that gannet promises.

use std::collections::HashSet;

/// Checks that `line` is one object that begins as `begins` says.
pub fn object(line: &[u8], begins: &str) -> Result<(), String> {
    if let Some(byte) = line.iter().find(|byte| !matches!(byte, b' '..=b'~')) {
        return Err(format!("byte {byte:#04x} as it is"));
    }
    let line = std::str::from_utf8(line).map_err(|e| e.to_string())?;
    if !line.starts_with(begins) {
        return Err(format!("does not begin with {begins}"));
    }
    let mut reader = Reader { line, at: 0, nests: Vec::new() };
    let done = reader.values().and_then(|()| match reader.rest() {
        "" => Ok(()),
        _ => Err("more than one value".into()),
    });
    done.map_err(|wrong| {
        let before = line.get(reader.at.saturating_sub(60)..reader.at).unwrap_or_default();
        format!("{wrong} behind {before}")
    })
}

/// What is open: an object with the keys it has so far, or a list.
enum Nest<'l> {
    Object(HashSet<&'l str>),
    List,
}

struct Reader<'l> {
    line: &'l str,
    at: usize,
    nests: Vec<Nest<'l>>,
}

impl<'l> Reader<'l> {
    fn rest(&self) -> &'l str {
        self.line.get(self.at..).unwrap_or_default()
    }

    /// Steps over `c` if it is next.
    fn eats(&mut self, c: char) -> bool {
        let is = self.rest().starts_with(c);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, c: char) -> Result<(), String> {
        if self.eats(c) { Ok(()) } else { Err(format!("no {c:?}")) }
    }

    /// One value and all that is in it.
    fn values(&mut self) -> Result<(), String> {
        loop {
            if self.opens()? {
                continue;
            }
            // A value has ended: those around it may have, too.
            loop {
                let Some(nest) = self.nests.last() else { return Ok(()) };
                let end = if matches!(nest, Nest::List) { ']' } else { '}' };
                if self.eats(',') {
                    self.key()?;
                    break;
                }
                self.expect(end)?;
                self.nests.pop();
            }
        }
    }

    /// Reads a value, or the beginning of one that has values: then `true`, and the first of those is next.
    fn opens(&mut self) -> Result<bool, String> {
        for (open, close, nest) in [('{', '}', Nest::Object(HashSet::new())), ('[', ']', Nest::List)] {
            if self.eats(open) {
                if self.eats(close) {
                    return Ok(false);
                }
                self.nests.push(nest);
                return self.key().map(|()| true);
            }
        }
        if self.rest().starts_with('"') {
            return self.string().map(|_| false);
        }
        for word in ["true", "false"] {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(false);
            }
        }
        self.number().map(|()| false)
    }

    /// The key of the next value, if it is in an object.
    fn key(&mut self) -> Result<(), String> {
        if !matches!(self.nests.last(), Some(Nest::Object(_))) {
            return Ok(());
        }
        let key = self.string()?;
        let fine = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"_.-".contains(&c);
        if key.is_empty() || !key.bytes().all(fine) {
            return Err(format!("{key:?} is no key"));
        }
        if let Some(Nest::Object(keys)) = self.nests.last_mut()
            && !keys.insert(key)
        {
            return Err(format!("the key {key:?} twice"));
        }
        self.expect(':')
    }

    /// A string, without its quotes.
    fn string(&mut self) -> Result<&'l str, String> {
        self.expect('"')?;
        let start = self.at;
        loop {
            let mut rest = self.rest().bytes();
            match (rest.next(), rest.next()) {
                (None, _) => return Err("a string without end".into()),
                (Some(b'"'), _) => break,
                (Some(b'\\'), Some(b'u')) => {
                    let digits = self.rest().get(2..6).unwrap_or_default();
                    // Characters up to U+00FF are all that there are.
                    if !digits.starts_with("00")
                        || digits.len() != 4
                        || u16::from_str_radix(digits, 16).is_err()
                    {
                        return Err(format!("\\u{digits}"));
                    }
                    self.at += 6;
                }
                (Some(b'\\'), Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')) => self.at += 2,
                (Some(b'\\'), _) => return Err("an escape that is none".into()),
                _ => self.at += 1,
            }
        }
        let string = self.line.get(start..self.at).unwrap_or_default();
        self.at += 1;
        Ok(string)
    }

    fn number(&mut self) -> Result<(), String> {
        self.eats('-');
        let zero = self.rest().starts_with('0');
        let digits = self.digits()?;
        if zero && digits > 1 {
            return Err("a number that begins with 0".into());
        }
        if self.eats('.') {
            self.digits()?;
        }
        if self.eats('e') || self.eats('E') {
            let _ = self.eats('-') || self.eats('+');
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<usize, String> {
        let n = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += n;
        if n == 0 { Err("no value".into()) } else { Ok(n) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects() {
        for line in
            ["{}", r#"{"a":{"b":[1,-0.5,2e9,"\"\\\u0080"],"a":true},"802.11":[[],{}],"c":[{"x":1},{"x":2}]}"#]
        {
            assert_eq!(object(line.as_bytes(), "{"), Ok(()), "{line}");
        }
    }

    #[test]
    fn what_is_none() {
        for line in [
            "",
            "{",
            "{}}",
            "{} ",
            "{}{}",
            r#"{"a":1,}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a":{"b":1,"c":[{}],"b":2}}"#,
            r#"{"a":null}"#,
            r#"{"a":01}"#,
            r#"{"a":1.}"#,
            r#"{"a":+1}"#,
            r#"{"a":NaN}"#,
            r#"{"a":"\u1234"}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"b}"#,
            r#"{"a":[1}"#,
            r#"{"a":[1,]}"#,
            r#"{"A":1}"#,
            r#"{"":1}"#,
            "{\"a\":\"\u{7f}\"}",
            "{\"a\":\"\t\"}",
        ] {
            assert!(object(line.as_bytes(), "{").is_err(), "{line}");
        }
        assert!(object(b"{\"a\":1}", "{\"v\"").is_err());
    }
}
