//! Taking apart what PostgreSQL prints: lists of expressions, partition bounds, trigger conditions.
//!
//! The input is always printed by the server with `standard_conforming_strings` on and non-pretty: single quotes (with an
//! E in front when there are backslashes), double quotes, and brackets that match.

/// Walks over `text` and gives every byte position that is outside of quotes, with the depth of brackets before it.
fn outside(text: &str) -> impl Iterator<Item = (usize, u8, usize)> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut depth = 0_usize;
    std::iter::from_fn(move || {
        while let Some(&byte) = bytes.get(at) {
            let here = at;
            at += 1;
            match byte {
                b'\'' => {
                    let escapes = here > 0 && matches!(bytes.get(here - 1), Some(b'E' | b'e'));
                    at = after_quote(bytes, at, b'\'', escapes);
                }
                b'"' => at = after_quote(bytes, at, b'"', false),
                b'(' | b'[' => {
                    depth += 1;
                    return Some((here, byte, depth - 1));
                }
                b')' | b']' => {
                    depth = depth.saturating_sub(1);
                    return Some((here, byte, depth));
                }
                _ => return Some((here, byte, depth)),
            }
        }
        None
    })
}

fn after_quote(bytes: &[u8], mut at: usize, quote: u8, escapes: bool) -> usize {
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        if byte == b'\\' && escapes {
            at += 1;
        } else if byte == quote {
            if bytes.get(at) == Some(&quote) {
                at += 1;
            } else {
                return at;
            }
        }
    }
    at
}

/// Splits at commas that are outside of quotes and brackets, and trims.
pub(crate) fn split_list(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, byte, depth) in outside(text) {
        if byte == b',' && depth == 0 {
            parts.push(text.get(start..at).unwrap_or("").trim());
            start = at + 1;
        }
    }
    let last = text.get(start..).unwrap_or("").trim();
    if !last.is_empty() || !parts.is_empty() {
        parts.push(last);
    }
    parts
}

/// The text inside the bracket that opens at or after `text`'s beginning, and what follows the bracket.
pub(crate) fn bracketed(text: &str) -> Option<(&str, &str)> {
    let mut open = None;
    for (at, byte, depth) in outside(text) {
        match byte {
            b'(' if depth == 0 && open.is_none() => open = Some(at + 1),
            b')' if depth == 0 => return Some((text.get(open?..at)?, text.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

/// What follows `word` where it stands outside of quotes and brackets.
pub(super) fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    outside(text)
        .filter(|(_, _, depth)| *depth == 0)
        .find_map(|(at, _, _)| text.get(at..)?.strip_prefix(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_only_at_the_top() {
        assert_eq!(
            split_list("a, f(b, c), 'x,''y', \"d,e\", ARRAY[1, 2]"),
            ["a", "f(b, c)", "'x,''y'", "\"d,e\"", "ARRAY[1, 2]"]
        );
        assert_eq!(split_list("E'a\\',b', c"), ["E'a\\',b'", "c"]);
        assert_eq!(split_list(""), Vec::<&str>::new());
    }

    #[test]
    fn finds_words_and_brackets_outside_of_quotes() {
        let definition = "CREATE TRIGGER \" WHEN (\" AFTER UPDATE ON public.t FOR EACH ROW WHEN (((old.a)::text = ')'::text)) EXECUTE FUNCTION f()";
        let (condition, rest) = bracketed(after_word(definition, " WHEN ").unwrap()).unwrap();
        assert_eq!(condition, "((old.a)::text = ')'::text)");
        assert_eq!(rest, " EXECUTE FUNCTION f()");
    }
}
