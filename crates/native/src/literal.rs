//! SQL as a literal of other languages, which must come out as it went in.

/// Of Python: between `"""`.
pub(crate) fn python(sql: &str) -> String {
    let body = sql.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"").replace('\r', "\\r");
    let body = match body.strip_suffix('"') {
        Some(rest) => format!("{rest}\\\""),
        None => body,
    };
    if body.contains('\n') { format!("\"\"\"\\\n{body}\"\"\"") } else { format!("\"\"\"{body}\"\"\"") }
}

/// Of JavaScript and TypeScript: a template without a place to fill in. Line ends other than `\n` would become one.
pub(crate) fn javascript(sql: &str) -> String {
    let body = sql.replace('\\', "\\\\").replace('`', "\\`").replace("${", "\\${").replace('\r', "\\r");
    format!("`{body}`")
}

/// Of Ruby: a heredoc that fills nothing in. What Ruby would read otherwise stands in double quotes.
pub(crate) fn ruby(sql: &str) -> (String, String) {
    let mark = free_mark(sql);
    if sql.contains('\r') {
        return (quoted(sql, "#"), String::new());
    }
    (format!("<<-'{mark}'"), format!("\n{sql}\n{mark}"))
}

/// Of Elixir: a heredoc whose text stands at the margin.
pub(crate) fn elixir(sql: &str) -> String {
    for mark in ["\"\"\"", "'''"] {
        if !sql.contains(mark) && !sql.contains('\r') {
            return format!("~S{mark}\n{sql}\n{mark}");
        }
    }
    quoted(sql, "#")
}

/// In double quotes, where `interpolation` begins what would be filled in.
fn quoted(sql: &str, interpolation: &str) -> String {
    let body = sql
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace(interpolation, &format!("\\{interpolation}"))
        .replace('\r', "\\r")
        .replace('\n', "\\n");
    format!("\"{body}\"")
}

fn free_mark(sql: &str) -> String {
    let mut mark = "SQL".to_owned();
    while sql.lines().any(|line| line.trim() == mark) {
        mark.push('_');
    }
    mark
}

/// For SQLAlchemy's `text()`, to which `op.execute` gives a string: `:name` is a place to fill in unless a backslash stands before it, and
/// a backslash before such a name goes (`sqlalchemy/sql/elements.py`, `TextClause._bind_params_regex`, and `compiler.py`,
/// `BIND_PARAMS_ESC`). Percent signs are its own matter.
pub(crate) fn sqlalchemy(sql: &str) -> String {
    let chars: Vec<char> = sql.chars().collect();
    let word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '_' || *c == '$');
    let mut out = String::with_capacity(sql.len() + 16);
    for (at, c) in chars.iter().enumerate() {
        if *c == ':' {
            let end = (at + 1..chars.len()).find(|next| !word(chars.get(*next))).unwrap_or(chars.len());
            let named = end > at + 1 && chars.get(end) != Some(&':');
            let before = at.checked_sub(1).and_then(|before| chars.get(before));
            let escaped = before == Some(&'\\') && chars.get(end) != Some(&':');
            let free = before != Some(&':') && !before.is_some_and(|c| c.is_alphanumeric() || *c == '_');
            if escaped || named && free && before != Some(&'\\') {
                out.push('\\');
            }
        }
        out.push(*c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_literal_early() {
        assert_eq!(python("SELECT '\\d' \"\"\" \""), "\"\"\"SELECT '\\\\d' \\\"\\\"\\\" \\\"\"\"\"");
        assert_eq!(javascript("a `b` ${c} \\"), "`a \\`b\\` \\${c} \\\\`");
        assert_eq!(ruby("a\nSQL\n"), ("<<-'SQL_'".to_owned(), "\na\nSQL\n\nSQL_".to_owned()));
        assert_eq!(ruby("a\r#{b}").0, "\"a\\r\\#{b}\"");
        assert_eq!(elixir("a \"\"\" b"), "~S'''\na \"\"\" b\n'''");
        assert!(elixir("\"\"\" ''' #{x}").starts_with("\"\\\"\\\"\\\" ''' \\#{x}"));
    }

    #[test]
    fn only_what_sqlalchemy_would_fill_in_is_escaped() {
        assert_eq!(
            sqlalchemy("'x'::text, ' :name', a[1:2], '12:30', '\\:b', ':a:'"),
            "'x'::text, ' \\:name', a[1:2], '12:30', '\\\\:b', ':a:'"
        );
    }
}
