//! `hstore` (`get_val`, `parse_hstore` in `contrib/hstore/hstore_io.c`; manual, F.17 "hstore").

use std::collections::BTreeMap;

/// Its pairs by their keys; `None` for what is malformed, and for two values of a key: which one stays is not said.
pub(super) fn read(text: &str) -> Option<String> {
    let mut reader = Reader { rest: text };
    let mut pairs: BTreeMap<String, Option<String>> = BTreeMap::new();
    loop {
        reader.blanks();
        if reader.rest.is_empty() {
            break;
        }
        let (key, _) = reader.word(false)?;
        reader.blanks();
        reader.rest = reader.rest.strip_prefix("=>")?;
        reader.blanks();
        let (value, quoted) = reader.word(true)?;
        let value = (quoted || !value.eq_ignore_ascii_case("null")).then_some(value);
        match pairs.get(&key) {
            Some(known) if *known != value => return None,
            _ => pairs.insert(key, value),
        };
        reader.blanks();
        match reader.rest.strip_prefix(',') {
            Some(rest) => reader.rest = rest,
            None if reader.rest.is_empty() => break,
            None => return None,
        }
    }
    let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key:?}=>{value:?}")).collect();
    Some(pairs.join(","))
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
    }

    /// A key or a value, and whether it was in quotes. A comma may stand in a key, an equals sign in a value.
    fn word(&mut self, value: bool) -> Option<(String, bool)> {
        let quoted = self.rest.starts_with('"');
        let mut letters = self.rest.chars();
        if quoted {
            letters.next();
        }
        let mut word = String::new();
        let mut any = quoted;
        loop {
            let before = letters.as_str();
            match letters.next() {
                Some('\\') => word.push(letters.next()?),
                Some('"') if quoted => break,
                None if quoted => return None,
                Some('=') if !quoted && !value => {
                    letters = before.chars();
                    break;
                }
                Some(',') if !quoted && value => {
                    letters = before.chars();
                    break;
                }
                Some(c) if !quoted && c.is_ascii_whitespace() => break,
                Some(c) => word.push(c),
                None => break,
            }
            any = true;
        }
        self.rest = letters.as_str();
        any.then_some((word, quoted))
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn pairs_by_their_keys() {
        assert_eq!(read("b=>1,a=>2"), read(r#""a"=>"2", "b"=>"1""#));
        assert_eq!(read("a=>NULL"), read("a => null"));
        assert_ne!(read("a=>NULL"), read(r#"a=>"NULL""#));
        assert_eq!(read(r"a=>x\,y"), read(r#"a=>"x,y","#));
        assert_eq!(read("a=>1,a=>1"), read("a=>1"));
        assert_eq!(read("").as_deref(), Some(""));
        for open in ["a", "a=>", "a=>1,a=>2", "a=>1 b=>2", r#"a=>"1"#, "=>1"] {
            assert_eq!(read(open), None, "{open}");
        }
    }
}
