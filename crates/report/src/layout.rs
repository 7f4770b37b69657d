//! Lays out a query, so that two of them can be read side by side.
//!
//! People write a query on one line or on ten; PostgreSQL prints it in its own way. Both sides of
//! a diff go through here, so that the diff shows words and not line breaks. Nothing but white
//! space outside of literals changes.

/// Words that begin a line of their own at the outermost level.
const CLAUSES: &[&str] = &[
    "select",
    "from",
    "where",
    "group",
    "having",
    "window",
    "order",
    "limit",
    "offset",
    "fetch",
    "union",
    "intersect",
    "except",
    "join",
    "left",
    "right",
    "full",
    "inner",
    "cross",
    "natural",
    "with",
    "values",
];
/// Words after which `join` and the like go on in the same line.
const JOIN_WORDS: &[&str] = &["left", "right", "full", "inner", "cross", "natural", "outer"];

/// One clause, and one item of a list, a line; deeper levels stay as they are, on one line. A query
/// with comments keeps its own layout: a comment ends with its line.
pub(crate) fn layout(sql: &str) -> String {
    if sql.contains("--") || sql.contains("/*") {
        return sql.to_owned();
    }
    let mut out = String::with_capacity(sql.len() + 32);
    let mut depth = 0usize;
    let mut before = "";
    let mut space = false;
    for piece in pieces(sql) {
        if piece.chars().all(char::is_whitespace) {
            space = true;
            continue;
        }
        let word = piece.to_ascii_lowercase();
        let clause = depth == 0 && CLAUSES.contains(&word.as_str()) && before != ".";
        let goes_on = JOIN_WORDS.contains(&before.to_ascii_lowercase().as_str());
        if clause && !goes_on && !out.is_empty() {
            out.push('\n');
        } else if depth == 0 && before == "," {
            out.push_str("\n    ");
        } else if space && !out.is_empty() {
            out.push(' ');
        }
        space = false;
        match piece {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        out.push_str(piece);
        before = piece;
    }
    out
}

/// White space, words, literals, comments and single signs.
fn pieces(sql: &str) -> impl Iterator<Item = &str> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = match first {
            c if c.is_whitespace() => rest.find(|c: char| !c.is_whitespace()),
            '\'' | '"' => rest.get(1..).and_then(|r| r.find(first)).map(|at| at + 2),
            c if word(c) => rest.find(|c: char| !word(c)),
            c => Some(c.len_utf8()),
        };
        let (piece, after) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, ""));
        rest = after;
        Some(piece)
    })
}

fn word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_layouts_of_one_query_become_one() {
        let written = "SELECT id, user_id,  max(a, b) FROM orders o LEFT JOIN users u ON u.id = o.id WHERE status <> 'a,  from'";
        let printed = "SELECT id,\n    user_id,\n    max(a, b)\n   FROM orders o\n     LEFT JOIN users u ON u.id = o.id\n  WHERE status <> 'a,  from'";
        assert_eq!(layout(written), layout(printed));
        assert_eq!(
            layout(written),
            "SELECT id,\n    user_id,\n    max(a, b)\nFROM orders o\nLEFT JOIN users u ON u.id = o.id\nWHERE status <> 'a,  from'"
        );
    }

    #[test]
    fn nothing_is_lost() {
        for text in
            ["", "'open", "\"é ü\" 'it''s'", "a.\"from\" , (select 1, 2 from t)", "x::numeric(10, 2)[]"]
        {
            let squeezed = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            assert_eq!(squeezed(&layout(text)), squeezed(text));
        }
    }
}
