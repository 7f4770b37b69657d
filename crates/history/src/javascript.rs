//! Words of JavaScript and TypeScript: enough to read the literal strings of a configuration and the names of classes.
//!
//! It runs nothing and follows nothing. A value that is no literal is *computed*, which is said, never guessed.

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// A name or a keyword.
    Name(String),
    /// A string without anything to compute in it.
    Text(String),
    /// A template with something to compute in it.
    Template,
    /// Any other character.
    Sign(char),
}

/// The value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A string.
    Text(String),
    /// Something that only running it tells.
    Computed,
}

/// The words of a text; comments and white space are gone.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut out = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '/' if rest.peek() == Some(&'/') => {
                for c in rest.by_ref() {
                    if c == '\n' {
                        break;
                    }
                }
            }
            '/' if rest.peek() == Some(&'*') => {
                rest.next();
                let mut before = ' ';
                for c in rest.by_ref() {
                    if before == '*' && c == '/' {
                        break;
                    }
                    before = c;
                }
            }
            '"' | '\'' | '`' => {
                let (mut value, mut computed) = (String::new(), false);
                let mut before = ' ';
                while let Some(inner) = rest.next() {
                    match inner {
                        '\\' => value.extend(rest.next()),
                        _ if inner == c => break,
                        '{' if c == '`' && before == '$' => computed = true,
                        _ => value.push(inner),
                    }
                    before = inner;
                }
                out.push(if computed { Word::Template } else { Word::Text(value) });
            }
            c if c.is_whitespace() => {}
            c if c.is_alphanumeric() || c == '_' || c == '$' => {
                let mut name = String::from(c);
                while let Some(next) = rest.next_if(|c| c.is_alphanumeric() || *c == '_' || *c == '$') {
                    name.push(next);
                }
                out.push(Word::Name(name));
            }
            c => out.push(Word::Sign(c)),
        }
    }
    out
}

/// The value of a key in an object, below the keys before it: `["migrations", "table"]` is `migrations: { table: … }` anywhere.
pub(crate) fn value(words: &[Word], path: &[&str]) -> Option<Value> {
    let (key, above) = path.split_last()?;
    let mut open: Vec<Option<&str>> = Vec::new();
    let mut pending: Option<&str> = None;
    for (at, word) in words.iter().enumerate() {
        match word {
            Word::Sign('{' | '[' | '(') => open.push(pending.take()),
            Word::Sign('}' | ']' | ')') => {
                open.pop();
                pending = None;
            }
            Word::Sign(',' | ';') => pending = None,
            Word::Name(name) | Word::Text(name) if words.get(at + 1) == Some(&Word::Sign(':')) => {
                let inside = open.len() >= above.len()
                    && open.iter().rev().zip(above.iter().rev()).all(|(open, above)| *open == Some(*above));
                if inside && name == key {
                    return match (words.get(at + 2), words.get(at + 3)) {
                        (Some(Word::Text(text)), Some(Word::Sign(',' | '}')) | None) => {
                            Some(Value::Text(text.clone()))
                        }
                        (Some(_), _) => Some(Value::Computed),
                        (None, _) => None,
                    };
                }
                pending = Some(name);
            }
            Word::Name(_) | Word::Text(_) | Word::Template | Word::Sign(_) => {}
        }
    }
    None
}

/// The classes of a text, each with the string that its field `name` is set to.
pub(crate) fn classes(words: &[Word]) -> Vec<(String, Option<String>)> {
    let mut out: Vec<(String, Option<String>)> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match (word, words.get(at + 1)) {
            (Word::Name(keyword), Some(Word::Name(name))) if keyword == "class" && name != "extends" => {
                out.push((name.clone(), None));
            }
            (Word::Name(field), Some(Word::Sign('=' | ':'))) if field == "name" => {
                let text = words.get(at + 1..at + 5).unwrap_or_default().iter().find_map(|word| match word {
                    Word::Text(text) => Some(text.clone()),
                    Word::Name(_) | Word::Template | Word::Sign(_) => None,
                });
                let set = words.get(at + 1) == Some(&Word::Sign('='))
                    || words.get(at + 3) == Some(&Word::Sign('='));
                if let (true, Some(text), Some((_, name @ None))) = (set, text, out.last_mut()) {
                    *name = Some(text);
                }
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, path: &[&str]) -> Option<Value> {
        value(&words(text), path)
    }

    #[test]
    fn literals_are_read_and_the_rest_is_computed() {
        let text = "// out: 'no'\nexport default defineConfig({ out: './a', /* out: 'x' */ migrations: { table: `t`, schema: process.env.S } });";
        assert_eq!(at(text, &["out"]), Some(Value::Text("./a".into())));
        assert_eq!(at(text, &["migrations", "table"]), Some(Value::Text("t".into())));
        assert_eq!(at(text, &["migrations", "schema"]), Some(Value::Computed));
        assert_eq!(at(text, &["table"]), Some(Value::Text("t".into())));
        assert_eq!(at(text, &["other", "table"]), None);
        assert_eq!(at("a({ out: 'x' + y })", &["out"]), Some(Value::Computed));
        assert_eq!(at("a({ out: `x${y}` })", &["out"]), Some(Value::Computed));
    }

    #[test]
    fn classes_have_names() {
        let text = "export class A1 implements M { name = 'B2'; up() {} }\nclass C3 { async up(q) { const x = { name: 'no' } } }";
        assert_eq!(classes(&words(text)), [("A1".into(), Some("B2".into())), ("C3".into(), None)]);
        assert_eq!(
            classes(&words("class A { readonly name: string = \"N\" }")),
            [("A".into(), Some("N".into()))]
        );
        assert_eq!(classes(&words("module.exports = class extends X {}")), []);
    }
}
