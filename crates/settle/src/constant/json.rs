//! `jsonb`: keys in order, the last of equal ones, numbers as `numeric` (`jsonb_in`, `uniqueifyJsonbObject`).

use super::number::numeric;

/// The normal form of a JSON text; `None` where it is none.
pub(super) fn normal(text: &str) -> Option<String> {
    let mut reader = Reader { rest: text, depth: 0 };
    let mut out = String::new();
    reader.value(&mut out)?;
    reader.blanks();
    reader.rest.is_empty().then_some(out)
}

struct Reader<'a> {
    rest: &'a str,
    depth: u16,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, out: &mut String) -> Option<()> {
        self.blanks();
        self.depth += 1;
        if self.depth > 200 {
            return None;
        }
        match self.rest.chars().next()? {
            '{' => self.object(out)?,
            '[' => self.array(out)?,
            '"' => {
                let text = self.string()?;
                quote(&text, out);
            }
            't' if self.take("true") => out.push_str("true"),
            'f' if self.take("false") => out.push_str("false"),
            'n' if self.take("null") => out.push_str("null"),
            '-' | '0'..='9' => {
                let end = self
                    .rest
                    .find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'))
                    .unwrap_or(self.rest.len());
                let (digits, rest) = self.rest.split_at(end);
                let unsigned = digits.trim_start_matches('-');
                // JSON has no leading zeros and no bare points.
                if unsigned.starts_with('.')
                    || unsigned.ends_with('.')
                    || (unsigned.len() > 1
                        && unsigned.starts_with('0')
                        && unsigned.as_bytes().get(1).is_some_and(u8::is_ascii_digit))
                {
                    return None;
                }
                self.rest = rest;
                out.push_str(&numeric(digits)?);
            }
            _ => return None,
        }
        self.depth -= 1;
        Some(())
    }

    fn object(&mut self, out: &mut String) -> Option<()> {
        self.take("{");
        let mut pairs: Vec<(String, String)> = Vec::new();
        self.blanks();
        if !self.take("}") {
            loop {
                self.blanks();
                let key = self.string()?;
                self.blanks();
                if !self.take(":") {
                    return None;
                }
                let mut value = String::new();
                self.value(&mut value)?;
                match pairs.iter_mut().find(|(k, _)| *k == key) {
                    Some((_, old)) => *old = value,
                    None => pairs.push((key, value)),
                }
                self.blanks();
                if self.take("}") {
                    break;
                }
                if !self.take(",") {
                    return None;
                }
            }
        }
        // `lengthCompareJsonbStringValue`: shorter keys first.
        pairs.sort_by(|(a, _), (b, _)| (a.len(), a.as_bytes()).cmp(&(b.len(), b.as_bytes())));
        out.push('{');
        for (index, (key, value)) in pairs.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            quote(key, out);
            out.push(':');
            out.push_str(value);
        }
        out.push('}');
        Some(())
    }

    fn array(&mut self, out: &mut String) -> Option<()> {
        self.take("[");
        out.push('[');
        self.blanks();
        if self.take("]") {
            out.push(']');
            return Some(());
        }
        loop {
            self.value(out)?;
            self.blanks();
            if self.take("]") {
                out.push(']');
                return Some(());
            }
            if !self.take(",") {
                return None;
            }
            out.push(',');
        }
    }

    fn string(&mut self) -> Option<String> {
        let body = self.rest.strip_prefix('"')?;
        let mut letters = body.char_indices();
        let mut text = String::new();
        loop {
            let (at, c) = letters.next()?;
            match c {
                '"' => {
                    self.rest = body.get(at + 1..)?;
                    return Some(text);
                }
                '\\' => match letters.next()?.1 {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    'b' => text.push('\u{8}'),
                    'f' => text.push('\u{c}'),
                    c @ ('"' | '\\' | '/') => text.push(c),
                    'u' => {
                        let mut code = 0;
                        for _ in 0..4 {
                            code = code * 16 + letters.next()?.1.to_digit(16)?;
                        }
                        // Surrogates are pairs; leave them to the server, and zero is refused.
                        text.push(char::from_u32(code).filter(|c| *c != '\0')?);
                    }
                    _ => return None,
                },
                c if c < ' ' => return None,
                c => text.push(c),
            }
        }
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn normal_form() {
        assert_eq!(normal(r#"{"b":1,  "a": [1,2]}"#), normal(r#"{"a": [1, 2], "b": 1}"#));
        assert_eq!(normal(r#"{"aa":1,"b":2}"#).as_deref(), Some(r#"{"b":2,"aa":1}"#));
        assert_eq!(normal(r#"{"a":1,"a":2}"#).as_deref(), Some(r#"{"a":2}"#));
        assert_ne!(normal("1.0"), normal("1"));
        assert_eq!(normal("1e2"), normal("100"));
        assert_ne!(normal(r#""1""#), normal("1"));
        for broken in ["", "{", "{a:1}", "[1,]", "01", "1.", "tru", "1 2", "\"a"] {
            assert_eq!(normal(broken), None, "{broken}");
        }
    }
}
