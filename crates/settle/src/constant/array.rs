//! Array literals (`array_in` in `arrayfuncs.c`; manual, 8.15.2).

/// `{…}` with its elements in canonical form, each quoted; `None` for bounds in square brackets
/// and for what is malformed.
pub(super) fn read(text: &str, element: &mut dyn FnMut(&str) -> Option<smol_str::SmolStr>) -> Option<String> {
    let mut letters = text.trim().chars().peekable();
    let mut out = String::new();
    list(&mut letters, element, &mut out, 0)?;
    letters.next().is_none().then_some(out)
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn skip_blanks(letters: &mut Letters<'_>) {
    while letters.next_if(|c| c.is_ascii_whitespace()).is_some() {}
}

fn list(
    letters: &mut Letters<'_>,
    element: &mut dyn FnMut(&str) -> Option<smol_str::SmolStr>,
    out: &mut String,
    depth: usize,
) -> Option<()> {
    // MAXDIM
    if letters.next()? != '{' || depth >= 6 {
        return None;
    }
    out.push('{');
    skip_blanks(letters);
    if letters.next_if_eq(&'}').is_some() {
        out.push('}');
        return Some(());
    }
    loop {
        skip_blanks(letters);
        match letters.peek()? {
            '{' => list(letters, element, out, depth + 1)?,
            _ => item(letters, element, out)?,
        }
        skip_blanks(letters);
        match letters.next()? {
            ',' => out.push(','),
            '}' => {
                out.push('}');
                return Some(());
            }
            _ => return None,
        }
    }
}

fn item(
    letters: &mut Letters<'_>,
    element: &mut dyn FnMut(&str) -> Option<smol_str::SmolStr>,
    out: &mut String,
) -> Option<()> {
    let mut value = String::new();
    let quoted = letters.next_if_eq(&'"').is_some();
    let mut escaped = false;
    loop {
        let c = *letters.peek()?;
        match c {
            '\\' => {
                letters.next();
                value.push(letters.next()?);
                escaped = true;
                continue;
            }
            '"' if quoted => {
                letters.next();
                break;
            }
            '"' | '{' if !quoted => return None,
            ',' | '}' if !quoted => break,
            other => value.push(other),
        }
        letters.next();
    }
    if !quoted {
        value.truncate(value.trim_end().len());
        if value.is_empty() {
            return None;
        }
        if !escaped && value.eq_ignore_ascii_case("null") {
            out.push_str("NULL");
            return Some(());
        }
    }
    let canonical = element(&value)?;
    out.push('"');
    for c in canonical.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Option<String> {
        read(text, &mut |item| Some(smol_str::SmolStr::new(item)))
    }

    #[test]
    fn arrays_by_their_elements() {
        assert_eq!(plain("{1, 2,3}"), plain("{1,2,3}"));
        assert_eq!(plain(r#"{"a b",NULL,"NULL"}"#).as_deref(), Some(r#"{"a b",NULL,"NULL"}"#));
        assert_eq!(plain(r#"{a\"b}"#), plain(r#"{"a\"b"}"#));
        assert_ne!(plain("{}"), plain(r#"{""}"#));
        assert_eq!(plain("{{1},{2}}").as_deref(), Some(r#"{{"1"},{"2"}}"#));
        for broken in ["", "{", "{a,}", "{a}}", "[1:2]={1,2}", "{a\"b\"}"] {
            assert_eq!(plain(broken), None, "{broken}");
        }
    }
}
