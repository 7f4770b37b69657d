//! Text of a statement together with the search paths that its parts were written for.

use std::fmt::{self, Write};
use std::sync::Arc;
use trueup_catalog::{Expr, Options, QualifiedName, Query, SearchPath, quote_ident, quote_literal};

/// A statement under construction. Has no closing semicolon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sql {
    /// The text.
    pub text: String,
    /// The search paths of its expressions and queries, each once, in the order in which they came.
    pub paths: Vec<SearchPath>,
    /// The texts inside it that may name other objects.
    pub written: Vec<Written>,
}

/// A text inside a statement that may name other objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub text: Arc<str>,
    /// Where its unqualified names are looked up; `None` for a routine's source, whose names are
    /// looked up wherever it runs.
    pub path: Option<SearchPath>,
}

impl Sql {
    /// A statement that begins with `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Sql { text: text.into(), paths: Vec::new(), written: Vec::new() }
    }

    /// Appends `text`.
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends formatted text: `sql.add(format_args!("{name} "))`.
    pub fn add(&mut self, text: fmt::Arguments<'_>) -> &mut Self {
        // Writing to a String can't fail.
        let _ = self.text.write_fmt(text);
        self
    }

    /// Appends an expression as it stands.
    pub fn expr(&mut self, expr: &Expr) -> &mut Self {
        self.written_text(&expr.sql, &expr.search_path);
        self.push(&expr.sql)
    }

    /// Appends an expression in parentheses, as `CHECK`, `USING` and the like demand.
    pub fn parenthesized(&mut self, expr: &Expr) -> &mut Self {
        self.push("(");
        self.expr(expr);
        self.end_line_comment(&expr.sql);
        self.push(")")
    }

    /// Appends an expression where PostgreSQL's grammar has `b_expr` (`DEFAULT`): in parentheses
    /// unless it is plainly one.
    pub fn b_expr(&mut self, expr: &Expr) -> &mut Self {
        if is_plain(&expr.sql) { self.expr(expr) } else { self.parenthesized(expr) }
    }

    /// Appends a query as it stands.
    pub fn query(&mut self, query: &Query) -> &mut Self {
        self.written_text(&query.sql, &query.search_path);
        self.push(&query.sql);
        self.end_line_comment(&query.sql);
        self
    }

    /// Appends another statement's text with what it needs.
    pub fn append(&mut self, other: &Sql) -> &mut Self {
        self.push(&other.text);
        for path in &other.paths {
            self.need(path);
        }
        self.written.extend(other.written.iter().cloned());
        self
    }

    /// Appends items with commas between.
    pub fn list<T>(
        &mut self,
        separator: &str,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        for (i, item) in items.into_iter().enumerate() {
            if i > 0 {
                self.push(separator);
            }
            each(self, item);
        }
        self
    }

    /// Appends names in parentheses: `(a, b)`.
    pub fn names<'n>(&mut self, names: impl IntoIterator<Item = &'n trueup_catalog::Name>) -> &mut Self {
        self.push("(");
        self.list(", ", names, |sql, name| {
            sql.add(format_args!("{name}"));
        });
        self.push(")")
    }

    /// Appends ` WITH (name=value, …)` when there are any.
    pub fn with_options(&mut self, options: &Options) -> &mut Self {
        if options.is_empty() {
            return self;
        }
        self.push(" WITH ");
        self.options(options)
    }

    /// Appends `(name=value, …)`.
    pub fn options(&mut self, options: &Options) -> &mut Self {
        self.push("(");
        self.list(", ", options, |sql, (name, value)| {
            let name: Vec<_> = name.split('.').map(quote_ident).collect();
            sql.add(format_args!("{}={}", name.join("."), option_value(value)));
        });
        self.push(")")
    }

    /// Appends ` COLLATE name` when there is one.
    pub fn collate(&mut self, collation: Option<&QualifiedName>) -> &mut Self {
        if let Some(collation) = collation {
            self.push(" COLLATE ").builtin_or_qualified(collation);
        }
        self
    }

    /// Appends a name without its schema where that is `pg_catalog`, which is always searched.
    pub fn builtin_or_qualified(&mut self, name: &QualifiedName) -> &mut Self {
        if name.schema == trueup_catalog::PG_CATALOG {
            self.add(format_args!("{}", name.name))
        } else {
            self.add(format_args!("{name}"))
        }
    }

    /// The search path under which the statement means what it should: the one that its texts were
    /// written for; `None` when it has no such text. Texts of several paths get all their
    /// schemas, in order.
    pub fn search_path(&self) -> Option<SearchPath> {
        let mut paths = self.paths.iter();
        let first = paths.next()?;
        if self.paths.len() == 1 {
            return Some(first.clone());
        }
        let mut all: Vec<_> = first.to_vec();
        for path in paths {
            for schema in path.iter() {
                if !all.contains(schema) {
                    all.push(schema.clone());
                }
            }
        }
        Some(all.into())
    }

    fn written_text(&mut self, text: &Arc<str>, path: &SearchPath) {
        self.need(path);
        self.written.push(Written { text: text.clone(), path: Some(path.clone()) });
    }

    fn need(&mut self, path: &SearchPath) {
        if !self.paths.contains(path) {
            self.paths.push(path.clone());
        }
    }

    /// A text whose last line may be a comment must not swallow what follows.
    fn end_line_comment(&mut self, text: &str) {
        if text.lines().last().is_some_and(|line| line.contains("--")) {
            self.push("\n");
        }
    }
}

impl fmt::Display for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether the text is surely a `b_expr`: constants, names, calls and casts, without operators
/// that are words and without operators at all.
fn is_plain(text: &str) -> bool {
    let mut quoted = false;
    let mut outside = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\'' => quoted = !quoted,
            _ if quoted => {}
            _ => outside.push(c),
        }
    }
    let simple = |c: char| {
        c.is_alphanumeric() || matches!(c, '_' | '.' | '(' | ')' | ',' | ' ' | ':' | '"' | '[' | ']' | '-')
    };
    const WORDS: &[&str] = &[
        "and", "or", "not", "is", "in", "like", "ilike", "similar", "between", "isnull", "notnull", "at",
        "collate", "overlaps",
    ];
    !quoted
        && !outside.contains("--")
        && outside.chars().all(simple)
        && !outside
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .any(|word| WORDS.iter().any(|w| word.eq_ignore_ascii_case(w)))
}

/// A storage parameter's value: bare when it is a number or a plain word, else a string
/// (`flatten_reloptions` in `ruleutils.c`).
fn option_value(value: &str) -> String {
    let number =
        value.parse::<f64>().is_ok() && value.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    let plain = matches!(value, "true" | "false" | "on" | "off") || number;
    if plain || quote_ident(value) == value { value.to_owned() } else { quote_literal(value) }
}

/// `text` in a dollar quote whose tag does not occur in it: `$$…$$` if that can be read back,
/// else `$tag$…$tag$`, `$tag1$…$tag1$` and so on (`appendStringLiteralDQ` in `string_utils.c`).
pub fn dollar_quote(text: &str, tag: &str) -> String {
    if tag.is_empty() && !text.contains("$$") && !text.ends_with('$') {
        return format!("$${text}$$");
    }
    let base = if tag.is_empty() { "body" } else { tag };
    let mut n = 0_usize;
    loop {
        let tag = if n == 0 { format!("${base}") } else { format!("${base}{n}") };
        if !text.contains(&tag) {
            return format!("{tag}${text}{tag}$");
        }
        n += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollar_quotes_never_end_early() {
        assert_eq!(dollar_quote("a", ""), "$$a$$");
        assert_eq!(dollar_quote("a$$b", ""), "$body$a$$b$body$");
        assert_eq!(dollar_quote("a$", ""), "$body$a$$body$");
        assert_eq!(dollar_quote("$body$ $body1$", ""), "$body2$$body$ $body1$$body2$");
        assert_eq!(dollar_quote("x", "trueup"), "$trueup$x$trueup$");
    }

    #[test]
    fn defaults_that_are_no_b_expr_get_parentheses() {
        assert!(is_plain("'it is'::character varying"));
        assert!(is_plain("nextval('s'::regclass)"));
        assert!(is_plain("-1"));
        assert!(!is_plain("a IS NULL"));
        assert!(!is_plain("now() AT TIME ZONE 'utc'"));
        assert!(!is_plain("1 -- one"));
        assert!(!is_plain("a + b"));
    }

    #[test]
    fn paths_join_in_order() {
        let path = |names: &[&str]| -> SearchPath { names.iter().map(trueup_catalog::Name::new).collect() };
        let mut sql = Sql::new("");
        assert_eq!(sql.search_path(), None);
        sql.expr(&Expr { sql: "1".into(), search_path: path(&["a", "b"]) });
        assert_eq!(sql.search_path(), Some(path(&["a", "b"])));
        sql.expr(&Expr { sql: "2".into(), search_path: path(&["b", "c"]) });
        assert_eq!(sql.search_path(), Some(path(&["a", "b", "c"])));
    }

    #[test]
    fn options_quote_what_is_no_word_or_number() {
        let mut sql = Sql::new("");
        let options = [("fillfactor", "70"), ("toast.autovacuum_enabled", "false"), ("x", "a b")];
        sql.options(&options.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect());
        assert_eq!(sql.text, "(fillfactor=70, toast.autovacuum_enabled=false, x='a b')");
    }
}
